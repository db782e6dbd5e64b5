/** Calls to origins: inside the budget, retried where that helps, judged by what comes back. */

import type { Ledger } from '../budget/ledger.ts';
import type { Clock, Random } from '../core/clock.ts';
import { sleep } from '../core/clock.ts';
import type { Stamp } from '../core/entry.ts';
import { BudgetDeferredError, messageOf, OriginError } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import type { Source } from '../core/source.ts';
import { backoffMs } from '../flow/backoff.ts';
import type { Fetched, Origin, OriginRequest } from '../origins/origin.ts';
import { OriginHealth, type Turn } from './origin-health.ts';

/** Tries of one call before its keys are tried again later. Each takes a permit of its own. */
const TRIES = 3;
const BACKOFF = { base: 200, max: 2_000 };
/** How long an origin that says 429 without a time is left alone. */
const DEFAULT_THROTTLE_MS = 1_000;
/** `Retry-After: 0`, and a time that has passed, would have it called without end. */
const SHORTEST_THROTTLE_MS = 100;
/** No answer keeps an origin away for longer, whatever time it names: it is asked again. */
const LONGEST_THROTTLE_MS = 15 * 60_000;

/** `answered`: what was asked for. `deferred`: the origin is paused, nothing was asked. `failed`: it gave no answer. */
export type CallResult<T = readonly Fetched[]> =
  | { readonly kind: 'answered'; readonly answers: T; readonly stamp: Stamp }
  | { readonly kind: 'deferred'; readonly until: number; readonly reason: string }
  | { readonly kind: 'failed'; readonly permanent: boolean; readonly reason: string };

/** What is asked of an origin, of how many keys. */
interface Question<T> {
  readonly source: Source;
  readonly keys: number;
  readonly ask: (origin: Origin) => Promise<T>;
}

export interface OriginCallerDeps {
  readonly origins: ReadonlyMap<string, Origin>;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events;
  /** Ms without an answer after which an origin is given up on. */
  readonly outage: number;
}

export class OriginCaller {
  readonly #deps: OriginCallerDeps;
  readonly #health = new Map<string, OriginHealth>();

  constructor(deps: OriginCallerDeps) {
    this.#deps = deps;
  }

  /** One call for these requests, of one source. Rejects only with the signal's reason. */
  call(source: Source, requests: readonly OriginRequest[], signal: AbortSignal): Promise<CallResult> {
    const ask = (origin: Origin) => origin.fetchMany(source, requests, signal);
    return this.#put({ source, keys: requests.length, ask }, signal);
  }

  /** One call for the version that all values of a source share. Rejects only with the signal's reason. */
  versionOf(source: Source, signal: AbortSignal): Promise<CallResult<string>> {
    const ask = (origin: Origin) => origin.versionOf(source, signal);
    return this.#put({ source, keys: 0, ask }, signal);
  }

  async #put<T>(question: Question<T>, signal: AbortSignal): Promise<CallResult<T>> {
    for (let attempt = 1; ; attempt += 1) {
      const result = await this.#try(question, signal);
      if (result.kind !== 'failed' || result.permanent || attempt >= TRIES) return result;
      await sleep(this.#deps.clock, backoffMs(attempt, BACKOFF, this.#deps.random), signal);
    }
  }

  async #try<T>(question: Question<T>, signal: AbortSignal): Promise<CallResult<T>> {
    const { source } = question;
    const { ledger, origins } = this.#deps;
    const origin = origins.get(source.origin);
    if (origin === undefined) throw new Error(`source "${source.name}" has no origin "${source.origin}"`);
    let permit: Awaited<ReturnType<Ledger['permit']>>;
    try {
      permit = await ledger.permit(source.origin, signal);
    } catch (error) {
      if (error instanceof BudgetDeferredError)
        return this.#deferred(source.origin, error.retryAt, error.message);
      throw error;
    }
    const turn = await this.#healthOf(source.origin).enter();
    try {
      signal.throwIfAborted();
      if (turn.kind === 'pause') return this.#deferred(source.origin, turn.until, turn.reason);
      return await this.#ask(question, origin, permit.stamp, turn, signal);
    } finally {
      if (turn.kind === 'turn') turn.over();
      permit.release();
    }
  }

  async #ask<T>(
    { source, keys, ask }: Question<T>,
    origin: Origin,
    stamp: Stamp,
    turn: Turn,
    signal: AbortSignal,
  ): Promise<CallResult<T>> {
    const { clock } = this.#deps;
    const began = clock.elapsed();
    try {
      const answers = await ask(origin);
      turn.succeeded();
      this.#report(source, keys, began, 'ok');
      return { kind: 'answered', answers, stamp };
    } catch (error) {
      signal.throwIfAborted();
      const failure =
        error instanceof OriginError
          ? error
          : new OriginError('permanent', messageOf(error), { cause: error });
      this.#report(source, keys, began, failure.class, failure.message);
      return await this.#failed(source.origin, failure, turn);
    }
  }

  async #failed(origin: string, failure: OriginError, turn: Turn): Promise<CallResult<never>> {
    const { ledger, clock } = this.#deps;
    const { message } = failure;
    if (failure.class === 'throttled') {
      const now = clock.now();
      const wished = failure.retryAt ?? now + DEFAULT_THROTTLE_MS;
      const until = Math.min(Math.max(wished, now + SHORTEST_THROTTLE_MS), now + LONGEST_THROTTLE_MS);
      await ledger.pause(origin, until, message);
      return { kind: 'deferred', until, reason: message };
    }
    if (failure.class === 'permanent') {
      turn.succeeded();
      return { kind: 'failed', permanent: true, reason: message };
    }
    const pause = turn.failed(message);
    if (pause === undefined) return { kind: 'failed', permanent: false, reason: message };
    await ledger.pause(origin, pause.until, message);
    return this.#deferred(origin, pause.until, message);
  }

  #deferred(origin: string, until: number, reason: string): CallResult<never> {
    return this.#healthOf(origin).isGivenUp
      ? { kind: 'failed', permanent: true, reason }
      : { kind: 'deferred', until, reason };
  }

  #healthOf(origin: string): OriginHealth {
    const known = this.#health.get(origin);
    if (known !== undefined) return known;
    const { clock, outage } = this.#deps;
    const health = new OriginHealth({ clock, givenUpAfter: outage });
    this.#health.set(origin, health);
    return health;
  }

  #report(
    source: Source,
    keys: number,
    began: number,
    result: 'ok' | 'retryable' | 'throttled' | 'permanent',
    reason?: string,
  ): void {
    const { events, clock } = this.#deps;
    const ms = clock.elapsed() - began;
    const known = { origin: source.origin, source: source.name, keys, ms, result };
    events.emit('origin:call', reason === undefined ? known : { ...known, reason });
  }
}
