import type { Budget, BudgetUser } from '../core/budget.ts';
import { type Clock, sleep } from '../core/clock.ts';
import type { Stamp } from '../core/entry.ts';
import { BudgetDeferredError, ForewarmError } from '../core/errors.ts';
import { within } from '../flow/deadline.ts';
import { byUser, CallCounter } from './call-counter.ts';
import type { CallReport, Ledger, LedgerState, Outage, PauseCause, Permit, Quota } from './ledger.ts';
import { LocalLimits } from './local-limits.ts';
import { LocalPace } from './local-pace.ts';
import { FREELY_TO } from './redis-ledger-steps.ts';
import { windowUse } from './window-use.ts';

export interface LocalLedgerDeps {
  readonly budgets: ReadonlyMap<string, Budget>;
  readonly clock: Clock;
  /** Callers that would wait longer for a permit are deferred, in ms. */
  readonly patienceMs: number;
}

interface Turn extends PromiseWithResolvers<void> {
  readonly user: BudgetUser;
}

/** One origin's: how many have a permit, who waits for one, and when the next call may begin. */
interface OriginSlots {
  readonly budget: Budget;
  readonly calls: CallCounter;
  readonly limits: LocalLimits;
  readonly pace: LocalPace;
  inUse: number;
  readonly waiting: Turn[];
  pausedUntil: number;
  pauseReason: string;
  outage: Outage | undefined;
}

/**
 * A ledger of this process alone, for when the shared one cannot be reached. Its stamps are of the machine's clock: they
 * order what this process fetches, and mean nothing to another.
 */
export class LocalLedger implements Ledger {
  readonly #deps: LocalLedgerDeps;
  readonly #slots = new Map<string, OriginSlots>();
  #last: Stamp = 0;

  constructor(deps: LocalLedgerDeps) {
    this.#deps = deps;
  }

  async permit(origin: string, signal: AbortSignal, user: BudgetUser = 'run'): Promise<Permit> {
    const slots = this.#slotsOf(origin);
    signal.throwIfAborted();
    this.#checkPause(origin, slots);
    await this.#takeSlot(origin, slots, signal, user);
    try {
      await this.#awaitStart(origin, slots, signal, user);
    } catch (error) {
      free(slots);
      throw error;
    }
    let held = true;
    const call = slots.limits.begin();
    slots.calls.begin(user);
    const release = (report?: CallReport) => {
      if (!held) return;
      held = false;
      slots.calls.end(user, report);
      slots.limits.end(call, report);
      if (report?.outcome === 'ok' && this.#deps.clock.now() >= slots.pausedUntil) slots.outage = undefined;
      free(slots);
    };
    return { stamp: await this.stamp(), release };
  }

  async pause(origin: string, until: number, reason: string, cause?: PauseCause): Promise<void> {
    const slots = this.#slotsOf(origin);
    slots.outage =
      cause === 'outage' ? { since: slots.outage?.since ?? this.#deps.clock.now(), reason } : undefined;
    if (until <= slots.pausedUntil) return;
    slots.pausedUntil = until;
    slots.limits.paused(until);
    slots.pauseReason = reason;
  }

  told(origin: string, quota: Quota): void {
    const { pace, inUse } = this.#slotsOf(origin);
    pace.told(quota, inUse, this.#deps.clock.elapsed());
  }

  async stamp(): Promise<Stamp> {
    this.#last = Math.max(this.#last + 1, Math.floor(this.#deps.clock.now() * 1_000));
    return this.#last;
  }

  async state(origin: string): Promise<LedgerState> {
    const { budget, calls, limits, pace, inUse, pausedUntil, pauseReason, outage } = this.#slotsOf(origin);
    const { clock } = this.#deps;
    const isPaused = pausedUntil > clock.now();
    const { lowered } = limits;
    const quota = pace.quotaAt(clock.elapsed());
    const counted = pace
      .countedAt(clock.elapsed())
      .map(({ until, ...of }) => ({ ...of, until: clock.now() + until - clock.elapsed() }));
    return {
      origin,
      inFlight: inUse,
      processes: inUse > 0 ? 1 : 0,
      pausedUntil: isPaused ? pausedUntil : 0,
      pauseReason: isPaused ? pauseReason : '',
      pausedBy: '',
      outage,
      limits: limits.held,
      lowered: lowered && { since: lowered.since, cutAt: lowered.cutAt, reason: lowered.reason },
      quota: quota && { left: quota.left, resetAt: clock.now() + quota.ends - clock.elapsed() },
      freely: quota === undefined ? 0 : Math.max(0, Math.floor(quota.left - quota.whole * FREELY_TO)),
      counted,
      windows: windowUse(budget, counted),
      calls: calls.totals,
      waiting: byUser(() => 0),
      used: [],
    };
  }

  async close(): Promise<void> {
    const closed = new ForewarmError('E_TIER_CLOSED', 'the local budget is closed: this process is stopping');
    for (const { waiting } of this.#slots.values()) for (const turn of waiting.splice(0)) turn.reject(closed);
    this.#slots.clear();
  }

  /** Waits for its turn among the calls that may be made at the same time. */
  async #takeSlot(origin: string, slots: OriginSlots, signal: AbortSignal, user: BudgetUser): Promise<void> {
    if (slots.inUse < slots.limits.held.concurrency) {
      slots.inUse += 1;
      slots.limits.inFlight(slots.inUse);
      return;
    }
    const { clock, patienceMs } = this.#deps;
    const turn: Turn = { ...Promise.withResolvers<void>(), user };
    slots.waiting.push(turn);
    const late = () => new BudgetDeferredError(origin, clock.now() + patienceMs, 'its local share is in use');
    try {
      await within(clock, patienceMs, () => turn.promise, late, signal);
    } catch (error) {
      const place = slots.waiting.indexOf(turn);
      // It was given the turn at the same moment: it goes to the next.
      if (place < 0) free(slots);
      else slots.waiting.splice(place, 1);
      throw error;
    }
  }

  /** Waits for the time at which the rate lets it begin, and for the end of a pause that came meanwhile. */
  async #awaitStart(
    origin: string,
    slots: OriginSlots,
    signal: AbortSignal,
    user: BudgetUser,
  ): Promise<void> {
    const { clock, patienceMs } = this.#deps;
    this.#checkPause(origin, slots);
    const now = clock.elapsed();
    const { held } = slots.limits;
    const at = Math.max(slots.pace.earliest(user, held, now), now + slots.pausedUntil - clock.now());
    if (at - now > patienceMs) {
      const retryAt = clock.now() + at - now;
      throw new BudgetDeferredError(origin, retryAt, 'the local share of the rate allows no call before');
    }
    slots.pace.begins(user, at, held);
    if (at > now) await sleep(clock, Math.ceil(at - now), signal);
    // Its start lapsed with the pause.
    if (slots.pausedUntil > clock.now()) await this.#awaitStart(origin, slots, signal, user);
  }

  /** A pause that ends within the patience is waited out. */
  #checkPause(origin: string, { pausedUntil, pauseReason }: OriginSlots): void {
    const { clock, patienceMs } = this.#deps;
    if (pausedUntil - clock.now() > patienceMs)
      throw new BudgetDeferredError(origin, pausedUntil, pauseReason);
  }

  #slotsOf(origin: string): OriginSlots {
    const known = this.#slots.get(origin);
    if (known !== undefined) return known;
    const budget = this.#deps.budgets.get(origin);
    if (budget === undefined) throw new ForewarmError('E_INTERNAL', `origin "${origin}" has no budget`);
    const slots: OriginSlots = {
      budget,
      ...{ calls: new CallCounter(), limits: new LocalLimits(budget, this.#deps.clock) },
      ...{ pace: new LocalPace(budget), inUse: 0, waiting: [], pausedUntil: 0, pauseReason: '' },
      outage: undefined,
    };
    this.#slots.set(origin, slots);
    return slots;
  }
}

/** A slot is free: live misses have it first, and then who came first, as far as the limits that hold now allow. */
function free(slots: OriginSlots): void {
  slots.inUse -= 1;
  while (slots.waiting.length > 0 && slots.inUse < slots.limits.held.concurrency) {
    const live = slots.waiting.findIndex(({ user }) => user === 'live');
    const [next] = slots.waiting.splice(Math.max(0, live), 1);
    slots.inUse += 1;
    next?.resolve();
  }
  slots.limits.inFlight(slots.inUse);
}

/** A share of a budget: at least one call at a time, and a rate as much slower. */
export function shareOf(budget: Budget, share: number): Budget {
  const { concurrency, rate, windows = [], burst = 1 } = budget;
  return {
    ...budget,
    concurrency: Math.max(1, Math.floor(concurrency * share)),
    rate: rate === undefined || share <= 0 ? rate : { ...rate, perMs: rate.perMs / share },
    // A window keeps its length, so that it can be compared with that of the whole.
    windows: windows.map(({ calls, perMs }) => ({ calls: Math.max(1, Math.floor(calls * share)), perMs })),
    burst: Math.max(1, Math.floor(burst * share)),
  };
}
