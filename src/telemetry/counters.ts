import type { EventMap, Events } from '../core/events.ts';
import { type Buckets, Histogram } from '../core/histogram.ts';
import { countsOf, OUTCOMES, type Outcome } from '../core/outcome.ts';
import type { ReadCounts } from '../core/read-counts.ts';
import { type Statistics, sumRows } from '../core/statistics.ts';

type Row<L extends keyof Statistics> = Statistics[L] extends readonly (infer R)[] ? R : never;
/** A row that is being counted; durations are a histogram until somebody asks. */
type Counted<L extends keyof Statistics> = {
  -readonly [K in keyof Row<L>]: Row<L>[K] extends Buckets ? Histogram : Row<L>[K];
};

/**
 * Counts what a process does, out of its events; reads are counted where they happen, in `ReadCounts`. Grows with the
 * configuration (sources, origins, tiers), never with the work.
 */
export class Counters {
  readonly #reads: ReadCounts;
  readonly #calls = new Rows<Counted<'calls'>>();
  readonly #origins = new Rows<Counted<'origins'>>();
  readonly #outcomes = new Rows<Counted<'outcomes'>>();
  readonly #coded = new Rows<Counted<'coded'>>();
  readonly #evicted = new Rows<Counted<'evicted'>>();
  readonly #corrupt = new Rows<Counted<'corrupt'>>();
  readonly #jobs = new Rows<Counted<'jobs'>>();
  #problems = 0;
  #offs: (() => void)[] = [];

  constructor(reads: ReadCounts) {
    this.#reads = reads;
  }

  /** Begins to count; once per object. */
  start(events: Events): void {
    this.#offs = [
      ...this.#onTiers(events),
      events.on('origin:call', (call) => this.#origin(call)),
      events.on('keys:ended', ({ source, outcomes }) => this.#ended(source, outcomes)),
      events.on('job:ended', ({ kind, ending }) => {
        this.#jobs.of(() => ({ kind, ending, jobs: 0 }), kind, ending).jobs += 1;
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
  snapshot(): Statistics {
    return {
      reads: sumRows(this.#reads.rows()),
      calls: this.#calls.all().map(withBuckets),
      origins: this.#origins.all().map(withBuckets),
      outcomes: this.#outcomes.copy(),
      coded: this.#coded.copy(),
      evicted: this.#evicted.copy(),
      corrupt: this.#corrupt.copy(),
      jobs: this.#jobs.copy(),
      problems: this.#problems,
    };
  }

  #onTiers(events: Events): (() => void)[] {
    return [
      events.on('tier:call', (call) => this.#call(call)),
      events.on('tier:coded', ({ tier, source, plain, stored }) => {
        const row = this.#coded.of(() => ({ tier, source, plain: 0, stored: 0 }), tier, source);
        row.plain += plain;
        row.stored += stored;
      }),
      events.on('tier:evicted', ({ tier, keys, unread }) => {
        const row = this.#evicted.of(() => ({ tier, keys: 0, unread: 0 }), tier);
        row.keys += keys;
        row.unread += unread;
      }),
      events.on('tier:corrupt', ({ tier }) => {
        this.#corrupt.of(() => ({ tier, entries: 0 }), tier).entries += 1;
      }),
    ];
  }

  #call({ tier, verb, keys, ms, ok }: EventMap['tier:call']): void {
    const none = () => ({ tier, verb, calls: 0, failed: 0, keys: 0, buckets: new Histogram() });
    const row = this.#calls.of(none, tier, verb);
    row.calls += 1;
    row.keys += keys;
    if (ok) row.buckets.record(ms);
    else row.failed += 1;
  }

  #origin({ origin, source, keys, ms, result }: EventMap['origin:call']): void {
    const none = () => ({
      ...{ origin, source, ok: 0, retryable: 0, throttled: 0, permanent: 0, keys: 0 },
      buckets: new Histogram(),
    });
    const row = this.#origins.of(none, origin, source);
    row[result] += 1;
    row.keys += keys;
    if (result === 'ok') row.buckets.record(ms);
  }

  #ended(source: string, outcomes: Partial<Record<Outcome, number>>): void {
    const row = this.#outcomes.of(() => ({ source, ...countsOf() }), source);
    for (const outcome of OUTCOMES) row[outcome] += outcomes[outcome] ?? 0;
  }
}

/** Rows by their names. */
class Rows<R extends object> {
  readonly #rows = new Map<string, R>();

  /** The row of these names; `none` makes it the first time. */
  of(none: () => R, ...names: readonly string[]): R {
    const name = names.join('\n');
    const row = this.#rows.get(name) ?? none();
    this.#rows.set(name, row);
    return row;
  }

  all(): R[] {
    return [...this.#rows.values()];
  }

  copy(): R[] {
    return this.all().map((row) => ({ ...row }));
  }
}

function withBuckets<R extends { readonly buckets: Histogram }>(row: R) {
  return { ...row, buckets: [...row.buckets.buckets()] };
}
