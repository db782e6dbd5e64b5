/** What the verbs in memory know: keys, and the values that are stored under some of them. */
import type { SilentTier } from '../../../src/core/answer.ts';
import type { Clock } from '../../../src/core/clock.ts';
import { ForewarmError } from '../../../src/core/errors.ts';
import { freshnessAt, timesFrom } from '../../../src/core/freshness.ts';
import { parseSelector, selectsKey, selectsSource } from '../../../src/core/selector/selector-grammar.ts';
import type { Source } from '../../../src/core/source.ts';
import type { ValueView } from '../../../src/verbs/entries.ts';
import type { HeadView } from '../../../src/verbs/inspection-shapes.ts';
import { sourceWith } from '../sources.ts';

/** The one source that is configured. */
export const SOURCE: Source = sourceWith({
  lifetime: { ttl: 60_000, refreshAhead: 0.8, grace: 600_000 },
});
export const SOURCES: ReadonlyMap<string, Source> = new Map([[SOURCE.name, SOURCE]]);
/** The one entity set: every known key is of it. */
const ENTITIES = 'markets';

export class KnownValues {
  readonly clock: Clock;
  /** By key: its value, or why there is none. */
  readonly #values = new Map<string, ValueView | 'never' | 'dropped'>();
  /** The stamps below which a key takes no write any more. */
  readonly #dropped = new Map<string, number>();
  #stamp = 1;
  /** Tiers that do not answer. */
  readonly silent: SilentTier[] = [];

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** The latest stamp that was given. */
  get stamp(): number {
    return this.#stamp;
  }

  takeStamp(): number {
    this.#stamp += 1;
    return this.#stamp;
  }

  /** Stores a value as fetched now. A key of any form that is put belongs to the source, as if its template fitted. */
  put(key: string, body: string | Uint8Array, head: Partial<HeadView> = {}): void {
    const now = this.clock.now();
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const known = { key, source: SOURCE.name, kind: 'value' as const, stamp: this.takeStamp() };
    const times = { freshness: 'fresh', ...timesFrom(SOURCE.lifetime, now) } as const;
    const origin = { contentType: 'application/json', etag: null, lastModified: null, version: null };
    const whole = {
      ...known,
      ...times,
      ...origin,
      unusable: null,
      tags: [],
      bodyBytes: bytes.length,
      ...head,
    };
    this.#values.set(key, { head: whole, body: bytes, tier: 'memory' });
  }

  /** Makes keys known that have no value yet. */
  expect(keys: readonly string[]): void {
    for (const key of keys) if (!this.#values.has(key)) this.#values.set(key, 'never');
  }

  isKnown(key: string): boolean {
    return this.#values.has(key);
  }

  /** Whether the catalog has it: it was stored once. */
  isCatalogued(key: string): boolean {
    return this.isKnown(key) && this.#values.get(key) !== 'never';
  }

  /** What is stored, gone or not. */
  stored(key: string): ValueView | undefined {
    const value = this.#values.get(key);
    if (value === undefined || value === 'never' || value === 'dropped') return undefined;
    const freshness = freshnessAt(value.head, this.clock.now());
    return { ...value, head: { ...value.head, freshness } };
  }

  /** What may be served. */
  servable(key: string): ValueView | undefined {
    const value = this.stored(key);
    return value?.head.freshness === 'gone' ? undefined : value;
  }

  /** The newest write of a key, a removal included. */
  stampOf(key: string): number {
    return Math.max(this.stored(key)?.head.stamp ?? 0, this.#dropped.get(key) ?? 0);
  }

  makeStale(key: string): void {
    const value = this.stored(key);
    if (value === undefined) return;
    const staleAt = Math.min(value.head.staleAt, this.clock.now());
    this.#values.set(key, { ...value, head: { ...value.head, staleAt } });
  }

  /** The key stays known. */
  drop(key: string): void {
    if (this.stored(key) === undefined) return;
    this.#values.set(key, 'dropped');
    this.#dropped.set(key, this.takeStamp());
  }

  forget(key: string): boolean {
    return this.#values.delete(key);
  }

  /** Throws `E_SELECTOR_INVALID`. */
  sourceOf(key: string): Source {
    if (this.isKnown(key) || SOURCE.key.match(key) !== undefined) return SOURCE;
    throw new ForewarmError('E_SELECTOR_INVALID', `key "${key}" fits no source`);
  }

  /** The known keys that a selector selects. Throws `E_SELECTOR_INVALID`. */
  select(text: string): string[] {
    const selector = parseSelector(text);
    mustBeKnown('source', selector.sources, SOURCE.name);
    mustBeKnown('entity set', selector.entities, ENTITIES);
    for (const key of selector.keys) this.sourceOf(key);
    if (!selectsSource(selector, SOURCE)) return [];
    return [...this.#values.keys()].filter((key) => selectsKey(selector, key));
  }

  /** What there is to list or to invalidate: keys that are only expected are among them where they are asked for by name. */
  selectListed(text: string): string[] {
    const { entities, keys } = parseSelector(text);
    const isNamed = entities.length + keys.length > 0;
    return this.select(text).filter((key) => isNamed || this.isCatalogued(key));
  }

  /** The values under selected keys, gone or not. */
  selectValues(selector: string): ValueView[] {
    return this.select(selector).flatMap((key) => this.stored(key) ?? []);
  }
}

function mustBeKnown(what: string, names: readonly string[], known: string): void {
  for (const name of names) {
    if (name !== known) throw new ForewarmError('E_SELECTOR_INVALID', `${what} "${name}" is not configured`);
  }
}

export function bytesOf(values: readonly ValueView[]): number {
  return values.reduce((sum, { body }) => sum + body.length, 0);
}

/** Where a page begins. Throws `E_REQUEST_INVALID` for what no page returned. */
function offsetOf(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const [, offset] = /^after:(\d+)$/.exec(cursor) ?? [];
  if (offset === undefined) throw new ForewarmError('E_REQUEST_INVALID', `cursor "${cursor}" is of no page`);
  return Number(offset);
}

export function pageOf<T>(all: readonly T[], limit: number, cursor: string | undefined) {
  const from = offsetOf(cursor);
  const isLast = from + limit >= all.length;
  return { rows: all.slice(from, from + limit), cursor: isLast ? null : `after:${from + limit}` };
}
