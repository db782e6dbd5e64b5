/** The verbs that declare values outdated: by their keys one after the other, or by fences whatever their number. */

import type { Ledger } from '../budget/ledger.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Stamp } from '../core/entry.ts';
import { ForewarmError } from '../core/errors.ts';
import { NEVER } from '../core/never.ts';
import type { Selector } from '../core/selector.ts';
import { formatSelector, isEverything, parseSelector, selectsSource } from '../core/selector-grammar.ts';
import type { Source } from '../core/source.ts';
import type { Sources } from '../core/sources.ts';
import { fencedJob, type Invalidate, invalidateJob } from '../jobs/invalidate.ts';
import type { Queue } from '../queue/queue.ts';
import { ALL, type FenceTarget, ofPrefix, ofSource, ofTag } from '../tiers/invalidation/fences.ts';
import type { Selection } from '../warming/selection.ts';
import type { ClearRequest, InvalidateReport, InvalidateRequest, Verbs } from './verbs.ts';

export interface InvalidateVerbsDeps {
  readonly catalog: Catalog;
  readonly ledger: Ledger;
  readonly queue: Queue;
  readonly selection: Selection;
  readonly invalidate: Invalidate;
  readonly sources: Sources;
  /** Warms again what was invalidated. */
  readonly warm: Verbs['warm'];
}

type Cause = 'api' | 'cli';
type Rewarm = Pick<InvalidateRequest, 'rewarm'>;

/** Keys shown of an invalidation. */
const SAMPLES = 10;

export function invalidateVerbs(deps: InvalidateVerbsDeps): Pick<Verbs, 'invalidate' | 'clear'> {
  return {
    invalidate: (request, cause) => invalidate(deps, request, cause),
    clear: (request, cause) => clear(deps, request, cause),
  };
}

async function invalidate(
  deps: InvalidateVerbsDeps,
  request: InvalidateRequest,
  cause: Cause,
): Promise<InvalidateReport> {
  const selector = parseSelector(request.selector);
  if (isEverything(selector)) {
    throw new ForewarmError(
      'E_SELECTOR_INVALID',
      'an invalidation needs a selector; to invalidate everything name every source, such as source=quote,profile, or clear',
    );
  }
  deps.selection.check(selector);
  if (request.dryRun) return preview(deps, selector, request);
  const targets = fenceTargets(selector, deps.sources);
  if (targets !== undefined) return fence(deps, { ...request, selector, targets }, cause);
  return byKey(deps, selector, request, cause);
}

/** Everything, also what belongs to no source any more. */
function clear(deps: InvalidateVerbsDeps, request: ClearRequest, cause: Cause): Promise<InvalidateReport> {
  return fence(deps, { selector: parseSelector(''), targets: [ALL], ...request }, cause);
}

/** What has to be fenced for a selection by tags or prefixes alone, or by whole sources; undefined for any other. */
export function fenceTargets(selector: Selector, sources: Sources): FenceTarget[] | undefined {
  const { tags, entities, keys, prefixes, olderThan, youngerThan } = selector;
  if (entities.length + keys.length > 0 || olderThan !== undefined || youngerThan !== undefined)
    return undefined;
  if (tags.length > 0 && prefixes.length > 0) return undefined;
  const all = [...sources.values()];
  const selected = all.filter((source) => selectsSource(selector, source));
  if (prefixes.length > 0) return prefixTargets(prefixes, selected, all);
  if (tags.length === 0) return selected.map(({ name }) => ofSource(name));
  return selector.sources.length + selector.temperatures.length > 0 ? undefined : tags.map(ofTag);
}

/** A fence on a prefix is for every source: so it is for none of those that are not selected to have such keys. */
function prefixTargets(
  prefixes: readonly string[],
  selected: readonly Source[],
  all: readonly Source[],
): FenceTarget[] | undefined {
  const known = prefixes.filter((prefix) => selected.some((source) => mayStart(source, prefix)));
  const others = all.filter((source) => !selected.includes(source));
  const isShared = known.some((prefix) => others.some((source) => mayStart(source, prefix)));
  return known.length === 0 || isShared ? undefined : known.map(ofPrefix);
}

/** Whether keys of this source can start so, as far as its template begins with text of its own. */
function mayStart({ key }: Source, prefix: string): boolean {
  return prefix.startsWith(key.prefix) || key.prefix.startsWith(prefix);
}

interface FenceRequest extends Rewarm {
  readonly selector: Selector;
  readonly targets: readonly FenceTarget[];
  readonly mode: InvalidateRequest['mode'];
}

/**
 * The cost does not depend on how many values are hidden. Their keys are made due by a job; should the process die before
 * it is queued, nobody was told that it is done.
 */
async function fence(
  deps: InvalidateVerbsDeps,
  { selector, targets, mode, rewarm }: FenceRequest,
  cause: Cause,
): Promise<InvalidateReport> {
  const { queue, invalidate: job } = deps;
  const text = formatSelector(selector);
  const stamp = await job.raise(targets, mode);
  await queue.add([fencedJob(`fenced-${stamp}`, text, mode)]);
  const run = rewarm ? await warmAgain(deps, text, cause) : null;
  const bySource = await sizes(deps, selector);
  const keys = bySource === undefined ? null : sumOf(bySource);
  return { selector: text, mode, dryRun: false, keys, bySource: bySource ?? {}, samples: [], stamp, run };
}

/** How many keys the sources have; of a selection by tags or prefixes nobody knows without walking it. */
async function sizes(
  { catalog, sources }: InvalidateVerbsDeps,
  selector: Selector,
): Promise<Record<string, number> | undefined> {
  if (selector.tags.length + selector.prefixes.length > 0) return undefined;
  const selected = [...sources.values()].filter((source) => selectsSource(selector, source));
  const counted = await Promise.all(
    selected.map(async ({ name }) => [name, (await catalog.size(name, 0)).keys] as const),
  );
  return Object.fromEntries(counted.filter(([, keys]) => keys > 0));
}

/**
 * The stamps are taken first: whatever began to be fetched before them loses. The safety net is queued before anything is
 * written, so that an invalidation that has begun is always finished.
 */
async function byKey(
  deps: InvalidateVerbsDeps,
  selector: Selector,
  { mode, rewarm }: InvalidateRequest,
  cause: Cause,
): Promise<InvalidateReport> {
  const { ledger, queue, invalidate: job, sources } = deps;
  const text = formatSelector(selector);
  const stamps: Record<string, Stamp> = {};
  for (const origin of new Set([...sources.values()].map((source) => source.origin)))
    stamps[origin] = await ledger.stamp(origin);
  const stamp = Math.max(...Object.values(stamps));
  await queue.add([invalidateJob(`invalidate-${stamp}`, { selector: text, mode, stamps })]);
  const { bySource, samples } = await walk(deps, selector, (source, keys) => {
    const own = stamps[source.origin];
    return own === undefined ? undefined : job.apply(source, keys, mode, own, NEVER);
  });
  const keys = sumOf(bySource);
  const run = rewarm && keys > 0 ? await warmAgain(deps, text, cause) : null;
  return { selector: text, mode, dryRun: false, keys, bySource, samples, stamp, run };
}

async function preview(
  deps: InvalidateVerbsDeps,
  selector: Selector,
  { mode }: InvalidateRequest,
): Promise<InvalidateReport> {
  const { bySource, samples } = await walk(deps, selector, () => undefined);
  const text = formatSelector(selector);
  return {
    ...{ selector: text, mode, dryRun: true, keys: sumOf(bySource), bySource, samples },
    ...{ stamp: null, run: null },
  };
}

async function walk(
  { selection }: InvalidateVerbsDeps,
  selector: Selector,
  visit: (source: Source, keys: readonly string[]) => Promise<void> | undefined,
) {
  const bySource: Record<string, number> = {};
  const samples: string[] = [];
  for await (const { source, keys } of selection.known(selector, NEVER)) {
    await visit(source, keys);
    bySource[source.name] = (bySource[source.name] ?? 0) + keys.length;
    samples.push(...keys.slice(0, SAMPLES - samples.length));
  }
  return { bySource, samples };
}

async function warmAgain({ warm }: InvalidateVerbsDeps, selector: string, cause: Cause): Promise<string> {
  const again = { selector, force: false, missing: false, limit: 0, deadline: 0 };
  return (await warm(again, cause)).run.id;
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
