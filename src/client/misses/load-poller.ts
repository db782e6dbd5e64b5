import { type Clock, sleep } from '../../core/clock.ts';
import type { Head, Stamp } from '../../core/entry.ts';
import { isMadeStale, isWarm, servableAt } from '../../core/freshness.ts';
import { NEVER } from '../../core/never.ts';
import type { Stack } from '../../tiers/stack/stack.ts';
import type { MissingKey } from './miss-loader.ts';

export interface LoadPollerDeps {
  readonly stack: Stack;
  readonly clock: Clock;
  /** How long it goes on looking, in ms. */
  readonly patience: number;
}

/** What a look found. */
export interface PollResult {
  readonly loaded: readonly string[];
  readonly missing: readonly MissingKey[];
}

/** The first looks follow one another quickly, the later ones less so, in ms. */
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 100;
const SLOWER = 1.5;

/**
 * Looks in the tiers for values that another process loads. All keys of a batch share a look, and a look reads heads
 * only: a few of them cost less than a subscription per key, and miss nothing.
 */
export class LoadPoller {
  readonly #deps: LoadPollerDeps;
  readonly #end: number;
  #pause = FIRST_PAUSE_MS;

  constructor(deps: LoadPollerDeps) {
    this.#deps = deps;
    this.#end = deps.clock.elapsed() + deps.patience;
  }

  /** The next look, after a pause. Undefined when its patience is over. Rejects with the signal's reason. */
  async next(missing: readonly MissingKey[], signal: AbortSignal): Promise<PollResult | undefined> {
    const { stack, clock } = this.#deps;
    if (clock.elapsed() >= this.#end) return undefined;
    await sleep(clock, this.#pause, signal);
    this.#pause = Math.min(this.#pause * SLOWER, LONGEST_PAUSE_MS);
    const keys = missing.map(({ key }) => key);
    const entries = await stack.getMany(keys, 'head', NEVER);
    const now = clock.now();
    const isLoaded = missing.map(({ newerThan }, i) => hasLanded(entries[i]?.head, newerThan, now));
    return {
      loaded: keys.filter((_, i) => isLoaded[i] === true),
      missing: missing.filter((_, i) => isLoaded[i] !== true),
    };
  }
}

/**
 * Whether this is what somebody loaded since the reader found nothing better than `newerThan`. A value whose ttl was over as it
 * landed counts, as long as it may be served; one that was made stale since does not.
 */
export function hasLanded(head: Head | undefined, newerThan: Stamp, now: number): boolean {
  const freshness = servableAt(head, now);
  if (head === undefined || freshness === 'gone') return false;
  return isWarm(freshness) || (head.stamp > newerThan && !isMadeStale(head));
}
