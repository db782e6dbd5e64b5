/** Fetching missing keys from their origin for reads: once, and again when the origin asked for a little patience. */
import { type Clock, sleep } from '../../core/clock.ts';
import { WARM_OUTCOMES } from '../../core/outcome.ts';
import type { Source } from '../../core/source.ts';
import type { WarmTask } from '../../warming/warm-task.ts';
import type { Warmer } from '../../warming/warmer.ts';
import type { LoadFailures, MissingKey, OnLoaded } from './miss-loader.ts';

export interface FetchMissingDeps {
  readonly warmer: Pick<Warmer, 'warm'>;
  readonly clock: Clock;
}

/** A time that has passed already would have it tried without end, in ms. */
const SHORTEST_WAIT_MS = 20;

/**
 * Resolves to why keys could not be fetched. An origin that is paused (it said 429, its budget is used up) is waited for, as long
 * as it is expected back before `end` on the monotonic clock: then the reads have a use for it.
 */
export async function fetchMissing(
  { warmer, clock }: FetchMissingDeps,
  source: Source,
  missing: readonly MissingKey[],
  end: number,
  onLoaded: OnLoaded,
  signal: AbortSignal,
): Promise<LoadFailures> {
  const failures = new Map<string, string>();
  let open = missing;
  for (;;) {
    const keys = open.map(({ key }) => key);
    const task = new ReadTask(source, open, onLoaded, signal);
    const { unfinished, deferred } = await warmer.warm(task);
    const tried = new Map(unfinished.map(({ index, reason }) => [keys[index] ?? '', reason]));
    for (const [key, reason] of [...task.failures, ...tried]) failures.set(key, reason);
    open = open.filter(({ key }) => !task.ended.has(key) && !tried.has(key));
    if (deferred === undefined || open.length === 0) return failures;
    for (const { key } of open) failures.set(key, deferred.reason);
    const wait = Math.max(deferred.until - clock.now(), SHORTEST_WAIT_MS);
    if (clock.elapsed() + wait >= end) return failures;
    await sleep(clock, wait, signal);
    for (const { key } of open) failures.delete(key);
  }
}

/** What the warmer does for reads: fetches what is not fresh, as part of no run, and reports what can be read now. */
class ReadTask implements WarmTask {
  readonly source: Source;
  readonly keys: readonly string[];
  readonly params: NonNullable<WarmTask['params']>;
  readonly options = { reason: 'read', since: 0 } as const;
  readonly user = 'live';
  readonly run = undefined;
  readonly signal: AbortSignal;
  readonly ended = new Set<string>();
  readonly failures = new Map<string, string>();
  readonly #onLoaded: OnLoaded;

  constructor(source: Source, missing: readonly MissingKey[], onLoaded: OnLoaded, signal: AbortSignal) {
    this.source = source;
    this.keys = missing.map(({ key }) => key);
    this.params = new Map(
      missing.flatMap(({ key, params }) => (params === undefined ? [] : [[key, params]])),
    );
    this.signal = signal;
    this.#onLoaded = onLoaded;
  }

  readonly onEnded: WarmTask['onEnded'] = async (batch) => {
    const loaded: string[] = [];
    for (const { index, outcome, reason } of batch) {
      const key = this.keys[index] ?? '';
      this.ended.add(key);
      if (WARM_OUTCOMES.has(outcome)) loaded.push(key);
      else this.failures.set(key, outcome === 'refused' ? `refused: ${reason}` : reason);
    }
    if (loaded.length > 0) this.#onLoaded(loaded);
  };
}
