import { BUDGET_USERS, type BudgetUser } from '../core/budget.ts';
import type { Clock } from '../core/clock.ts';
import type { Stamp } from '../core/entry.ts';
import { BudgetDeferredError } from '../core/errors.ts';
import { byUser, CallCounter } from './call-counter.ts';
import type { Exchange, Grant } from './exchange.ts';
import { FairWaiters } from './fair-waiters.ts';
import { DECLARED_MS } from './lease.ts';
import type { CallReport, Permit, Quota } from './ledger.ts';
import { LedgerTime } from './ledger-time.ts';
import { LoadSignals } from './load-signals.ts';
import { ScheduledStarts, type Start } from './scheduled-starts.ts';
import { Wakeup } from './wakeup.ts';

export interface PermitQueueDeps {
  readonly origin: string;
  readonly clock: Clock;
  readonly exchange: (exchange: Exchange) => Promise<Grant>;
  /** A process renews its leases at least three times in this many ms. */
  readonly leaseMs: number;
  /** Callers that would wait longer for the next permit are deferred. */
  readonly patienceMs: number;
  /** How long after its time a call may begin, in ms. */
  readonly latestMs: number;
}

/** A grant read later than this after it was asked for is void: its start times belong to the past. */
const VOID_AFTER_MS = 1_000;
/** Calls that are so close to each other, in ms, that some hundred ms put too many of them into a second. */
const FAST_MS = 1_000;
/** Without a rate, a permit that is released may serve another caller under the same stamp for this long. */
const REUSE_MS = 20;
/** While calls follow each other, the stamp is renewed this often, so that the next one does not wait for the ledger. */
const RENEW_MS = 15;
/** Calls follow each other when the last one began no longer ago than this. */
const FOLLOWING_MS = 100;
/** A permit that serves no caller here goes back after this time, so that releases of a moment travel together. */
const RETURN_MS = 10;
/** Who must wait for the rate looks again after this at the latest, in ms: a rate may be corrected, and quotas come back early. */
const LOOK_AGAIN_MS = 60_000;
/** Most permits asked for in one exchange. */
const MOST_AT_ONCE = 256;

/**
 * One process's callers at one origin: they wait here, and one exchange at a time serves them together.
 *
 * Invariant: `#inUse` counts the permits the ledger holds for us that we know of: with a caller, scheduled to start, or
 * idle (released, and not yet given back: for `RETURN_MS`, whoever waits here). The ledger may hold more for us (a lost
 * reply), never less; the next exchange puts it right.
 */
export class PermitQueue {
  readonly #deps: PermitQueueDeps;
  readonly #waiters = new FairWaiters();
  readonly #calls = new CallCounter();
  readonly #signals = new LoadSignals();
  readonly #time = new LedgerTime();
  readonly #starts: ScheduledStarts;
  readonly #wakeup: Wakeup;
  #inUse = 0;
  #idle = 0;
  /** Asking again before this (monotonic ms) is pointless: the rate or a pause says so. */
  #notBefore = { live: 0, others: 0 };
  #exchanging = false;
  #closed = false;
  #lastExchange = Number.NEGATIVE_INFINITY;
  #lastGranted = Number.NEGATIVE_INFINITY;
  #stamp: Stamp = 0;
  #mayReuse = false;
  #quota: Quota | undefined;

  constructor(deps: PermitQueueDeps) {
    this.#deps = deps;
    this.#wakeup = new Wakeup(deps.clock, () => void this.#exchange());
    this.#starts = new ScheduledStarts({
      clock: deps.clock,
      onStart: (start) => this.#grant(start),
      onMissed: () => this.#free(),
    });
  }

  permit(signal: AbortSignal, user: BudgetUser): Promise<Permit> {
    const permit = this.#waiters.add(user, signal);
    if (!signal.aborted) this.#serve();
    return permit;
  }

  /** The origin is paused: nothing is granted any more without asking the ledger. */
  paused(): void {
    this.#mayReuse = false;
    for (let unused = this.#starts.clear(); unused > 0; unused -= 1) this.#free();
  }

  /** The origin said what is left: each call is counted from now on. */
  told(quota: Quota): void {
    this.#mayReuse = false;
    const known = this.#quota;
    // Of several answers since the last exchange, the one that leaves least counts.
    if (known === undefined || quota.remaining <= known.remaining) this.#quota = quota;
  }

  /** Gives everything back, and refuses the callers that wait. */
  async close(reason: unknown): Promise<void> {
    this.#closed = true;
    this.#wakeup.cancel();
    this.#starts.clear();
    this.#waiters.refuseAll(reason);
    await this.#deps
      .exchange(
        this.#report(
          0,
          byUser(() => 0),
        ),
      )
      .catch(() => undefined);
  }

  async #exchange(): Promise<void> {
    if (this.#exchanging || this.#closed) return;
    this.#exchanging = true;
    const { clock, exchange } = this.#deps;
    const askedAt = clock.elapsed();
    try {
      const wants = this.#wants();
      this.#inUse -= this.#idle;
      this.#idle = 0;
      const asked = this.#report(this.#inUse, wants);
      this.#quota = undefined;
      const grant = await exchange(asked);
      this.#exchanging = false;
      const at = this.#time.heard(grant.at, askedAt, clock.elapsed());
      if (this.#isVoid(grant, clock.elapsed() - askedAt)) this.#wakeIn(0);
      else this.#accept(grant, wants, at);
    } catch (error) {
      this.#exchanging = false;
      this.#waiters.refuseAll(error);
      this.#plan(RETURN_MS, RETURN_MS);
    }
  }

  #isVoid({ intervalMs, counted }: Grant, tookMs: number): boolean {
    // A grant that is void is counted all the same: where calls are few, each of them is worth more than its moment.
    const isFast = intervalMs > 0 && intervalMs < FAST_MS && !counted;
    return tookMs > VOID_AFTER_MS || (isFast && !this.#time.trusts(tookMs, this.#deps.latestMs));
  }

  #report(inUse: number, wants: Exchange['wants']): Exchange {
    const { lateMs } = this.#time;
    return {
      inUse,
      liveInUse: this.#calls.underWay('live') + this.#starts.count(true),
      wants,
      calls: this.#calls.totals,
      signals: this.#signals.seen,
      quota: this.#quota,
      lateMs,
    };
  }

  /**
   * Permits for those that wait and have none that is to start yet. Live misses first: they are few, and what is asked for at
   * once is bounded.
   */
  #wants(): Exchange['wants'] {
    let room = MOST_AT_ONCE;
    const granted = { live: this.#starts.count(true), others: this.#starts.count(false) };
    return byUser((user) => {
      const kind = user === 'live' ? 'live' : 'others';
      const waiting = this.#waiters.countOf(user);
      const served = Math.min(waiting, granted[kind]);
      granted[kind] -= served;
      const wanted = Math.min(room, waiting - served);
      room -= wanted;
      return wanted;
    });
  }

  /** Whether somebody waits for whom no call is to start yet. */
  get #isWanted(): boolean {
    return (
      this.#waiters.countOf('live') > this.#starts.count(true) || this.#waiters.count > this.#starts.size
    );
  }

  /** `at` is when it was granted, by our clock. */
  #accept(grant: Grant, wants: Exchange['wants'], at: number): void {
    const now = this.#deps.clock.elapsed();
    const { live, others, stamp, intervalMs, waitMs, waitOthersMs } = grant;
    this.#lastExchange = now;
    this.#stamp = stamp;
    this.#mayReuse = intervalMs === 0 && !grant.counted && !grant.othersWait && grant.pausedUntil === 0;
    this.#signals.hold(grant.epoch, grant.version, grant.elsewhere, now);
    this.#inUse += live + others;
    const isShort = {
      live: live < wants.live,
      others: others < BUDGET_USERS.reduce((sum, user) => sum + wants[user], -wants.live),
    };
    this.#notBefore = {
      live: isShort.live && !grant.concurrencyReached ? now + waitMs : now,
      others: isShort.others && !grant.concurrencyReached ? now + waitOthersMs : now,
    };
    this.#start(grant, at);
    if (live === 0 && isShort.live) this.#defer(LIVE, grant, waitMs);
    if (others === 0 && isShort.others) this.#defer(OTHERS, grant, waitOthersMs);
    this.#plan(isShort.live ? waitMs : 0, isShort.others ? waitOthersMs : 0);
  }

  #start(grant: Grant, granted: number): void {
    const { live, others, stamp, intervalMs, together, togetherInMs, leadMs, firstInMs, isBurst, spared } =
      grant;
    const { epoch } = this.#signals;
    const starts = Array.from({ length: live + others }, (_, i) => {
      const isAtOnce = i < together;
      const inMs = isAtOnce ? togetherInMs : firstInMs + (i - together) * intervalMs;
      const latest = granted + (isAtOnce ? leadMs : inMs) + this.#deps.latestMs;
      return { at: granted + inMs, latest, stamp, epoch, isLive: i < live, isPaced: i >= spared };
    });
    if (intervalMs === 0) for (const start of starts) this.#grant(start);
    else if (!this.#closed) this.#starts.add(starts, isBurst ? 0 : intervalMs);
  }

  #grant({ stamp, epoch, isLive }: Pick<Start, 'stamp' | 'epoch' | 'isLive'>): void {
    const waiter = this.#closed ? undefined : this.#waiters.next(isLive ? 'live' : undefined);
    if (waiter === undefined) {
      this.#free();
      return;
    }
    this.#lastGranted = this.#deps.clock.elapsed();
    const call = this.#signals.begin(epoch, this.#lastGranted);
    this.#calls.begin(waiter.user);
    let held = true;
    const release = (report?: CallReport) => {
      if (!held) return;
      held = false;
      this.#calls.end(waiter.user, report);
      this.#signals.end(call, report, this.#deps.clock.elapsed());
      this.#free();
    };
    waiter.grant({ stamp, release });
  }

  /** A permit is free: it serves the next caller here under the same stamp, or goes back with the next exchange. */
  #free(): void {
    this.#idle += 1;
    if (this.#closed) return;
    if (this.#isWanted) this.#serve();
    else this.#wakeIn(RETURN_MS);
  }

  /** A caller waits: an idle permit will do where that is allowed, else the ledger is asked as soon as it makes sense. */
  #serve(): void {
    const now = this.#deps.clock.elapsed();
    if (this.#idle > 0 && this.#mayReuse && now - this.#lastExchange < REUSE_MS) {
      this.#idle -= 1;
      this.#grant({ stamp: this.#stamp, epoch: this.#signals.epoch, isLive: false });
    } else {
      const waitMs = this.#waitFor(this.#notBefore.live - now, this.#notBefore.others - now);
      // Nobody is kept for as long as that: the ledger says at once until when to go away, and why.
      this.#wakeIn(waitMs > this.#deps.patienceMs ? 0 : Math.max(0, this.#atMost(waitMs)));
    }
  }

  /** The shorter of the waits of those that wait. */
  #waitFor(live: number, others: number): number {
    const hasLive = this.#waiters.countOf('live') > 0;
    const hasOthers = this.#waiters.count > this.#waiters.countOf('live');
    return Math.min(hasLive ? live : others, hasOthers ? others : live);
  }

  /** Sets the next exchange: soon when a caller waits, else in time to renew the stamp or the leases. */
  #plan(waitMs: number, waitOthersMs: number): void {
    const { clock, leaseMs } = this.#deps;
    const isFollowing = this.#mayReuse && clock.elapsed() - this.#lastGranted < FOLLOWING_MS;
    if (this.#isWanted) this.#wakeIn(this.#atMost(this.#waitFor(waitMs, waitOthersMs)));
    else if (this.#inUse > 0)
      this.#wakeIn(this.#atMost(isFollowing ? RENEW_MS : Math.min(leaseMs, DECLARED_MS) / 3));
  }

  /** What is idle is handed back soon, and calls that ended are counted, however long the callers here must wait. */
  #atMost(ms: number): number {
    return this.#idle > 0 ? Math.min(ms, RETURN_MS) : ms;
  }

  #wakeIn(ms: number): void {
    if (!this.#exchanging && !this.#closed) this.#wakeup.in(ms);
  }

  #defer(users: readonly BudgetUser[], grant: Grant, waitMs: number): void {
    const { clock, origin, patienceMs } = this.#deps;
    if (waitMs <= patienceMs) return;
    const retryAt = Math.max(grant.pausedUntil, clock.now() + Math.min(waitMs, LOOK_AGAIN_MS));
    const isKept = grant.isKept && users !== LIVE;
    const rate = isKept ? KEPT : 'the rate allows no call before';
    const reason = grant.pausedUntil > 0 ? grant.pauseReason : rate;
    this.#waiters.refuse(users, new BudgetDeferredError(origin, retryAt, reason));
  }
}

const KEPT = 'what is left of the rate until then is kept for reads that wait (`reserve`)';
const LIVE: readonly BudgetUser[] = ['live'];
const OTHERS = BUDGET_USERS.filter((user) => user !== 'live');
