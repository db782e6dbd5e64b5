import type { Clock } from '../core/clock.ts';
import { ForewarmError } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import { isWarm, servableAt } from '../core/freshness.ts';
import { NEVER } from '../core/never.ts';
import type { MissPolicy, Source } from '../core/source.ts';
import type { Stack } from '../tiers/stack/stack.ts';
import type { DecodedValue, MemoryReads } from './memory-reads.ts';
import type { MissHandler, MissLoader, PendingRead } from './pending-read.ts';

export interface Fallback {
  readonly loader: MissLoader;
  /** Where it brings things to. */
  readonly stack: Stack;
}

export interface MissCoalescerDeps {
  readonly stack: Stack;
  readonly memoryReads: MemoryReads;
  readonly clock: Clock;
  readonly events: Events;
  /** By the policy that asks for them; `none` has none. */
  readonly loaders: Readonly<Record<Exclude<MissPolicy['policy'], 'none'>, MissLoader>>;
  /**
   * Where to turn to when the ways cannot work, and what it brings is read. Another one as soon as something may have been
   * invalidated: what is on its way to the one before is for reads that had begun. `asks`: the Redis for jobs is there to tell.
   */
  readonly fallback: (asks: boolean) => Promise<Fallback>;
  /** Told of keys that are due, or stale and of a source whose policy is `none`. */
  readonly onDue: (source: Source, keys: readonly string[]) => void;
}

/** How long nothing is done about a key that could not be brought, in ms. */
const REST_MS = 5_000;
/** The most keys that are remembered as resting. */
const MOST_RESTING = 10_000;

/** Where values are brought to. */
interface Place {
  readonly stack: Stack;
  /** Asked before each look: which of the reads that have begun may get what the place holds then. */
  readonly readers: () => Promise<(read: PendingRead) => boolean>;
}

/** A key on its way, and the reads that wait for it. */
interface Flight {
  /** The read that started it. */
  readonly lack: PendingRead;
  readonly waiting: Set<PendingRead>;
  readonly source: Source;
}

/**
 * Reads that the tiers cannot answer. Each key is on its way once in a process, whoever asks for it and when, so a batch
 * shares what an earlier one is bringing already. No read waits longer than its source allows.
 */
export class MissCoalescer implements MissHandler {
  readonly #deps: MissCoalescerDeps;
  readonly #flights = new Map<string, Flight>();
  readonly #resting = new Map<string, number>();
  readonly #stopped = new AbortController();
  readonly #pending = new Set<Promise<void>>();

  constructor(deps: MissCoalescerDeps) {
    this.#deps = deps;
  }

  due(source: Source, keys: readonly string[]): void {
    this.#deps.onDue(source, keys);
  }

  miss(source: Source, wanted: readonly PendingRead[]): void {
    const { policy } = source.miss;
    if (policy === 'none' || this.#stopped.signal.aborted) {
      const stale = wanted.filter((each) => each.stale !== undefined).map(({ key }) => key);
      if (stale.length > 0 && policy === 'none') this.#deps.onDue(source, stale);
      for (const each of wanted) each.answer(each.stale);
      return;
    }
    const open = wanted.filter((each) => !this.#rests(each));
    const started = open.flatMap((each) => this.#join(source, each));
    this.#setDeadlines(source.miss, open);
    if (started.length === 0) return;
    const done = this.#bring(this.#deps.loaders[policy], source, started).finally(() =>
      this.#pending.delete(done),
    );
    this.#pending.add(done);
  }

  /** Gives up what is on its way: whoever still waits gets what there is. */
  async close(): Promise<void> {
    this.#stopped.abort(new ForewarmError('E_TIER_CLOSED', 'the reader is closed'));
    for (const { waiting } of this.#flights.values()) for (const each of waiting) each.answer(each.stale);
    await Promise.all(this.#pending);
  }

  /** A key that could not be brought a moment ago is answered with what there is. */
  #rests(wanted: PendingRead): boolean {
    const until = this.#resting.get(wanted.key);
    if (until === undefined) return false;
    if (this.#deps.clock.now() < until) {
      wanted.answer(wanted.stale);
      return true;
    }
    this.#resting.delete(wanted.key);
    return false;
  }

  /** Waits with others for a key that is on its way; else it is to be started. */
  #join(source: Source, wanted: PendingRead): Flight[] {
    const known = this.#flights.get(wanted.key);
    if (known !== undefined) {
      known.waiting.add(wanted);
      return [];
    }
    const flight = { lack: wanted, waiting: new Set([wanted]), source };
    this.#flights.set(wanted.key, flight);
    return [flight];
  }

  #setDeadlines({ softDeadline, hardDeadline }: MissPolicy, wanted: readonly PendingRead[]): void {
    const { clock } = this.#deps;
    const [withStale, without] = [wanted.filter(hasStale), wanted.filter((each) => !hasStale(each))];
    const end = (all: readonly PendingRead[]) => {
      for (const each of all) each.answer(each.stale);
    };
    if (withStale.length > 0) {
      if (softDeadline === 0) end(withStale);
      else clock.after(Math.min(softDeadline, hardDeadline), () => end(withStale));
    }
    if (without.length > 0) clock.after(hardDeadline, () => end(without));
  }

  async #bring(way: MissLoader, source: Source, flights: readonly Flight[]): Promise<void> {
    const { stack, events } = this.#deps;
    const landed: Promise<void>[] = [];
    const tiers: Place = { stack, readers: async () => everybody };
    const from = (place: Place) => (keys: readonly string[]) => void landed.push(this.#land(place, keys));
    const open = () => flights.filter((flight) => this.#flights.get(flight.lack.key) === flight);
    const lacks = flights.map(({ lack }) => lack);
    try {
      await way.load(source, lacks, from(tiers), this.#stopped.signal);
    } catch (error) {
      if (this.#stopped.signal.aborted) return;
      if (!isUnavailable(error)) events.emit('problem', { where: `reading source "${source.name}"`, error });
      else await this.#asLastResort(source, open(), error.code === 'E_TIER_UNAVAILABLE', from);
    }
    await Promise.all(landed);
    // Memory may hold what no other tier would take.
    await this.#land(
      tiers,
      open().map(({ lack }) => lack.key),
    );
    this.#giveUp(open());
  }

  /** What has a stale value goes without: a value out of the budget's sight is for those who have nothing. */
  async #asLastResort(
    source: Source,
    flights: readonly Flight[],
    asks: boolean,
    from: (place: Place) => (keys: readonly string[]) => void,
  ): Promise<void> {
    const lacks = flights.filter(({ lack }) => !hasStale(lack)).map(({ lack }) => lack);
    if (lacks.length === 0) return;
    const { fallback } = this.#deps;
    const early = new Set(flights.flatMap(({ waiting }) => [...waiting]));
    const { loader, stack } = await fallback(asks);
    const readers = async () =>
      (await fallback(asks)).stack === stack ? everybody : (read: PendingRead) => early.has(read);
    try {
      await loader.load(source, lacks, from({ stack, readers }), this.#stopped.signal);
    } catch (error) {
      if (this.#stopped.signal.aborted) return;
      this.#deps.events.emit('problem', { where: `fetching source "${source.name}" without Redis`, error });
    }
  }

  /** Reads what was brought, and answers who waits. */
  async #land(place: Place, keys: readonly string[]): Promise<void> {
    let open = keys;
    for (let look = 0; open.length > 0; look += 1) open = await this.#look(place, open, look > 0);
  }

  /**
   * Answers those who waited when it began to look: who came later may follow an invalidation that the look did not see, and is
   * looked for once more. Answers the keys of these.
   */
  async #look(place: Place, keys: readonly string[], isAgain: boolean): Promise<string[]> {
    const { memoryReads, clock } = this.#deps;
    const before = keys.map((key) => [...(this.#flights.get(key)?.waiting ?? [])]);
    const mayRead = await place.readers();
    const began = clock.now();
    const entries = await place.stack.readAgain(keys, NEVER).catch(() => []);
    const now = clock.now();
    return keys.filter((key, i) => {
      const [entry, flight] = [entries[i], this.#flights.get(key)];
      const freshness = servableAt(entry?.head, now);
      const view =
        entry !== undefined && isWarm(freshness) ? memoryReads.looked(entry, freshness, began) : undefined;
      if (flight === undefined) return false;
      const readers = (before[i] ?? []).filter(mayRead);
      if (view !== undefined && readers.length > 0) return this.#answer(flight, readers, view);
      if (view !== undefined && !isAgain) return true;
      if (isAgain) this.#startAnew(flight);
      return false;
    });
  }

  /** Whether others are still waiting for the same key. */
  #answer(flight: Flight, wanted: readonly PendingRead[], view: DecodedValue): boolean {
    for (const each of wanted) {
      flight.waiting.delete(each);
      each.answer(view);
    }
    if (flight.waiting.size > 0) return true;
    this.#flights.delete(flight.lack.key);
    return false;
  }

  /** What was brought for others was invalidated before these could read it. */
  #startAnew({ lack, waiting, source }: Flight): void {
    this.#flights.delete(lack.key);
    this.miss(source, [...waiting]);
  }

  #giveUp(flights: readonly Flight[]): void {
    const now = this.#deps.clock.now();
    for (const { lack, waiting } of flights) {
      this.#flights.delete(lack.key);
      this.#resting.set(lack.key, now + REST_MS);
      for (const each of waiting) each.answer(each.stale);
    }
    for (const key of this.#resting.keys()) {
      if (this.#resting.size <= MOST_RESTING) break;
      this.#resting.delete(key);
    }
  }
}

const UNAVAILABLE: ReadonlySet<string> = new Set(['E_REDIS_UNAVAILABLE', 'E_TIER_UNAVAILABLE']);

function everybody(): boolean {
  return true;
}

function hasStale({ stale }: PendingRead): boolean {
  return stale !== undefined;
}

function isUnavailable(error: unknown): error is ForewarmError {
  return error instanceof ForewarmError && UNAVAILABLE.has(error.code);
}
