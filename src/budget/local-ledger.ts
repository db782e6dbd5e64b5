import { type Budget, intervalOf } from '../core/budget.ts';
import { type Clock, sleep } from '../core/clock.ts';
import type { Stamp } from '../core/entry.ts';
import { BudgetDeferredError, ForewarmError } from '../core/errors.ts';
import { within } from '../flow/deadline.ts';
import { CallCounter } from './call-counter.ts';
import type { CallReport, Ledger, LedgerState, Permit } from './ledger.ts';

export interface LocalLedgerDeps {
  readonly budgets: ReadonlyMap<string, Budget>;
  readonly clock: Clock;
  /** Callers that would wait longer for a permit are deferred, in ms. */
  readonly patienceMs: number;
}

type Turn = PromiseWithResolvers<void>;

/** One origin's: how many have a permit, who waits for one, and when the next call may begin. */
interface OriginSlots {
  readonly budget: Budget;
  readonly calls: CallCounter;
  inUse: number;
  readonly waiting: Turn[];
  /** Monotonic ms. */
  nextStart: number;
  pausedUntil: number;
  pauseReason: string;
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

  async permit(origin: string, signal: AbortSignal): Promise<Permit> {
    const slots = this.#slotsOf(origin);
    signal.throwIfAborted();
    this.#checkPause(origin, slots);
    await this.#takeSlot(origin, slots, signal);
    try {
      await this.#awaitStart(origin, slots, signal);
    } catch (error) {
      free(slots);
      throw error;
    }
    let held = true;
    const release = (report?: CallReport) => {
      if (!held) return;
      held = false;
      if (report !== undefined) slots.calls.count(report);
      free(slots);
    };
    return { stamp: await this.stamp(), release };
  }

  async pause(origin: string, until: number, reason: string): Promise<void> {
    const slots = this.#slotsOf(origin);
    if (until <= slots.pausedUntil) return;
    slots.pausedUntil = until;
    slots.pauseReason = reason;
  }

  async stamp(): Promise<Stamp> {
    this.#last = Math.max(this.#last + 1, Math.floor(this.#deps.clock.now() * 1_000));
    return this.#last;
  }

  async state(origin: string): Promise<LedgerState> {
    const { budget, calls, inUse, pausedUntil, pauseReason } = this.#slotsOf(origin);
    const isPaused = pausedUntil > this.#deps.clock.now();
    return {
      origin,
      inFlight: inUse,
      processes: inUse > 0 ? 1 : 0,
      pausedUntil: isPaused ? pausedUntil : 0,
      pauseReason: isPaused ? pauseReason : '',
      pausedBy: '',
      limits: { concurrency: budget.concurrency, intervalMs: intervalOf(budget) },
      calls: calls.totals,
    };
  }

  async close(): Promise<void> {
    const closed = new ForewarmError('E_TIER_CLOSED', 'the local budget is closed: this process is stopping');
    for (const { waiting } of this.#slots.values()) for (const turn of waiting.splice(0)) turn.reject(closed);
    this.#slots.clear();
  }

  /** Waits for its turn among the calls that may be made at the same time. */
  async #takeSlot(origin: string, slots: OriginSlots, signal: AbortSignal): Promise<void> {
    if (slots.inUse < slots.budget.concurrency) {
      slots.inUse += 1;
      return;
    }
    const { clock, patienceMs } = this.#deps;
    const turn: Turn = Promise.withResolvers();
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
  async #awaitStart(origin: string, slots: OriginSlots, signal: AbortSignal): Promise<void> {
    const { clock, patienceMs } = this.#deps;
    this.#checkPause(origin, slots);
    const now = clock.elapsed();
    const at = Math.max(now, slots.nextStart, now + slots.pausedUntil - clock.now());
    if (at - now > patienceMs) {
      const retryAt = clock.now() + at - now;
      throw new BudgetDeferredError(origin, retryAt, 'the local share of the rate allows no call before');
    }
    slots.nextStart = at + intervalOf(slots.budget);
    if (at > now) await sleep(clock, at - now, signal);
    // Its start lapsed with the pause.
    if (slots.pausedUntil > clock.now()) await this.#awaitStart(origin, slots, signal);
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
      ...{ budget, calls: new CallCounter(), inUse: 0, waiting: [] },
      ...{ nextStart: Number.NEGATIVE_INFINITY, pausedUntil: 0, pauseReason: '' },
    };
    this.#slots.set(origin, slots);
    return slots;
  }
}

/** The next in the queue has the slot, or it is free. */
function free(slots: OriginSlots): void {
  const next = slots.waiting.shift();
  if (next === undefined) slots.inUse -= 1;
  else next.resolve();
}

/** A share of a budget: at least one call at a time, and a rate as much slower. */
export function shareOf({ concurrency, rate }: Budget, share: number): Budget {
  return {
    concurrency: Math.max(1, Math.floor(concurrency * share)),
    rate: rate === undefined || share <= 0 ? rate : { ...rate, perMs: rate.perMs / share },
  };
}
