import { type Budget, intervalOf } from '../core/budget.ts';
import type { Clock, Timer } from '../core/clock.ts';
import type { Stamp } from '../core/entry.ts';
import { BudgetDeferredError } from '../core/errors.ts';
import type { Permit } from './ledger.ts';

/** What the ledger answers to one exchange. Times are relative, so that the two clocks need not agree. */
export interface Grant {
  readonly granted: number;
  readonly stamp: Stamp;
  /** From now until the first granted call may begin, in ms; the others follow, one interval apart. */
  readonly firstInMs: number;
  /** When to come back for more, in ms. */
  readonly waitMs: number;
  /** The origin is paused until then, ms since the epoch; 0 when it is not. */
  readonly pausedUntil: number;
  readonly pauseReason: string;
  /** Other processes wait for a share. */
  readonly hungryOthers: boolean;
  /** It was the calls in flight, not the rate or a pause, that limited the grant: any release may help. */
  readonly slotsTaken: boolean;
}

export interface PermitQueueDeps {
  readonly origin: string;
  readonly budget: Budget;
  readonly clock: Clock;
  /** Tells the ledger how many permits are in use, absolutely, and asks for more. */
  readonly exchange: (inUse: number, want: number) => Promise<Grant>;
  /** A process renews its leases at least three times in this many ms. */
  readonly leaseMs: number;
  /** Whoever would wait longer for the next permit of all is sent away. */
  readonly patienceMs: number;
}

interface Waiter {
  readonly give: (permit: Permit) => void;
  readonly refuse: (reason: unknown) => void;
  readonly isGone: () => boolean;
}

/** A grant read later than this after it was asked for is void: its start times belong to the past. */
const VOID_AFTER_MS = 1_000;
/** A paced call that could not begin within this time after its start time gives it up: other processes count on theirs. */
const LATEST_START_MS = 50;
/** Without a rate, a permit that is released may be passed on under the same stamp for this long. */
const REUSE_MS = 20;
/** While calls follow each other, the stamp is renewed this often, so that who comes next does not wait for the ledger. */
const RENEW_MS = 15;
/** Calls follow each other when the last one began no longer ago than this. */
const FOLLOWING_MS = 100;
/** A permit that nobody here waits for goes back after this time, so that releases of a moment travel together. */
const RETURN_MS = 10;
/** Most permits asked for in one exchange. */
const MOST_AT_ONCE = 256;

/**
 * One process's desk at one origin's ledger: callers queue here, and one exchange at a time serves them together.
 *
 * Invariant: `#inUse` counts the permits the ledger holds for us that we know of: handed out, waiting for their start time,
 * or idle (released, and not yet given back). The ledger may hold more for us (a lost reply), never less; the next
 * exchange puts it right.
 */
export class PermitQueue {
  readonly #deps: PermitQueueDeps;
  readonly #waiters: Waiter[] = [];
  readonly #intervalMs: number;
  /** Paced permits that wait for their start time, earliest first. They are in use. */
  readonly #starts: { readonly at: number; readonly stamp: Stamp }[] = [];
  #startTimer: Timer | undefined;
  #lastStart = Number.NEGATIVE_INFINITY;
  #inUse = 0;
  #idle = 0;
  /** Asking again before this (monotonic ms) is pointless: the rate or a pause says so. */
  #notBefore = 0;
  #exchanging = false;
  #closed = false;
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #lastExchange = Number.NEGATIVE_INFINITY;
  #lastHanded = Number.NEGATIVE_INFINITY;
  #stamp: Stamp = 0;
  #mayReuse = false;

  constructor(deps: PermitQueueDeps) {
    this.#deps = deps;
    this.#intervalMs = intervalOf(deps.budget);
  }

  get inUse(): number {
    return this.#inUse;
  }

  permit(signal: AbortSignal): Promise<Permit> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      let settled = false;
      const onAbort = () => {
        settled = true;
        reject(signal.reason);
      };
      const settle = () => {
        settled = true;
        signal.removeEventListener('abort', onAbort);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiters.push({
        isGone: () => settled,
        give: (permit) => {
          settle();
          resolve(permit);
        },
        refuse: (reason) => {
          settle();
          reject(reason);
        },
      });
      this.#serve();
    });
  }

  /** The origin is paused: nothing is handed out any more without asking the ledger. */
  paused(): void {
    this.#mayReuse = false;
    this.#startTimer?.cancel();
    const lined = this.#starts.splice(0);
    for (let i = 0; i < lined.length; i += 1) this.#released();
  }

  /** Gives everything back; whoever waits is refused. */
  async close(reason: unknown): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    this.#startTimer?.cancel();
    for (const waiter of this.#waiters.splice(0)) waiter.refuse(reason);
    await this.#deps.exchange(0, 0).catch(() => undefined);
  }

  async #exchange(): Promise<void> {
    if (this.#exchanging || this.#closed) return;
    this.#exchanging = true;
    const { clock } = this.#deps;
    const askedAt = clock.elapsed();
    try {
      const want = Math.min(this.#waiting(), MOST_AT_ONCE);
      this.#inUse -= this.#idle;
      this.#idle = 0;
      const grant = await this.#deps.exchange(this.#inUse, want);
      this.#exchanging = false;
      if (clock.elapsed() - askedAt > VOID_AFTER_MS) this.#wakeIn(0);
      else this.#accept(grant, want);
    } catch (error) {
      this.#exchanging = false;
      for (const waiter of this.#waiters.splice(0)) waiter.refuse(error);
      this.#plan(RETURN_MS);
    }
  }

  #accept(grant: Grant, want: number): void {
    const now = this.#deps.clock.elapsed();
    this.#lastExchange = now;
    this.#stamp = grant.stamp;
    this.#mayReuse = this.#intervalMs === 0 && !grant.hungryOthers && grant.pausedUntil === 0;
    this.#inUse += grant.granted;
    this.#notBefore = grant.granted < want && !grant.slotsTaken ? now + grant.waitMs : now;
    if (this.#intervalMs === 0) for (let i = 0; i < grant.granted; i += 1) this.#hand(grant.stamp);
    else this.#line(now + grant.firstInMs, grant);
    if (grant.granted === 0 && want > 0 && grant.waitMs > this.#deps.patienceMs) this.#sendAway(grant);
    this.#plan(grant.granted < want ? grant.waitMs : 0);
  }

  /** Puts paced permits in line, each with its start time. */
  #line(first: number, { granted, stamp }: Grant): void {
    for (let i = 0; i < granted; i += 1) this.#starts.push({ at: first + i * this.#intervalMs, stamp });
    this.#startTimer?.cancel();
    this.#startNext();
  }

  /**
   * Hands out paced permits as their times come, and never closer together than the interval: calls that a busy process
   * could not begin in time do not make up for it in a bunch.
   */
  #startNext(): void {
    const { clock } = this.#deps;
    for (;;) {
      const [next] = this.#starts;
      if (next === undefined || this.#closed) return;
      const now = clock.elapsed();
      const at = Math.max(next.at, this.#lastStart + this.#intervalMs);
      if (at - now >= 1) {
        this.#startTimer = clock.after(at - now, () => this.#startNext());
        return;
      }
      this.#starts.shift();
      if (at - next.at > LATEST_START_MS || now - next.at > LATEST_START_MS) {
        this.#released();
      } else {
        // A timer is late by up to a millisecond, which the next interval makes up for.
        this.#lastStart = Math.max(at, now - 1);
        this.#hand(next.stamp);
      }
    }
  }

  #hand(stamp: Stamp): void {
    const waiter = this.#next();
    if (waiter === undefined || this.#closed) {
      this.#released();
      return;
    }
    this.#lastHanded = this.#deps.clock.elapsed();
    let held = true;
    waiter.give({
      stamp,
      release: () => {
        if (!held) return;
        held = false;
        this.#released();
      },
    });
  }

  /** A permit is free: it serves the next in line here under the same stamp, or goes back with the next exchange. */
  #released(): void {
    this.#idle += 1;
    if (this.#closed) return;
    if (this.#waiting() > 0) this.#serve();
    else this.#wakeIn(RETURN_MS);
  }

  /** Somebody waits: an idle permit will do where that is allowed, else the ledger is asked as soon as it makes sense. */
  #serve(): void {
    const now = this.#deps.clock.elapsed();
    if (this.#idle > 0 && this.#mayReuse && now - this.#lastExchange < REUSE_MS) {
      this.#idle -= 1;
      this.#hand(this.#stamp);
    } else {
      this.#wakeIn(Math.max(0, this.#notBefore - now));
    }
  }

  /** Sets the next exchange: soon when somebody waits, else in time to renew the stamp or the leases. */
  #plan(waitMs: number): void {
    const { clock, leaseMs } = this.#deps;
    const isFollowing = this.#mayReuse && clock.elapsed() - this.#lastHanded < FOLLOWING_MS;
    if (this.#waiting() > 0) this.#wakeIn(waitMs);
    else if (this.#inUse > 0) this.#wakeIn(isFollowing ? RENEW_MS : leaseMs / 3);
  }

  #wakeIn(ms: number): void {
    if (this.#exchanging || this.#closed) return;
    const { clock } = this.#deps;
    const at = clock.elapsed() + ms;
    if (this.#timer !== undefined && this.#timerAt <= at) return;
    this.#timer?.cancel();
    this.#timerAt = at;
    if (ms <= 0) {
      // A microtask, not a timer: callers of one moment still share the exchange, and none waits a millisecond for it.
      this.#timer = { cancel: () => undefined };
      queueMicrotask(() => this.#wake());
    } else {
      this.#timer = clock.after(ms, () => this.#wake());
    }
  }

  #wake(): void {
    this.#timer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
    void this.#exchange();
  }

  #sendAway(grant: Grant): void {
    const { clock, origin } = this.#deps;
    const retryAt = Math.max(grant.pausedUntil, clock.now() + grant.waitMs);
    const reason = grant.pausedUntil > 0 ? grant.pauseReason : 'the rate allows no call before';
    for (const waiter of this.#waiters.splice(0)) {
      if (!waiter.isGone()) waiter.refuse(new BudgetDeferredError(origin, retryAt, reason));
    }
  }

  #next(): Waiter | undefined {
    for (;;) {
      const waiter = this.#waiters.shift();
      if (waiter === undefined || !waiter.isGone()) return waiter;
    }
  }

  /** How many still wait; those who gave up are dropped on the way. */
  #waiting(): number {
    while (this.#waiters[0]?.isGone() === true) this.#waiters.shift();
    return this.#waiters.length;
  }
}
