/**
 * Counts what a run would do with keys, page by page, and does none of it: where each key is, and whether it needs a call, by the same
 * function as a run (`key-choice.ts`). Of a source with many keys a sample is looked up, and what is found stands for the others.
 */
import type { Catalog } from '../../catalog/catalog.ts';
import type { Clock } from '../../core/clock.ts';
import { type Entry, type Head, newestOf } from '../../core/entry.ts';
import { messageOf } from '../../core/errors.ts';
import { servableAt } from '../../core/freshness.ts';
import { Histogram } from '../../core/metrics/histogram.ts';
import { isRedisAway } from '../../core/redis-away.ts';
import type { Source } from '../../core/source.ts';
import type { Decision, WarmOptions } from '../../policy/decision.ts';
import type { Stack } from '../../tiers/stack/stack.ts';
import type { Tier } from '../../tiers/tier.ts';
import { chooseKeys, type KeyChoice, type KeyChoiceDeps } from '../key-choice.ts';
import { knownOf } from '../known-value.ts';
import type { SelectedKeys } from '../selected-keys.ts';
import { CallCount } from './call-count.ts';
import { sampledPlaces } from './key-sample.ts';

export interface KeyCountDeps {
  readonly stack: Pick<Stack, 'tiers' | 'look' | 'fences'>;
  readonly catalog: Pick<Catalog, 'recall' | 'get'>;
  readonly clock: Clock;
  /** When the run would begin, ms since the epoch: what is fresh by then needs no call. */
  readonly startsAt: number;
  readonly options: WarmOptions;
  /** How many keys of a source are all looked up, before a sample stands for them. */
  readonly exact: number;
  /** How many keys of a source one job takes. */
  readonly keysPerChunk: (source: Source) => number;
  /** Why the catalog need not be asked; undefined: it is. */
  readonly silence: string | undefined;
}

/** Of a source; of a sample, each of its keys for as many as it stands for. */
export interface SourceCount {
  readonly source: Source;
  total: number;
  fetch: number;
  /** Of those to fetch, the ones that the origin may say are unchanged. */
  renewed: number;
  /** Of those to fetch, the ones whose last attempt did not succeed. */
  failing: number;
  /** Of those that are left alone, the ones in quarantine. */
  quarantined: number;
  alreadyWarm: number;
  excluded: number;
  /** Calls that these keys need; known at the end. */
  planned: number;
  /** Bytes of the bodies that are stored, and keys that have one. */
  bytes: number;
  stored: number;
  readonly sizes: Histogram;
}

/** Of keys of one source in a tier. `adds`: those that would be given to it and that it does not have. */
export interface TierKeys {
  total: number;
  fresh: number;
  due: number;
  stale: number;
  missing: number;
  unavailable: number;
  adds: number;
}

export interface TierCount {
  readonly tier: Tier;
  readonly sources: Map<Source, TierKeys>;
  error: string | undefined;
}

const NO_KEYS: TierKeys = { total: 0, fresh: 0, due: 0, stale: 0, missing: 0, unavailable: 0, adds: 0 };
const TIER_FIGURES = ['total', 'fresh', 'due', 'stale', 'missing', 'unavailable', 'adds'] as const;

/** Of all sources together. */
export function keysInTier({ sources }: Pick<TierCount, 'sources'>): TierKeys {
  const sum = { ...NO_KEYS };
  for (const keys of sources.values()) for (const name of TIER_FIGURES) sum[name] += keys[name];
  return sum;
}

interface Looked {
  readonly heads: readonly (readonly (Head | undefined)[] | undefined)[];
  readonly newest: readonly (Head | undefined)[];
}

export class KeyCount {
  readonly #deps: KeyCountDeps;
  readonly sources = new Map<string, SourceCount>();
  readonly tiers: readonly TierCount[];
  readonly #calls = new Map<string, CallCount>();
  /** Keys that no sample stands for yet, by source. */
  readonly #waiting = new Map<string, number>();
  /** Why the catalog is not asked any more. */
  silence: string | undefined;
  /** Keys that were looked up. */
  looked = 0;

  constructor(deps: KeyCountDeps) {
    this.#deps = deps;
    this.silence = deps.silence;
    this.tiers = deps.stack.tiers.map((tier) => ({ tier, sources: new Map(), error: undefined }));
  }

  async add(page: SelectedKeys, signal: AbortSignal): Promise<void> {
    const { source } = page;
    const count = this.#countOf(source);
    const places = sampledPlaces(count.total, page.keys.length, this.#deps.exact);
    count.total += page.keys.length;
    const waiting = (this.#waiting.get(source.name) ?? 0) + page.keys.length;
    this.#waiting.set(source.name, places.length === 0 ? waiting : 0);
    if (places.length === 0) return;
    const keys = places.map((place) => page.keys[place] ?? '');
    this.looked += keys.length;
    const weight = waiting / keys.length;
    const { heads, newest } = await this.#look(keys, signal);
    const { decisions, failing, aside } = await this.#decide(page, keys, newest);
    this.#addDecisions(count, decisions, newest, weight);
    count.failing += failing.size * weight;
    count.quarantined += aside.size * weight;
    for (const [t, tier] of this.tiers.entries())
      this.#addTier(tier, source, keys, heads[t], { decisions, newest, weight });
  }

  /** What was seen stands for the last keys, too, of which none was looked up. */
  end(): void {
    for (const [name, count] of this.sources) {
      count.planned = this.#calls.get(name)?.end() ?? 0;
      const seen = count.total - (this.#waiting.get(name) ?? 0);
      if (seen > 0 && seen < count.total) this.#stretch(count, count.total / seen);
    }
  }

  #stretch(count: SourceCount, by: number): void {
    for (const name of [
      'fetch',
      'renewed',
      'failing',
      'quarantined',
      'alreadyWarm',
      'excluded',
      'planned',
      'bytes',
      'stored',
    ] as const)
      count[name] *= by;
    for (const { sources } of this.tiers) {
      const keys = sources.get(count.source);
      if (keys !== undefined) for (const name of TIER_FIGURES) keys[name] *= by;
    }
  }

  #countOf(source: Source): SourceCount {
    const known = this.sources.get(source.name);
    if (known !== undefined) return known;
    const none = {
      total: 0,
      fetch: 0,
      renewed: 0,
      failing: 0,
      quarantined: 0,
      alreadyWarm: 0,
      excluded: 0,
      planned: 0,
      bytes: 0,
      stored: 0,
    };
    const count = { source, ...none, sizes: new Histogram() };
    this.sources.set(source.name, count);
    return count;
  }

  /** A tier that does not answer is left out; what it holds is not known then. */
  async #look(keys: readonly string[], signal: AbortSignal): Promise<Looked> {
    const { stack } = this.#deps;
    await stack.fences.sync();
    const heads = await Promise.all(
      this.tiers.map(async (count) => {
        const kept = keys.filter((key) => count.tier.traits.keeps.uses(key));
        try {
          const found = await stack.look(count.tier, kept, 'head', signal);
          return placed(keys, kept, found);
        } catch (error) {
          signal.throwIfAborted();
          count.error = messageOf(error);
          return undefined;
        }
      }),
    );
    return { heads, newest: keys.map((_, i) => this.#newestOf(heads, i)) };
  }

  #newestOf(heads: Looked['heads'], i: number): Head | undefined {
    return newestOf(
      this.tiers.map(({ tier }, t) => (tier.traits.reach === 'process' ? undefined : heads[t]?.[i])),
    );
  }

  async #decide(
    { source, params }: SelectedKeys,
    keys: readonly string[],
    newest: readonly (Head | undefined)[],
  ): Promise<Omit<KeyChoice, 'looked'>> {
    const { catalog, startsAt, options } = this.#deps;
    const clock = { now: () => startsAt };
    const asked = this.silence === undefined ? catalog : UNKNOWN;
    const choose = (of: KeyChoiceDeps['catalog']) =>
      chooseKeys({ catalog: of, clock }, { source, keys, params, options }, newest);
    try {
      return await choose(asked);
    } catch (error) {
      if (!isRedisAway(error)) throw error;
      this.silence = error.message;
      return choose(UNKNOWN);
    }
  }

  #addDecisions(
    count: SourceCount,
    decisions: readonly Decision[],
    newest: readonly (Head | undefined)[],
    weight: number,
  ): void {
    const { source } = count;
    const calls = this.#calls.get(source.name) ?? new CallCount(source, this.#deps.keysPerChunk(source));
    this.#calls.set(source.name, calls);
    for (const [i, decision] of decisions.entries()) {
      if (decision === 'fetch') count.fetch += weight;
      else if (decision === 'excluded') count.excluded += weight;
      else count.alreadyWarm += weight;
      calls.add(weight, decision === 'fetch');
      const head = newest[i];
      if (head?.kind !== 'value') continue;
      if (decision === 'fetch' && knownOf(source, head) !== undefined) count.renewed += weight;
      count.bytes += head.bodyBytes * weight;
      count.stored += weight;
      count.sizes.record(head.bodyBytes);
    }
  }

  #addTier(
    count: TierCount,
    source: Source,
    keys: readonly string[],
    heads: readonly (Head | undefined)[] | undefined,
    {
      decisions,
      newest,
      weight,
    }: { decisions: readonly Decision[]; newest: Looked['newest']; weight: number },
  ): void {
    const now = this.#deps.clock.now();
    const counted = count.sources.get(source) ?? { ...NO_KEYS };
    count.sources.set(source, counted);
    for (const [i, key] of keys.entries()) {
      if (!count.tier.traits.keeps.uses(key)) continue;
      counted.total += weight;
      if (heads === undefined) {
        counted.unavailable += weight;
        continue;
      }
      const freshness = servableAt(heads[i], now);
      counted[freshness === 'gone' ? 'missing' : freshness] += weight;
      const isGiven = decisions[i] === 'fetch' || (newest[i] !== undefined && decisions[i] !== 'excluded');
      if (freshness === 'gone' && isGiven) counted.adds += weight;
    }
  }
}

function placed(
  keys: readonly string[],
  kept: readonly string[],
  found: readonly (Entry | undefined)[],
): (Head | undefined)[] {
  const heads = new Map(kept.map((key, i) => [key, found[i]?.head]));
  return keys.map((key) => heads.get(key));
}

/** Of keys of which nobody says anything. */
const UNKNOWN: KeyChoiceDeps['catalog'] = {
  get: async (_, keys) => keys.map(() => undefined),
  recall: async (_, keys) => keys.map(() => ({})),
};
