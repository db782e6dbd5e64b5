import { type Budget, intervalOf } from '../core/budget.ts';
import { type Clock, sleep } from '../core/clock.ts';
import type { Stamp } from '../core/entry.ts';
import { BudgetDeferredError, ForewarmError } from '../core/errors.ts';
import type { Ledger, LedgerState, Permit } from './ledger.ts';

export interface LocalLedgerDeps {
  readonly budgets: ReadonlyMap<string, Budget>;
  readonly clock: Clock;
  /** Whoever would wait longer for a permit is sent away, in ms. */
  readonly patienceMs: number;
}

/** One origin's: who has a permit, who waits for one, and when the next call may begin. */
interface OriginSlots {
  readonly budget: Budget;
  inUse: number;
  readonly waiting: (() => void)[];
  /** Monotonic ms. */
  next: number;
  pausedUntil: number;
  pauseReason: string;
}

/**
 * A ledger of this process alone, for when the one that all share cannot be reached. Its stamps are of the machine's clock:
 * they order what this process fetches, and mean nothing to another.
 */
export class LocalLedger implements Ledger {
  readonly #deps: LocalLedgerDeps;
  readonly #desks = new Map<string, OriginSlots>();
  #last: Stamp = 0;

  constructor(deps: LocalLedgerDeps) {
    this.#deps = deps;
  }

  async permit(origin: string, signal: AbortSignal): Promise<Permit> {
    const desk = this.#desk(origin);
    signal.throwIfAborted();
    this.#checkPause(origin, desk);
    await this.#slot(origin, desk, signal);
    try {
      await this.#start(origin, desk, signal);
    } catch (error) {
      free(desk);
      throw error;
    }
    let held = true;
    const release = () => {
      if (held) free(desk);
      held = false;
    };
    return { stamp: await this.stamp(), release };
  }

  async pause(origin: string, until: number, reason: string): Promise<void> {
    const desk = this.#desk(origin);
    if (until <= desk.pausedUntil) return;
    desk.pausedUntil = until;
    desk.pauseReason = reason;
  }

  async stamp(): Promise<Stamp> {
    this.#last = Math.max(this.#last + 1, Math.floor(this.#deps.clock.now() * 1_000));
    return this.#last;
  }

  async state(origin: string): Promise<LedgerState> {
    const { inUse, pausedUntil, pauseReason } = this.#desk(origin);
    const isPaused = pausedUntil > this.#deps.clock.now();
    const pause = { pausedUntil: isPaused ? pausedUntil : 0, pauseReason: isPaused ? pauseReason : '' };
    return { origin, inFlight: inUse, processes: inUse > 0 ? 1 : 0, ...pause };
  }

  async close(): Promise<void> {
    this.#desks.clear();
  }

  /** Waits for its turn among the calls that may be made at the same time. */
  async #slot(origin: string, desk: OriginSlots, signal: AbortSignal): Promise<void> {
    if (desk.inUse < desk.budget.concurrency) {
      desk.inUse += 1;
      return;
    }
    const { clock, patienceMs } = this.#deps;
    const turn = Promise.withResolvers<void>();
    const over = new AbortController();
    desk.waiting.push(turn.resolve);
    const late = sleep(clock, patienceMs, AbortSignal.any([signal, over.signal])).then(() => {
      throw new BudgetDeferredError(origin, clock.now() + patienceMs, 'its local share is in use');
    });
    late.catch(() => undefined);
    try {
      await Promise.race([turn.promise, late]);
    } catch (error) {
      const place = desk.waiting.indexOf(turn.resolve);
      // It was given the turn at the same moment: it goes to the next.
      if (place < 0) free(desk);
      else desk.waiting.splice(place, 1);
      throw error;
    } finally {
      over.abort();
    }
  }

  /** Waits for the time at which the rate lets it begin. */
  async #start(origin: string, desk: OriginSlots, signal: AbortSignal): Promise<void> {
    const { clock, patienceMs } = this.#deps;
    this.#checkPause(origin, desk);
    const now = clock.elapsed();
    const at = Math.max(now, desk.next);
    if (at - now > patienceMs)
      throw new BudgetDeferredError(
        origin,
        clock.now() + at - now,
        'the local share of the rate allows no call before',
      );
    desk.next = at + intervalOf(desk.budget);
    if (at > now) await sleep(clock, at - now, signal);
  }

  #checkPause(origin: string, { pausedUntil, pauseReason }: OriginSlots): void {
    if (pausedUntil > this.#deps.clock.now()) throw new BudgetDeferredError(origin, pausedUntil, pauseReason);
  }

  #desk(origin: string): OriginSlots {
    const known = this.#desks.get(origin);
    if (known !== undefined) return known;
    const budget = this.#deps.budgets.get(origin);
    if (budget === undefined) throw new ForewarmError('E_INTERNAL', `origin "${origin}" has no budget`);
    const desk = {
      budget,
      inUse: 0,
      waiting: [],
      next: Number.NEGATIVE_INFINITY,
      pausedUntil: 0,
      pauseReason: '',
    };
    this.#desks.set(origin, desk);
    return desk;
  }
}

/** The next in line has the slot, or it is free. */
function free(desk: OriginSlots): void {
  const next = desk.waiting.shift();
  if (next === undefined) desk.inUse -= 1;
  else next();
}

/** A share of a budget: at least one call at a time, and a rate as much slower. */
export function shareOf({ concurrency, rate }: Budget, share: number): Budget {
  return {
    concurrency: Math.max(1, Math.floor(concurrency * share)),
    rate: rate === undefined || share <= 0 ? rate : { ...rate, perMs: rate.perMs / share },
  };
}
