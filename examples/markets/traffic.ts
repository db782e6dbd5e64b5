/** What the origin really saw, and the limits it holds its callers to. */
import { SOURCES, type SourceName } from './facts.ts';
import type { Place } from './places.ts';

/** Counts events in the last second, at any instant, exactly. */
export class SlidingSecond {
  #times = new Float64Array(1_024);
  #head = 0;
  #count = 0;

  /** Events after `at` less one second. Times never go back. */
  countAt(at: number): number {
    while (this.#count > 0 && this.oldest <= at - 1_000) {
      this.#head = (this.#head + 1) & (this.#times.length - 1);
      this.#count -= 1;
    }
    return this.#count;
  }

  add(at: number): void {
    if (this.#count === this.#times.length) this.#grow();
    this.#times[(this.#head + this.#count) & (this.#times.length - 1)] = at;
    this.#count += 1;
  }

  get oldest(): number {
    return this.#times[this.#head] ?? 0;
  }

  #grow(): void {
    const grown = new Float64Array(this.#times.length * 2);
    grown.set(this.#times.subarray(this.#head));
    grown.set(this.#times.subarray(0, this.#head), this.#times.length - this.#head);
    this.#times = grown;
    this.#head = 0;
  }
}

export interface SourceCounters {
  /** Calls that were let in. */
  readonly calls: number;
  /** Keys that those calls asked for. */
  readonly keys: number;
}

export interface Counters {
  /** Calls that came, answered with 429 or not. */
  readonly calls: number;
  /** Keys of the calls that were let in. */
  readonly keys: number;
  /** Calls in the second up to now. */
  readonly perSecond: number;
  /** Most calls in any one second. */
  readonly peakPerSecond: number;
  readonly inFlight: number;
  readonly peakInFlight: number;
  /** Calls answered with 429. */
  readonly throttled: number;
  /** Calls answered with 304. */
  readonly notModified: number;
  /** Calls answered with 500, by the switch. */
  readonly errors: number;
  /** Calls answered with an empty body, by the switch. */
  readonly empty: number;
  /** Calls whose connection was closed without an answer, by the switch. */
  readonly dropped: number;
  readonly bySource: Readonly<Record<SourceName, SourceCounters>>;
  /** How often each key was asked for, such as `quote:5128581`; only when asked for. */
  readonly callsPerKey?: Readonly<Record<string, number>>;
}

type Tally = 'throttled' | 'notModified' | 'errors' | 'empty' | 'dropped';

export class Traffic {
  readonly #second = new SlidingSecond();
  readonly #places: readonly Place[];
  #calls = 0;
  #inFlight = 0;
  #peakPerSecond = 0;
  #peakInFlight = 0;
  #tallies: Record<Tally, number> = zeroTallies();
  #sources = zeroSources();

  constructor(places: readonly Place[]) {
    this.#places = places;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** A call begins at `at` (monotonic ms). */
  begin(at: number): void {
    this.#calls += 1;
    this.#inFlight += 1;
    if (this.#inFlight > this.#peakInFlight) this.#peakInFlight = this.#inFlight;
    this.#second.add(at);
    const perSecond = this.#second.countAt(at);
    if (perSecond > this.#peakPerSecond) this.#peakPerSecond = perSecond;
  }

  end(): void {
    this.#inFlight -= 1;
  }

  tally(what: Tally): void {
    this.#tallies[what] += 1;
  }

  admit(source: SourceName): void {
    this.#sources[source].calls += 1;
  }

  key(source: SourceName, place: Place): void {
    const counters = this.#sources[source];
    counters.keys += 1;
    counters.byPlace ??= new Uint32Array(this.#places.length);
    counters.byPlace[place.index] = (counters.byPlace[place.index] ?? 0) + 1;
  }

  counters(at: number, withKeys: boolean): Counters {
    const sources = this.#sources;
    const only = ({ calls, keys }: SourceCounters) => ({ calls, keys });
    return {
      calls: this.#calls,
      keys: SOURCES.reduce((sum, source) => sum + sources[source].keys, 0),
      perSecond: this.#second.countAt(at),
      peakPerSecond: this.#peakPerSecond,
      inFlight: this.#inFlight,
      peakInFlight: this.#peakInFlight,
      ...this.#tallies,
      bySource: {
        quote: only(sources.quote),
        summary: only(sources.summary),
        profile: only(sources.profile),
      },
      ...(withKeys && { callsPerKey: this.#callsPerKey() }),
    };
  }

  /** Calls that are under way stay counted as in flight. */
  reset(at: number): void {
    this.#calls = 0;
    this.#peakInFlight = this.#inFlight;
    this.#peakPerSecond = this.#second.countAt(at);
    this.#tallies = zeroTallies();
    this.#sources = zeroSources();
  }

  #callsPerKey(): Record<string, number> {
    const perKey: Record<string, number> = {};
    for (const source of SOURCES) {
      for (const [index, calls] of this.#sources[source].byPlace?.entries() ?? []) {
        if (calls > 0) perKey[`${source}:${this.#places[index]?.id}`] = calls;
      }
    }
    return perKey;
  }
}

function zeroTallies(): Record<Tally, number> {
  return { throttled: 0, notModified: 0, errors: 0, empty: 0, dropped: 0 };
}

interface SourceTraffic {
  calls: number;
  keys: number;
  byPlace: Uint32Array | undefined;
}

function zeroSources(): Record<SourceName, SourceTraffic> {
  const zero = (): SourceTraffic => ({ calls: 0, keys: 0, byPlace: undefined });
  return { quote: zero(), summary: zero(), profile: zero() };
}
