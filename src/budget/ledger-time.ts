/** A clock that is being set moves by so many ms in each ms at the most (adjtimex: 500 ppm); what is known of it grows old so fast. */
const DRIFT = 0.0005;
/** What is left of the lateness of an earlier reply with each one that comes. */
const KEPT = 0.9;
/**
 * Of the first replies so many are void where they are late: how late is not known before a quick one was heard, and calls that begin
 * by them would begin together with those of other processes. Where all replies are late, all are late alike.
 */
const MOST_UNSURE = 3;

/**
 * What time it is at the ledger, by this process's clock. Its replies come late, and some far later than others: a call that
 * began so long after its reply, and not at the time that the ledger gave it, would begin together with those of other processes.
 *
 * Each reply says that the ledger's time lay between the question and the answer. Of all answers the quickest tells most; it
 * is believed until it has drifted away, or until another contradicts it, as when the server's clock is set or there is another
 * server. So a reply that always takes long shifts all calls alike, and costs nothing.
 */
export class LedgerTime {
  /** The ledger's time less ours is at least this, in ms; that is known since then. */
  #ahead = Number.NEGATIVE_INFINITY;
  #since = 0;
  #lateMs = 0;
  #unsure = MOST_UNSURE;

  /** A reply of this time (`at`, ms) was asked for and heard then, by our clock. Returns when that was, by our clock. */
  heard(at: number, askedAt: number, heardAt: number): number {
    const known = this.#ahead - (heardAt - this.#since) * DRIFT;
    const isContradicted = known > at - askedAt;
    this.#ahead = isContradicted ? at - heardAt : Math.max(known, at - heardAt);
    this.#since = heardAt;
    const here = at - this.#ahead;
    this.#lateMs = Math.max(heardAt - here, this.#lateMs * KEPT);
    return here;
  }

  /** Whether calls may begin by the times of a reply that took so long; `latestMs` is how late they may be. */
  trusts(tookMs: number, latestMs: number): boolean {
    if (tookMs <= latestMs) this.#unsure = 0;
    if (this.#unsure === 0) return true;
    this.#unsure -= 1;
    return false;
  }

  /** How late replies come now, beside the quickest, in ms: calls that are granted to begin earlier would be late. */
  get lateMs(): number {
    return this.#lateMs;
  }
}
