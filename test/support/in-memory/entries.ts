/** Entries, coverage and invalidations in memory. */

import { withChecks } from '../../../src/core/arguments.ts';
import { ForewarmError } from '../../../src/core/errors.ts';
import { formatSelector, isEverything, parseSelector } from '../../../src/core/selector/selector-grammar.ts';
import { READS_OVER_MS } from '../../../src/policy/worth.ts';
import { type CoverageVerbs, coverageMethods } from '../../../src/verbs/coverage.ts';
import { demandedTiers, verdictOf } from '../../../src/verbs/coverage-demands.ts';
import type { CoverageReport } from '../../../src/verbs/coverage-shapes.ts';
import type { EntryRead, EntryVerbs } from '../../../src/verbs/entries.ts';
import type { EntryView } from '../../../src/verbs/entry-shapes.ts';
import { fitting } from '../../../src/verbs/entry-states.ts';
import type { ExplanationVerbs } from '../../../src/verbs/explain/explain.ts';
import { fenceTargets } from '../../../src/verbs/fence-targets.ts';
import type { Inspection } from '../../../src/verbs/inspection-shapes.ts';
import type {
  ClearRequest,
  InvalidateReport,
  InvalidateRequest,
} from '../../../src/verbs/invalidation-shapes.ts';
import type { InvalidationVerbs } from '../../../src/verbs/invalidations.ts';
import type { WorthVerbs } from '../../../src/verbs/worth.ts';
import { bytesOf, type KnownValues, pageOf, SOURCE, SOURCES } from './known-values.ts';
import { type RunsInMemory, warmOf } from './runs.ts';

export function entriesInMemory(known: KnownValues) {
  const get = async (key: string): Promise<EntryRead> => {
    known.sourceOf(key);
    return readOf(known, key);
  };
  return {
    get,
    getMany: (keys) => Promise.all(keys.map(get)),
    async list(selector, limit, cursor, filter = {}) {
      const { state } = filter;
      const fits = fitting(parseSelector(''), filter.tier === undefined ? filter : { state }) ?? (() => true);
      const keys = known.selectListed(selector);
      const listed = keys.filter((key) => fits(entryOf(known, key), known.clock.now()));
      const page = pageOf(listed, limit, cursor);
      const entries = page.rows.map((key) => entryOf(known, key));
      return { entries, looked: keys.length, cursor: page.cursor, note: null };
    },
    async count(selector) {
      const keys = known.selectListed(selector).length;
      const sources = keys === 0 ? [] : [{ source: SOURCE.name, keys, exactness: 'exact' as const }];
      return { selector, keys, exactness: 'exact' as const, sources, ms: 0 };
    },
    inspect: async (key) => inspect(known, key),
  } satisfies EntryVerbs;
}

function readOf(known: KnownValues, key: string): EntryRead {
  const value = known.servable(key);
  if (value !== undefined) return { state: value.head.kind === 'absent' ? 'absent' : 'value', ...value };
  return known.silent.length === 0 ? { state: 'missing' } : { state: 'unavailable', tiers: known.silent };
}

function silentRows({ silent }: KnownValues) {
  return silent.map(({ tier, reason }) => ({ tier, head: null, error: reason }));
}

function entryOf(known: KnownValues, key: string): EntryView {
  const head = known.servable(key)?.head;
  const { name: source, temperature } = SOURCE;
  const freshness = head === undefined || head.freshness === 'gone' ? null : head.freshness;
  const { state } = readOf(known, key);
  return {
    ...{ key, source, temperature, state, freshness, dueAt: head?.dueAt ?? null },
    ...{ checkedAt: head?.checkedAt ?? null, bodyBytes: head?.bodyBytes ?? 0 },
    ...{ lacking: freshness === null ? ['memory'] : [], failure: null },
  };
}

function inspect(known: KnownValues, key: string): Inspection {
  const { name: source, origin, temperature } = known.sourceOf(key);
  const head = known.servable(key)?.head ?? null;
  const params = { ...SOURCE.key.match(key)?.params };
  return {
    ...{
      key,
      state: readOf(known, key).state,
      source,
      origin,
      temperature,
      params,
      catalogued: known.isCatalogued(key),
      keptUntil: null,
    },
    ...{
      dueAt: head?.dueAt ?? null,
      failure: null,
      tiers: [{ tier: 'memory', head, error: null }, ...silentRows(known)],
    },
  };
}

/** No run has touched a key, and nothing refreshes: there are no workers here. */
export function explanationsInMemory(known: KnownValues): ExplanationVerbs {
  return {
    async explain(key) {
      const inspected = inspect(known, key);
      const { temperature } = SOURCE;
      const head = inspected.tiers[0]?.head ?? undefined;
      const isWarm = head?.freshness === 'fresh' || head?.freshness === 'due';
      const told = <C extends string>(cause: C, sentence: string) => {
        return { cause, sentence, until: null, by: null, command: null };
      };
      const isSilent = inspected.tiers.some(({ error }) => error !== null);
      return {
        ...{ ...inspected, temperature, verdict: isWarm ? 'warm' : isSilent ? 'unknown' : 'cold' },
        why: isWarm ? [] : [told('not-stored', 'No tier holds anything under it.')],
        delays: isWarm ? [] : [told('no-worker', 'No worker is running, and only workers fetch.')],
        kept: told('not-looked', 'Whether an entity set has it was not looked up.'),
        next: told(inspected.catalogued ? 'refresh-ahead' : 'never', 'It is due when it is due.'),
        ...{ fences: [], attempts: [], runs: [], runsAreAll: true, schedules: [], reads: 0 },
        reported: { since: null, overMs: 0, by: [] },
        worth: { verdict: 'untold', everyMs: 1_000, sentence: 'Nothing follows.' },
        command: isWarm ? null : `forewarm warm key=${key}`,
      };
    },
  };
}

/** Nobody reads here. */
export function worthInMemory(known: KnownValues): WorthVerbs {
  return {
    async worth(selector) {
      const keys = known.selectListed(selector).length;
      const row = {
        ...{ source: SOURCE.name, temperature: SOURCE.temperature, keys, everyMs: 1_000 },
        ...{ since: null, overMs: 0, by: [] },
        ...{ reported: false, reads: 0, worth: 0, seldom: 0, unread: 0, untold: keys },
        ...{ callsPerDay: 1, callsUnread: 0, samples: [] },
      };
      return { selector, overMs: READS_OVER_MS, sources: keys === 0 ? [] : [row] };
    },
  };
}

export function coverageInMemory(known: KnownValues): CoverageVerbs {
  return withChecks(coverageMethods, {
    async check(selector, samples, demand) {
      const demanded = demandedTiers(demand, [{ name: 'memory', traits: { reach: 'process' } }]);
      const report = check(known, selector, samples);
      return { ...report, verdict: verdictOf(demand, demanded, report) };
    },
  });
}

function check(known: KnownValues, selector: string, samples: number): Omit<CoverageReport, 'verdict'> {
  const keys = known.select(selector);
  const values = keys.flatMap((key) => known.servable(key) ?? []);
  const counts = { fresh: 0, due: 0, stale: 0, gone: 0 };
  for (const { head } of values) counts[head.freshness] += 1;
  const { gone: _, ...found } = counts;
  const missing = keys.filter((key) => known.servable(key) === undefined);
  const missingSamples = missing.slice(0, samples);
  const absent = values.filter(({ head }) => head.kind === 'absent').length;
  const tier = {
    tier: 'memory',
    total: keys.length,
    ...found,
    missing: missing.length,
    unavailable: 0,
    unlisted: 0,
    absent,
  };
  const total = keys.length;
  const cold = keys.filter((key) => !['fresh', 'due'].includes(known.servable(key)?.head.freshness ?? ''));
  const amount = { total, warm: found.fresh + found.due, fresh: found.fresh, unknown: 0 };
  const row = { source: SOURCE.name, ...amount, tiers: [{ tier: 'memory', ...amount }], reads: null };
  const coldKey = (key: string) => ({
    ...{ key, source: SOURCE.name, cause: 'no-worker' },
    reason: 'No worker is running, and only workers fetch.',
  });
  return {
    ...{
      selector,
      total,
      outlived: [],
      unread: [],
      unanswered: [],
      shrunk: [],
      reasons: reasonsOf(known, cold),
    },
    tiers: [{ ...tier, bytes: bytesOf(values), missingSamples, error: null }],
    sources: total === 0 ? [] : [row],
    ...{ reads: null, cold: cold.slice(0, samples).map(coldKey) },
  };
}

function reasonsOf(known: KnownValues, cold: readonly string[]): CoverageReport['reasons'] {
  const waiting = cold.filter((key) => known.isCatalogued(key)).length;
  return [
    { reason: 'never warmed', keys: cold.length - waiting },
    { reason: 'waits to be fetched', keys: waiting },
  ]
    .filter(({ keys }) => keys > 0)
    .sort((a, b) => b.keys - a.keys);
}

export function invalidationsInMemory(known: KnownValues, runs: RunsInMemory) {
  return {
    async invalidate(request) {
      const selector = parseSelector(request.selector);
      if (isEverything(selector))
        throw new ForewarmError('E_SELECTOR_INVALID', 'an invalidation needs a selector');
      return invalidate(known, runs, { ...request, selector: formatSelector(selector) });
    },
    clear: (request: ClearRequest) => invalidate(known, runs, { ...request, selector: '', dryRun: false }),
  } satisfies InvalidationVerbs;
}

/** As the product does it: what tags or prefixes select is hidden without counting it, and whole sources without naming keys. */
async function invalidate(
  known: KnownValues,
  runs: RunsInMemory,
  { selector, mode, dryRun, rewarm }: InvalidateRequest,
): Promise<InvalidateReport> {
  const keys = known.selectListed(selector);
  const parsed = parseSelector(selector);
  const isFenced = !dryRun && fenceTargets(parsed, SOURCES) !== undefined;
  const isCounted = !isFenced || parsed.prefixes.length + parsed.tags.length === 0;
  for (const key of dryRun ? [] : keys) mode === 'drop' ? known.drop(key) : known.makeStale(key);
  const again = rewarm && !dryRun && (isFenced || keys.length > 0);
  return {
    ...{ selector, mode, dryRun, keys: isCounted ? keys.length : null },
    bySource: isCounted && keys.length > 0 ? { [SOURCE.name]: keys.length } : {},
    byTier: dryRun ? { memory: keys.filter((key) => known.servable(key) !== undefined).length } : {},
    samples: isFenced ? [] : keys.slice(0, 10),
    unknownTags: [...parsed.tags],
    stamp: dryRun ? null : known.takeStamp(),
    run: again ? (await runs.warm(warmOf(selector), 'api')).run.id : null,
  };
}
