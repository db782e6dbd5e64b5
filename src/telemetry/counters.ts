import type { EventMap, Events } from '../core/events.ts';
import { type Counts, countsOf, OUTCOMES } from '../core/outcome.ts';

/** What this process has done since the counters began. Times are sums of milliseconds. */
export interface CountersSnapshot {
  /** Keys that ended, by outcome. */
  readonly keys: Counts;
  /** The same, by source. */
  readonly sources: Readonly<Record<string, Counts>>;
  /** By `ORIGIN result`, such as `markets ok`. */
  readonly originCalls: Readonly<Record<string, CallCount>>;
  /** By `TIER verb`, such as `redis put`; a failed call counts as `redis put failed`. */
  readonly tierCalls: Readonly<Record<string, CallCount>>;
  /** Jobs that ended, by `KIND ending`. */
  readonly jobs: Readonly<Record<string, CallCount>>;
  readonly corrupt: number;
  readonly problems: number;
}

export interface CallCount {
  readonly calls: number;
  readonly keys: number;
  readonly ms: number;
}

/** Counts events of one process. It grows with the configuration (sources, origins, tiers), never with the work. */
export class Counters {
  readonly #sources = new Map<string, Counts>();
  readonly #originCalls = new Map<string, CallCount>();
  readonly #tierCalls = new Map<string, CallCount>();
  readonly #jobs = new Map<string, CallCount>();
  #corrupt = 0;
  #problems = 0;
  #offs: (() => void)[] = [];

  /** Begins to count; once per object. */
  start(events: Events): void {
    this.#offs = [
      events.on('keys:ended', ({ source, outcomes }) => this.#ended(source, outcomes)),
      events.on('origin:call', ({ origin, result, keys, ms }) =>
        count(this.#originCalls, `${origin} ${result}`, keys, ms),
      ),
      events.on('tier:call', ({ tier, verb, ok, keys, ms }) =>
        count(this.#tierCalls, `${tier} ${verb}${ok ? '' : ' failed'}`, keys, ms),
      ),
      events.on('job:ended', ({ kind, ending, ms }) => count(this.#jobs, `${kind} ${ending}`, 0, ms)),
      events.on('tier:corrupt', () => {
        this.#corrupt += 1;
      }),
      events.on('problem', () => {
        this.#problems += 1;
      }),
    ];
  }

  stop(): void {
    for (const off of this.#offs) off();
    this.#offs = [];
  }

  /** A copy that does not change any more. */
  snapshot(): CountersSnapshot {
    return {
      keys: [...this.#sources.values()].reduce(add, countsOf()),
      sources: Object.fromEntries(this.#sources),
      originCalls: Object.fromEntries(this.#originCalls),
      tierCalls: Object.fromEntries(this.#tierCalls),
      jobs: Object.fromEntries(this.#jobs),
      corrupt: this.#corrupt,
      problems: this.#problems,
    };
  }

  #ended(source: string, outcomes: EventMap['keys:ended']['outcomes']): void {
    this.#sources.set(source, add(this.#sources.get(source) ?? countsOf(), countsOf(outcomes)));
  }
}

function add(left: Counts, right: Counts): Counts {
  return countsOf(Object.fromEntries(OUTCOMES.map((outcome) => [outcome, left[outcome] + right[outcome]])));
}

function count(map: Map<string, CallCount>, name: string, keys: number, ms: number): void {
  const so = map.get(name);
  map.set(name, { calls: (so?.calls ?? 0) + 1, keys: (so?.keys ?? 0) + keys, ms: (so?.ms ?? 0) + ms });
}
