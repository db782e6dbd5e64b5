import { abortable } from '../../flow/abortable.ts';

/** Calls under way of a source that was not answered yet: enough to begin with, few enough to be refused together. */
const FEW = 4;

/** One source's calls. */
interface SourceCalls {
  isWell: boolean;
  underWay: number;
  ended: PromiseWithResolvers<void>;
}

/**
 * Canaries: the first few calls of a source in this process, before the fan-out. What an origin answers to them is not known
 * before: a ban, a limit, a wrong path or password would be met by as many calls as the budget allows. It costs one round
 * trip, once for each source and process, and again after a "slow down".
 */
export class Canaries {
  readonly #sources = new Map<string, SourceCalls>();
  /** When the origin last said "slow down". Times are on the monotonic clock. */
  #slowedAt = Number.NEGATIVE_INFINITY;

  /** Resolves when a call may be made; `over` says that it has ended. Rejects with the signal's reason once it aborts. */
  async enter(source: string, signal: AbortSignal): Promise<void> {
    const calls = this.#of(source);
    while (!calls.isWell && calls.underWay >= FEW) await abortable(signal, calls.ended.promise);
    calls.underWay += 1;
  }

  /** A call has ended, however: the next one may be made, or all of them. */
  over(source: string): void {
    const calls = this.#of(source);
    calls.underWay -= 1;
    const { ended } = calls;
    calls.ended = Promise.withResolvers();
    ended.resolve();
  }

  /** The origin has answered a call that began then. One that was under way when it said "slow down" says nothing of now. */
  answered(source: string, began: number): void {
    if (began >= this.#slowedAt) this.#of(source).isWell = true;
  }

  /** The origin has asked for fewer calls, so all of its sources are begun with anew; of calls that were under way together, once. */
  throttled(began: number, now: number): void {
    if (began < this.#slowedAt) return;
    this.#slowedAt = now;
    for (const calls of this.#sources.values()) calls.isWell = false;
  }

  #of(source: string): SourceCalls {
    const known = this.#sources.get(source);
    if (known !== undefined) return known;
    const calls = { isWell: false, underWay: 0, ended: Promise.withResolvers<void>() };
    this.#sources.set(source, calls);
    return calls;
  }
}
