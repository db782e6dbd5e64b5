/** An origin with limits of its own, on a clock that tests set: it counts what comes, and says "slow down" to what is too much. */
import type { CallReport, Ledger, Quota } from '../../src/budget/ledger.ts';
import type { BudgetUser } from '../../src/core/budget.ts';
import { type Clock, sleep } from '../../src/core/clock.ts';
import { BudgetDeferredError } from '../../src/core/errors.ts';

export interface OriginLimits {
  /** Calls in any second. */
  readonly perSecond: number;
  readonly concurrency: number;
  /** How long an answer takes. */
  readonly answerMs: number;
  /** Calls in each window of this length, of which it says how many are left. */
  readonly quota?: QuotaLimit;
}

interface QuotaLimit {
  readonly calls: number;
  readonly windowMs: number;
  /** How it rounds the seconds until there is more. */
  readonly round: (seconds: number) => number;
}

/** One call, as the origin saw it; ms on the monotonic clock. */
export interface SeenCall {
  readonly at: number;
  readonly throttled: boolean;
}

/** How long a refusal takes, in ms. */
const REFUSAL_MS = 2;
/** As `ThrottleBackoff` waits at first. */
const PAUSE_MS = 750;

export class SimulatedOrigin {
  readonly #clock: Clock;
  limits: OriginLimits;
  readonly calls: SeenCall[] = [];
  #inFlight = 0;

  constructor(clock: Clock, limits: OriginLimits) {
    this.#clock = clock;
    this.limits = limits;
  }

  /** `onQuota` is called when the answer is there, as it is when headers are read. */
  async call(onQuota: (quota: Quota) => void): Promise<CallReport> {
    const at = this.#clock.elapsed();
    const { perSecond, concurrency, answerMs, quota } = this.limits;
    const isOver = this.#admittedSince(at - 1_000) >= perSecond || this.#inFlight >= concurrency;
    const told = quota && this.#quotaAt(quota, at);
    const throttled = isOver || (told !== undefined && told.remaining < 0);
    this.calls.push({ at, throttled });
    const ms = throttled ? REFUSAL_MS : answerMs;
    if (!throttled) this.#inFlight += 1;
    await sleep(this.#clock, ms);
    if (!throttled) this.#inFlight -= 1;
    if (told !== undefined) onQuota({ ...told, remaining: Math.max(0, told.remaining) });
    return { outcome: throttled ? 'throttled' : 'ok', ms };
  }

  /** Calls between two times, and how many of them were refused. */
  between(from: number, to: number): { readonly calls: number; readonly throttled: number } {
    const seen = this.calls.filter(({ at }) => at >= from && at < to);
    return { calls: seen.length, throttled: seen.filter(({ throttled }) => throttled).length };
  }

  /** What is left after a call at this time; less than 0 when it is one too many. */
  #quotaAt({ calls, windowMs, round }: QuotaLimit, at: number): Quota {
    const begins = Math.floor(at / windowMs) * windowMs;
    const seconds = round((begins + windowMs - at) / 1_000);
    return { remaining: calls - this.#admittedSince(begins - 1) - 1, resetMs: seconds * 1_000 };
  }

  #admittedSince(from: number): number {
    let admitted = 0;
    for (let i = this.calls.length - 1; i >= 0 && (this.calls[i]?.at ?? 0) > from; i -= 1)
      if (this.calls[i]?.throttled === false) admitted += 1;
    return admitted;
  }
}

/** A worker that makes calls as fast as the budget lets it, until the signal aborts; it pauses the origin as the caller does. */
export async function callAlways(
  {
    ledger,
    origin,
    clock,
  }: { readonly ledger: Ledger; readonly origin: SimulatedOrigin; readonly clock: Clock },
  signal: AbortSignal,
  user: BudgetUser = 'run',
): Promise<void> {
  while (!signal.aborted) {
    try {
      const permit = await ledger.permit('o', signal, user);
      const report = await origin.call((quota) => ledger.told('o', quota));
      if (report.outcome === 'throttled') await ledger.pause('o', clock.now() + PAUSE_MS, '429');
      permit.release(report);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof BudgetDeferredError)) throw error;
      await sleep(clock, Math.max(10, error.retryAt - clock.now()), signal).catch(() => undefined);
    }
  }
}
