/**
 * What happens to reads that no tier could serve. Called by `StackReads`, for the misses of one turn and one source; results
 * go to each `PendingRead` itself, so nothing here is awaited by the caller.
 *
 * 1. The source's policy says how to load: not at all, here from the origin, or by the workers.
 * 2. A key that failed a moment ago is not tried. A key that is being loaded is joined (`InFlightLoads`).
 * 3. Every read gets a deadline: soft if it has a stale value, hard if it has nothing. Loading goes on after it.
 * 4. The loader gets the rest into the tiers. It reports keys as they can be read; `LoadedValues` reads them from the tiers
 *    and settles the reads that wait.
 * 5. If Redis is away, the fallback loads into a memory of its own, for reads that have no stale value.
 * 6. What could not be loaded is given up, and left alone for a while.
 *
 * What must stay true: each key is loaded once at a time in this process; a read never gets a value that was looked up before
 * the read began; every read settles, by its deadline at the latest.
 */
import type { Clock } from '../../core/clock.ts';
import { ForewarmError, messageOf } from '../../core/errors.ts';
import type { Events } from '../../core/events.ts';
import type { MissPolicy, Source } from '../../core/source.ts';
import type { Stack } from '../../tiers/stack/stack.ts';
import type { OriginFailure } from '../found.ts';
import type { MemoryReads } from '../memory-reads.ts';
import { FailedKeys } from './failed-keys.ts';
import { type InFlightLoad, InFlightLoads } from './in-flight-loads.ts';
import { LoadedValues, type LoadTarget } from './loaded-values.ts';
import type { LoadFailures, MissLoader } from './miss-loader.ts';
import type { PendingRead } from './pending-read.ts';
import type { RefreshAhead } from './refresh-ahead.ts';

/** What loads while Redis is away. */
export interface Fallback {
  readonly loader: MissLoader;
  /** Where it stores what it loads. */
  readonly stack: Stack;
}

export interface MissCoalescerDeps {
  readonly stack: Stack;
  readonly memoryReads: MemoryReads;
  readonly clock: Clock;
  readonly events: Events;
  /** By miss policy; `none` loads nothing. */
  readonly loaders: Readonly<Record<Exclude<MissPolicy['policy'], 'none'>, MissLoader>>;
  /**
   * What loads when the loaders cannot work. Another one as soon as something may have been invalidated: what the one before is
   * loading then is for reads that had begun. `asks`: the Redis for jobs is there, and can say whether something was.
   */
  readonly fallback: (asks: boolean) => Promise<Fallback>;
  /** Has the workers refresh stale values of sources whose policy is `none`. */
  readonly refreshAhead: Pick<RefreshAhead, 'add'>;
}

/** Loads what no tier has, each key once at a time in this process. No read waits longer than its source allows. */
export class MissCoalescer {
  readonly #deps: MissCoalescerDeps;
  readonly #loads = new InFlightLoads();
  readonly #failed: FailedKeys;
  readonly #loadedValues: LoadedValues;
  readonly #stopped = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(deps: MissCoalescerDeps) {
    this.#deps = deps;
    this.#failed = new FailedKeys(deps.clock);
    this.#loadedValues = new LoadedValues({ ...deps, loads: this.#loads });
  }

  /** The tiers have nothing fresh for these reads, all of one source. Each of them settles in time. */
  miss(source: Source, reads: readonly PendingRead[]): void {
    const { policy } = source.miss;
    if (policy === 'none' || this.#stopped.signal.aborted) {
      const stale = reads.filter(hasStale).map(({ key }) => key);
      if (stale.length > 0 && policy === 'none') this.#deps.refreshAhead.add(source, stale);
      for (const read of reads) read.giveUp(undefined);
      return;
    }
    const open = reads.filter((read) => this.#mayLoad(source, read));
    const started = open.flatMap((read) => this.#loads.join(source, read));
    this.#setDeadlines(source, open);
    if (started.length === 0) return;
    const run = this.#load(this.#deps.loaders[policy], source, started).finally(() =>
      this.#running.delete(run),
    );
    this.#running.add(run);
  }

  /** Stops loading: reads that still wait get what there is. */
  async close(): Promise<void> {
    this.#stopped.abort(new ForewarmError('E_TIER_CLOSED', 'the reader is closed'));
    this.#loads.giveUp('the reader is closed');
    await Promise.all(this.#running);
  }

  /** A key that could not be loaded a moment ago gets what there is. */
  #mayLoad({ origin }: Source, read: PendingRead): boolean {
    const reason = this.#failed.reasonOf(read.key);
    if (reason === undefined) return true;
    read.giveUp({ origin, reason });
    return false;
  }

  #setDeadlines({ origin, miss }: Source, reads: readonly PendingRead[]): void {
    const { clock } = this.#deps;
    const { softDeadline, hardDeadline } = miss;
    const late = { origin, reason: `no value within ${hardDeadline} ms` };
    const withStale = reads.filter(hasStale);
    const without = reads.filter((read) => !hasStale(read));
    if (withStale.length > 0) {
      if (softDeadline === 0) giveUpAll(withStale, late);
      else clock.after(Math.min(softDeadline, hardDeadline), () => giveUpAll(withStale, late));
    }
    if (without.length > 0) clock.after(hardDeadline, () => giveUpAll(without, late));
  }

  async #load(loader: MissLoader, source: Source, loads: readonly InFlightLoad[]): Promise<void> {
    const { stack, events } = this.#deps;
    const target: LoadTarget = { stack, admits: async () => everyRead };
    const serving: Promise<void>[] = [];
    let failures: Failures;
    try {
      failures = await this.#loadInto(target, loader, source, loads, serving);
    } catch (error) {
      if (this.#stopped.signal.aborted) return;
      failures = messageOf(error);
      if (!isUnavailable(error)) events.emit('problem', { where: `reading source "${source.name}"`, error });
      else failures = (await this.#loadByFallback(source, loads, error, serving)) ?? failures;
    }
    await Promise.all(serving);
    // Memory may hold what no other tier would take.
    const open = this.#loads.open(loads);
    await this.#serve(
      target,
      open.map(({ first }) => first.key),
    );
    this.#giveUp(this.#loads.open(loads), failures);
  }

  /** Starts to serve what the loader reports, as it does. */
  #loadInto(
    target: LoadTarget,
    loader: MissLoader,
    source: Source,
    loads: readonly InFlightLoad[],
    serving: Promise<void>[],
  ): Promise<LoadFailures> {
    const onLoaded = (keys: readonly string[]) => void serving.push(this.#serve(target, keys));
    const missing = loads.map(({ first }) => first);
    return loader.load(source, missing, onLoaded, this.#stopped.signal);
  }

  /**
   * Only for reads without a stale value: what is loaded outside the tiers is for those that have nothing. Undefined: it could not
   * work either.
   */
  async #loadByFallback(
    source: Source,
    loads: readonly InFlightLoad[],
    cause: ForewarmError,
    serving: Promise<void>[],
  ): Promise<LoadFailures | undefined> {
    const asks = cause.code === 'E_TIER_UNAVAILABLE';
    const { fallback, events } = this.#deps;
    const open = this.#loads.open(loads);
    const withoutStale = open.filter(({ first }) => !hasStale(first));
    if (withoutStale.length === 0) return undefined;
    const early = new Set(open.flatMap(({ waiting }) => [...waiting]));
    const { loader, stack } = await fallback(asks);
    const admits = async () =>
      (await fallback(asks)).stack === stack ? everyRead : (read: PendingRead) => early.has(read);
    try {
      return await this.#loadInto({ stack, admits }, loader, source, withoutStale, serving);
    } catch (error) {
      if (!this.#stopped.signal.aborted)
        events.emit('problem', { where: `fetching source "${source.name}" without Redis`, error });
      return undefined;
    }
  }

  /** Looks until every read that waited for these keys is settled, or has its key loaded again. */
  async #serve(target: LoadTarget, keys: readonly string[]): Promise<void> {
    let open = keys;
    for (let looks = 0; open.length > 0; looks += 1) {
      const { again, overtaken } = await this.#loadedValues.serve(target, open, looks > 0);
      for (const { source, waiting } of overtaken) this.miss(source, [...waiting]);
      open = again;
    }
  }

  #giveUp(loads: readonly InFlightLoad[], failures: Failures): void {
    const reasonOf = (key: string) =>
      typeof failures === 'string' ? failures : (failures.get(key) ?? UNSERVABLE);
    this.#failed.add(loads.map(({ first: { key } }) => [key, reasonOf(key)]));
    for (const load of loads) {
      this.#loads.end(load);
      giveUpAll(load.waiting, { origin: load.source.origin, reason: reasonOf(load.first.key) });
    }
  }
}

/** Why keys could not be loaded: each by itself, or all for one reason. */
type Failures = LoadFailures | string;

const UNSERVABLE =
  'what was loaded may not be served any more: the call took longer than ttl and grace, or it was invalidated';

const UNAVAILABLE: ReadonlySet<string> = new Set(['E_REDIS_UNAVAILABLE', 'E_TIER_UNAVAILABLE']);

function everyRead(): boolean {
  return true;
}

function hasStale({ stale }: PendingRead): boolean {
  return stale !== undefined;
}

function giveUpAll(reads: Iterable<PendingRead>, failure: OriginFailure): void {
  for (const read of reads) read.giveUp(failure);
}

function isUnavailable(error: unknown): error is ForewarmError {
  return error instanceof ForewarmError && UNAVAILABLE.has(error.code);
}
