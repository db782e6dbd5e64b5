import type { Clock } from '../../core/clock.ts';
import type { Entry, Head } from '../../core/entry.ts';
import { ForewarmError, messageOf } from '../../core/errors.ts';
import type { EventMap, Events } from '../../core/events.ts';
import { Breaker, type BreakerState } from '../../flow/breaker.ts';
import { within } from '../../flow/deadline.ts';
import type { Tier, TierTraits, TierUsage, Want, Write, Written } from '../tier.ts';

export interface GuardedTierDeps {
  readonly tier: Tier;
  readonly clock: Clock;
  readonly events: Events;
  /** How long a call may take, in ms. A page of a scan is a call; a sweep may take `SWEEP_MS`. */
  readonly timeout: number;
}

/** How long one sweep may take, in ms: it is housekeeping that nobody waits for, but whoever does it must come to an end. */
const SWEEP_MS = 60_000;
/** Failures in a row that open the breaker. */
const THRESHOLD = 5;
/** How long the breaker stays open the first time, and at most. */
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 2_500;

type Verb = EventMap['tier:call']['verb'];
type Side = EventMap['tier:breaker']['of'];

const SIDES: Readonly<Record<Verb, Side>> = {
  ...{ get: 'reads', scan: 'reads', usage: 'reads' },
  ...{ put: 'writes', sweep: 'writes' },
};

/**
 * A tier behind a deadline, breakers and events: a call ends although the tier hangs, and fails at once while it is down. Reads
 * and writes have a breaker each: a disk that is locked, or a Redis that is full, refuses writes and still serves reads.
 */
export class GuardedTier implements Tier {
  readonly name: string;
  readonly traits: TierTraits;
  readonly #tier: Tier;
  readonly #clock: Clock;
  readonly #events: Events;
  readonly #timeout: number;
  readonly #breakers: Readonly<Record<Side, Breaker>>;

  constructor(deps: GuardedTierDeps) {
    this.#tier = deps.tier;
    this.name = deps.tier.name;
    this.traits = deps.tier.traits;
    this.#clock = deps.clock;
    this.#events = deps.events;
    this.#timeout = deps.timeout;
    this.#breakers = { reads: this.#breakerOf('reads'), writes: this.#breakerOf('writes') };
  }

  /** While a breaker is `open`, calls fail at once with `E_TIER_UNAVAILABLE`. */
  stateOf(side: Side): BreakerState {
    return this.#breakers[side].state;
  }

  getMany(keys: readonly string[], want: Want, signal: AbortSignal): Promise<(Entry | undefined)[]> {
    return this.#call('get', keys.length, signal, (inner) => this.#tier.getMany(keys, want, inner));
  }

  putMany(writes: readonly Write[], signal: AbortSignal): Promise<Written[]> {
    return this.#call('put', writes.length, signal, (inner) => this.#tier.putMany(writes, inner));
  }

  async *scan(prefix: string, signal: AbortSignal): AsyncGenerator<Head[]> {
    // The tier gets a signal of the whole scan, since it keeps it from page to page.
    const whole = new AbortController();
    const pages = this.#tier.scan(prefix, whole.signal)[Symbol.asyncIterator]();
    try {
      for (;;) {
        const page = await this.#call('scan', 0, signal, () => pages.next());
        if (page.done === true) return;
        yield page.value;
      }
    } finally {
      whole.abort(new ForewarmError('E_TIER_UNAVAILABLE', `the scan of tier "${this.name}" was given up`));
      // Not awaited: a tier that hangs would hold the caller.
      pages.return?.().catch(() => undefined);
    }
  }

  async sweep(now: number, limit: number, signal: AbortSignal): Promise<{ removed: number; bytes: number }> {
    signal.throwIfAborted();
    const breaker = this.#breakers[SIDES.sweep];
    if (!breaker.mayTry) throw this.#open(breaker);
    // It is no probe: it may take long, and meanwhile no write would be let through.
    return this.#timed('sweep', 0, SWEEP_MS, signal, (inner) => this.#tier.sweep(now, limit, inner));
  }

  usage(signal: AbortSignal): Promise<TierUsage> {
    return this.#call('usage', 0, signal, (inner) => this.#tier.usage(inner));
  }

  close(): Promise<void> {
    return this.#tier.close();
  }

  /** A call that the breaker lets through, and that tells it how it went. */
  async #call<T>(
    verb: Verb,
    keys: number,
    signal: AbortSignal,
    act: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    const breaker = this.#breakers[SIDES[verb]];
    const call = breaker.enter();
    if (call === undefined) throw this.#open(breaker);
    try {
      const answer = await this.#timed(verb, keys, this.#timeout, signal, act);
      call.succeeded();
      return answer;
    } catch (error) {
      if (isGivenUp(error, signal)) call.abandoned();
      else call.failed(reasonOf(error));
      throw error;
    }
  }

  async #timed<T>(
    verb: Verb,
    keys: number,
    timeout: number,
    signal: AbortSignal,
    act: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const began = this.#clock.elapsed();
    try {
      const late = () => this.#unavailable(`no answer within ${timeout} ms`);
      const answer = await within(this.#clock, timeout, act, late, signal);
      this.#emit(verb, keys, began, true);
      return answer;
    } catch (error) {
      if (isGivenUp(error, signal)) throw error;
      this.#emit(verb, keys, began, false);
      throw codeOf(error) === undefined ? this.#unavailable(messageOf(error), error) : error;
    }
  }

  #breakerOf(of: Side): Breaker {
    return new Breaker({
      clock: this.#clock,
      threshold: THRESHOLD,
      delay: FIRST_DELAY_MS,
      longestDelay: LONGEST_DELAY_MS,
      onChange: (state, reason) => this.#events.emit('tier:breaker', { tier: this.name, of, state, reason }),
    });
  }

  #emit(verb: Verb, keys: number, began: number, ok: boolean): void {
    this.#events.emit('tier:call', { tier: this.name, verb, keys, ms: this.#clock.elapsed() - began, ok });
  }

  #open({ reason }: Breaker): ForewarmError {
    return this.#unavailable(`its breaker is open: ${reason}`);
  }

  #unavailable(reason: string, cause?: unknown): ForewarmError {
    return new ForewarmError('E_TIER_UNAVAILABLE', `tier "${this.name}" did not answer: ${reason}`, {
      details: { tier: this.name },
      cause,
    });
  }
}

/** The caller gave up, or the tier is closed: neither says anything of the tier's state. */
function isGivenUp(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted || codeOf(error) === 'E_TIER_CLOSED';
}

/** What the tier itself said, without the words around it. */
function reasonOf(error: unknown): string {
  const { cause } = error as { readonly cause?: unknown };
  return messageOf(codeOf(error) === 'E_TIER_UNAVAILABLE' && cause !== undefined ? cause : error);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof ForewarmError ? error.code : undefined;
}
