import type { Clock } from '../core/clock.ts';
import type { Stamp } from '../core/entry.ts';
import { BudgetDeferredError } from '../core/errors.ts';
import { CallCounter } from './call-counter.ts';
import type { CallReport, CallTotals, Permit } from './ledger.ts';
import { ScheduledStarts } from './scheduled-starts.ts';
import { Waiters } from './waiters.ts';
import { Wakeup } from './wakeup.ts';

/** What a process reports to the ledger and asks of it. All of it is absolute, so that it may be executed twice. */
export interface Exchange {
  /** Permits in use. */
  readonly inUse: number;
  /** Permits wanted beside those. */
  readonly want: number;
  /** Since this process started. */
  readonly calls: CallTotals;
}

/** What the ledger returns. Times are relative, so that the two clocks need not agree. */
export interface Grant {
  readonly granted: number;
  readonly stamp: Stamp;
  /** Between the starts of two calls: the limit that holds now; 0 without a rate. */
  readonly intervalMs: number;
  /** From now until the first granted call may begin, in ms; the others follow, one interval apart. */
  readonly firstInMs: number;
  /** When to ask again for more, in ms. */
  readonly waitMs: number;
  /** The origin is paused until then, ms since the epoch; 0 when it is not. */
  readonly pausedUntil: number;
  readonly pauseReason: string;
  /** Other processes wait for a share of the calls in flight. */
  readonly othersWait: boolean;
  /** The calls in flight, and not the rate or a pause, limited the grant: any release may help. */
  readonly concurrencyReached: boolean;
}

export interface PermitQueueDeps {
  readonly origin: string;
  readonly clock: Clock;
  readonly exchange: (exchange: Exchange) => Promise<Grant>;
  /** A process renews its leases at least three times in this many ms. */
  readonly leaseMs: number;
  /** Callers that would wait longer for the next permit are deferred. */
  readonly patienceMs: number;
}

/** A grant read later than this after it was asked for is void: its start times belong to the past. */
const VOID_AFTER_MS = 1_000;
/** Without a rate, a permit that is released may serve another caller under the same stamp for this long. */
const REUSE_MS = 20;
/** While calls follow each other, the stamp is renewed this often, so that the next one does not wait for the ledger. */
const RENEW_MS = 15;
/** Calls follow each other when the last one began no longer ago than this. */
const FOLLOWING_MS = 100;
/** A permit that no caller here waits for goes back after this time, so that releases of a moment travel together. */
const RETURN_MS = 10;
/** Most permits asked for in one exchange. */
const MOST_AT_ONCE = 256;

/**
 * One process's callers at one origin: they wait here, and one exchange at a time serves them together.
 *
 * Invariant: `#inUse` counts the permits the ledger holds for us that we know of: with a caller, scheduled to start, or
 * idle (released, and not yet given back). The ledger may hold more for us (a lost reply), never less; the next exchange
 * puts it right.
 */
export class PermitQueue {
  readonly #deps: PermitQueueDeps;
  readonly #waiters = new Waiters();
  readonly #calls = new CallCounter();
  readonly #starts: ScheduledStarts;
  readonly #wakeup: Wakeup;
  #inUse = 0;
  #idle = 0;
  /** Asking again before this (monotonic ms) is pointless: the rate or a pause says so. */
  #notBefore = 0;
  #exchanging = false;
  #closed = false;
  #lastExchange = Number.NEGATIVE_INFINITY;
  #lastGranted = Number.NEGATIVE_INFINITY;
  #stamp: Stamp = 0;
  #mayReuse = false;

  constructor(deps: PermitQueueDeps) {
    this.#deps = deps;
    this.#wakeup = new Wakeup(deps.clock, () => void this.#exchange());
    this.#starts = new ScheduledStarts({
      clock: deps.clock,
      onStart: (stamp) => this.#grant(stamp),
      onMissed: () => this.#free(),
    });
  }

  permit(signal: AbortSignal): Promise<Permit> {
    const permit = this.#waiters.add(signal);
    if (!signal.aborted) this.#serve();
    return permit;
  }

  /** The origin is paused: nothing is granted any more without asking the ledger. */
  paused(): void {
    this.#mayReuse = false;
    for (let unused = this.#starts.clear(); unused > 0; unused -= 1) this.#free();
  }

  /** Gives everything back, and refuses the callers that wait. */
  async close(reason: unknown): Promise<void> {
    this.#closed = true;
    this.#wakeup.cancel();
    this.#starts.clear();
    this.#waiters.refuseAll(reason);
    await this.#deps.exchange({ inUse: 0, want: 0, calls: this.#calls.totals }).catch(() => undefined);
  }

  async #exchange(): Promise<void> {
    if (this.#exchanging || this.#closed) return;
    this.#exchanging = true;
    const { clock, exchange } = this.#deps;
    const askedAt = clock.elapsed();
    try {
      const want = Math.min(this.#waiters.count, MOST_AT_ONCE);
      this.#inUse -= this.#idle;
      this.#idle = 0;
      const grant = await exchange({ inUse: this.#inUse, want, calls: this.#calls.totals });
      this.#exchanging = false;
      if (clock.elapsed() - askedAt > VOID_AFTER_MS) this.#wakeIn(0);
      else this.#accept(grant, want);
    } catch (error) {
      this.#exchanging = false;
      this.#waiters.refuseAll(error);
      this.#plan(RETURN_MS);
    }
  }

  #accept(grant: Grant, want: number): void {
    const now = this.#deps.clock.elapsed();
    const { granted, stamp, intervalMs, waitMs } = grant;
    this.#lastExchange = now;
    this.#stamp = stamp;
    this.#mayReuse = intervalMs === 0 && !grant.othersWait && grant.pausedUntil === 0;
    this.#inUse += granted;
    this.#notBefore = granted < want && !grant.concurrencyReached ? now + waitMs : now;
    if (intervalMs === 0) for (let i = 0; i < granted; i += 1) this.#grant(stamp);
    else if (!this.#closed)
      this.#starts.add({ first: now + grant.firstInMs, intervalMs, count: granted, stamp });
    if (granted === 0 && want > 0 && waitMs > this.#deps.patienceMs) this.#defer(grant);
    this.#plan(granted < want ? waitMs : 0);
  }

  #grant(stamp: Stamp): void {
    const waiter = this.#closed ? undefined : this.#waiters.next();
    if (waiter === undefined) {
      this.#free();
      return;
    }
    this.#lastGranted = this.#deps.clock.elapsed();
    let held = true;
    const release = (report?: CallReport) => {
      if (!held) return;
      held = false;
      if (report !== undefined) this.#calls.count(report);
      this.#free();
    };
    waiter.grant({ stamp, release });
  }

  /** A permit is free: it serves the next caller here under the same stamp, or goes back with the next exchange. */
  #free(): void {
    this.#idle += 1;
    if (this.#closed) return;
    if (this.#waiters.count > 0) this.#serve();
    else this.#wakeIn(RETURN_MS);
  }

  /** A caller waits: an idle permit will do where that is allowed, else the ledger is asked as soon as it makes sense. */
  #serve(): void {
    const now = this.#deps.clock.elapsed();
    if (this.#idle > 0 && this.#mayReuse && now - this.#lastExchange < REUSE_MS) {
      this.#idle -= 1;
      this.#grant(this.#stamp);
    } else {
      const waitMs = this.#notBefore - now;
      // Nobody is kept for as long as that: the ledger says at once until when to go away, and why.
      this.#wakeIn(waitMs > this.#deps.patienceMs ? 0 : Math.max(0, waitMs));
    }
  }

  /** Sets the next exchange: soon when a caller waits, else in time to renew the stamp or the leases. */
  #plan(waitMs: number): void {
    const { clock, leaseMs } = this.#deps;
    const isFollowing = this.#mayReuse && clock.elapsed() - this.#lastGranted < FOLLOWING_MS;
    if (this.#waiters.count > 0) this.#wakeIn(waitMs);
    else if (this.#inUse > 0) this.#wakeIn(isFollowing ? RENEW_MS : leaseMs / 3);
  }

  #wakeIn(ms: number): void {
    if (!this.#exchanging && !this.#closed) this.#wakeup.in(ms);
  }

  #defer(grant: Grant): void {
    const { clock, origin } = this.#deps;
    const retryAt = Math.max(grant.pausedUntil, clock.now() + grant.waitMs);
    const reason = grant.pausedUntil > 0 ? grant.pauseReason : 'the rate allows no call before';
    this.#waiters.refuseAll(new BudgetDeferredError(origin, retryAt, reason));
  }
}
