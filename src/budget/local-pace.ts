import { type Budget, type BudgetUser, countedWindows, LONG_WINDOW_MS, RESERVE } from '../core/budget.ts';
import type { Rate } from '../core/units.ts';
import type { Limits, Quota } from './ledger.ts';
import { FREELY_TO, RESET_GRAIN_MS, RESET_GRAIN_PART, UNSAID_MS } from './redis-ledger-steps.ts';
import type { CountedCalls } from './window-use.ts';

interface QuotaLeft {
  left: number;
  readonly whole: number;
  /** Monotonic ms. */
  readonly ends: number;
  /** Between two calls, where it is spent evenly from the beginning, in ms. */
  readonly evenMs: number;
}

/** When the next call may begin at one origin, for one process. All times are monotonic ms. */
export class LocalPace {
  readonly #burst: number;
  readonly #reserve: number;
  readonly #concurrency: number;
  /** Each window, and when the calls in it began, oldest first. */
  readonly #windows: readonly { readonly window: Rate; readonly starts: number[] }[];
  #next = Number.NEGATIVE_INFINITY;
  #quota: QuotaLeft | undefined;

  constructor(budget: Budget) {
    this.#concurrency = budget.concurrency;
    this.#burst = budget.burst ?? 1;
    this.#reserve = budget.reserve ?? RESERVE;
    this.#windows = countedWindows(budget).map((window) => ({ window, starts: [] }));
  }

  /** The earliest start of a call of this user, by the limits that hold. */
  earliest(user: BudgetUser, { intervalMs }: Limits, now: number): number {
    const paced = Math.max(intervalMs, this.#quotaInterval(user, now));
    const burst = paced > intervalMs ? 1 : this.#burst;
    const byPace = paced === 0 ? now : Math.max(now, this.#next) - (burst - 1) * paced;
    const quota = this.#quota;
    const byQuota = quota !== undefined && now < quota.ends && quota.left < 1 ? quota.ends : now;
    return Math.max(now, byPace, byQuota, ...this.#windows.map((each) => this.#opens(each, user)));
  }

  /** A call of this user begins then. */
  begins(user: BudgetUser, at: number, { intervalMs }: Limits): void {
    this.#next = Math.max(this.#next, at) + Math.max(intervalMs, this.#quotaInterval(user, at));
    if (this.#quota !== undefined) this.#quota.left = Math.max(0, this.#quota.left - 1);
    for (const { window, starts } of this.#windows) {
      starts.push(at);
      while (starts.length > window.calls) starts.shift();
    }
  }

  /** The origin said what is left; calls in flight may not have been counted then. */
  told({ remaining, resetMs }: Quota, inFlight: number, now: number): void {
    const known = this.#quota;
    const left = Math.max(0, remaining - inFlight);
    const isWhole = Math.round(resetMs) % 1_000 === 0;
    const grain = isWhole ? RESET_GRAIN_MS : Math.min(RESET_GRAIN_MS, resetMs * RESET_GRAIN_PART);
    const ends = now + resetMs + grain;
    const isNew = known === undefined || now >= known.ends || ends > known.ends + 2 * grain + 100;
    // As in the ledger's script: what is said may be old by as many calls as can be in flight.
    if (!isNew) known.left = Math.max(Math.min(known.left, left), left - this.#concurrency);
    else {
      const whole = Math.max(remaining, 1);
      const evenMs = remaining > 0 ? (resetMs + grain) / whole : (known?.evenMs ?? 0);
      this.#quota = { left, whole, ends, evenMs };
    }
  }

  /** What is left by the origin's word, and until when; undefined when its time is over. */
  quotaAt(now: number): Pick<QuotaLeft, 'left' | 'whole' | 'ends'> | undefined {
    return this.#quota !== undefined && now < this.#quota.ends ? this.#quota : undefined;
  }

  /** The calls in each window that began last are the last to leave it. */
  countedAt(now: number): CountedCalls[] {
    return this.#windows.flatMap(({ window: { perMs }, starts }) => {
      const calls = starts.filter((at) => at + perMs >= now).length;
      return calls === 0 ? [] : [{ perMs, calls, until: (starts.at(-1) ?? now) + perMs + 1 }];
    });
  }

  #quotaInterval(user: BudgetUser, now: number): number {
    const quota = this.#quota;
    if (quota === undefined || now > quota.ends + UNSAID_MS) return 0;
    const spread = user === 'live' ? 1 : 1 - this.#reserve;
    if (now >= quota.ends) return quota.evenMs / spread;
    if (quota.left >= quota.whole * FREELY_TO) return 0;
    return (quota.ends - now) / Math.max(1, quota.left * spread);
  }

  #opens(
    { window, starts }: { readonly window: Rate; readonly starts: readonly number[] },
    user: BudgetUser,
  ): number {
    const kept =
      user !== 'live' && window.perMs >= LONG_WINDOW_MS ? Math.floor(window.calls * this.#reserve) : 0;
    const most = Math.max(1, Math.floor(window.calls) - kept);
    const before = starts.at(-most);
    // A start lies up to a timer's grain behind its time.
    return before === undefined ? Number.NEGATIVE_INFINITY : before + window.perMs + 1;
  }
}
