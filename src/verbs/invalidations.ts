/**
 * Invalidations: declare values outdated, key by key, or by fences however many there are. Neither returns before the
 * invalidation holds.
 */
import type { Ledger } from '../budget/ledger.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { type Methods, withChecks } from '../core/arguments.ts';
import type { Clock } from '../core/clock.ts';
import type { Stamp } from '../core/entry.ts';
import { ForewarmError } from '../core/errors.ts';
import { NEVER } from '../core/never.ts';
import type { Selector } from '../core/selector/selector.ts';
import {
  formatSelector,
  isEverything,
  parseSelector,
  selectsSource,
} from '../core/selector/selector-grammar.ts';
import type { Sources } from '../core/sources.ts';
import { errandSignal, stillWanted } from '../flow/errand.ts';
import { fencedJob, type Invalidate, invalidateJob } from '../jobs/invalidate.ts';
import type { Queue } from '../queue/queue.ts';
import { ALL, type FenceTarget } from '../tiers/invalidation/fences.ts';
import type { KeyCountDeps } from '../warming/planning/key-count.ts';
import { readKnown } from '../warming/read-known.ts';
import type { Selection } from '../warming/selection.ts';
import { fenceTargets } from './fence-targets.ts';
import { radiusOf, sumOf, walk } from './invalidation-radius.ts';
import {
  type ClearRequest,
  clearRequest,
  type InvalidateReport,
  type InvalidateRequest,
  invalidateRequest,
} from './invalidation-shapes.ts';
import { readSelector, writtenSelector } from './long-selector.ts';
import { selectorOfRun } from './runs/run-selector.ts';
import type { RunVerbs } from './runs/runs.ts';
import { type Cause, causeArgument } from './shapes.ts';

export interface InvalidationVerbs {
  /** Rejects with `E_SELECTOR_INVALID` for the empty selector: everything is invalidated by `clear`. */
  invalidate(request: InvalidateRequest, cause?: Cause): Promise<InvalidateReport>;
  /** Invalidates every value, also those of sources that are not configured any more. */
  clear(request: ClearRequest, cause?: Cause): Promise<InvalidateReport>;
}

export interface InvalidationVerbsDeps {
  readonly catalog: Catalog;
  readonly ledger: Ledger;
  readonly queue: Queue;
  readonly selection: Selection;
  readonly invalidate: Invalidate;
  readonly sources: Sources;
  readonly stack: KeyCountDeps['stack'];
  readonly clock: Clock;
  /** Warms again what was invalidated. */
  readonly warm: RunVerbs['warm'];
}

type Rewarm = Pick<InvalidateRequest, 'rewarm' | 'why'>;

export const invalidationMethods = {
  invalidate: [['request', invalidateRequest], causeArgument],
  clear: [['request', clearRequest.prefault({})], causeArgument],
} as const satisfies Methods;

export function invalidationVerbs(deps: InvalidationVerbsDeps): InvalidationVerbs {
  return withChecks(invalidationMethods, {
    invalidate: (request, cause) => invalidate(deps, request, cause),
    clear: (request, cause) => clear(deps, request, cause),
  });
}

async function invalidate(
  deps: InvalidationVerbsDeps,
  request: InvalidateRequest,
  cause: Cause,
): Promise<InvalidateReport> {
  const selector = await readSelector(request.selector);
  if (isEverything(selector)) {
    throw new ForewarmError(
      'E_SELECTOR_INVALID',
      'an invalidation needs a selector; to invalidate everything name every source, such as source=quote,profile, or clear',
    );
  }
  // What could not be warmed again afterwards is refused while nothing has been done.
  if (request.rewarm) selectorOfRun(selector);
  await deps.selection.checkNames(selector);
  if (request.dryRun) return preview(deps, selector, request);
  const targets = fenceTargets(selector, deps.sources);
  if (targets !== undefined) return fence(deps, { ...request, selector, targets }, cause);
  return byKey(deps, selector, request, cause);
}

/** Everything, including what no longer belongs to a source. */
function clear(deps: InvalidationVerbsDeps, request: ClearRequest, cause: Cause): Promise<InvalidateReport> {
  return fence(deps, { selector: parseSelector(''), targets: [ALL], ...request }, cause);
}

interface FenceRequest extends Rewarm {
  readonly selector: Selector;
  readonly targets: readonly FenceTarget[];
  readonly mode: InvalidateRequest['mode'];
}

/**
 * The cost does not depend on how many values are hidden. Their keys are made due by a job; if the process dies before the
 * job is queued, the caller has not been told that the invalidation holds.
 */
async function fence(
  deps: InvalidationVerbsDeps,
  { selector, targets, mode, rewarm, why }: FenceRequest,
  cause: Cause,
): Promise<InvalidateReport> {
  const { queue, invalidate: job } = deps;
  const text = await writtenSelector(selector);
  stillWanted();
  const stamp = await job.raise(targets, mode);
  await queue.add([fencedJob(`fenced-${stamp}`, text, mode)]);
  const run = rewarm ? await warmAgain(deps, { selector, why }, cause) : null;
  const bySource = await sizes(deps, selector);
  const keys = bySource === undefined ? null : sumOf(bySource);
  return {
    ...{
      selector: text,
      mode,
      dryRun: false,
      keys,
      bySource: bySource ?? {},
      byTier: {},
      samples: [],
      stamp,
      run,
    },
    unknownTags: await deps.selection.unknownTags(selector),
  };
}

/** How many keys the sources have; undefined for tags and prefixes, whose keys cannot be counted without walking them. */
async function sizes(
  { catalog, sources }: InvalidationVerbsDeps,
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
 * The entity sets are read first, while nothing has been done that somebody who left did not want. Then the stamps are taken: whatever
 * began to be fetched before them loses to them, and before the lowest at every origin. The safety net is queued before anything is
 * written, so that an invalidation that has begun is always finished.
 */
async function byKey(
  deps: InvalidationVerbsDeps,
  selector: Selector,
  { mode, rewarm, why }: InvalidateRequest,
  cause: Cause,
): Promise<InvalidateReport> {
  const { ledger, queue, invalidate: job, sources } = deps;
  const text = await writtenSelector(selector);
  const known = await readKnown(deps.selection, selector, errandSignal());
  const stamps: Record<string, Stamp> = {};
  for (const origin of new Set([...sources.values()].map((source) => source.origin)))
    stamps[origin] = await ledger.stamp(origin);
  const stamp = Math.min(...Object.values(stamps));
  stillWanted();
  await queue.add([invalidateJob(`invalidate-${stamp}`, { selector: text, mode, stamps })]);
  const { bySource, samples } = await walk(known, ({ source, keys }) => {
    const own = stamps[source.origin];
    return own === undefined ? undefined : job.apply(source, keys, mode, own, NEVER);
  });
  const keys = sumOf(bySource);
  const run = rewarm && keys > 0 ? await warmAgain(deps, { selector, why }, cause) : null;
  return {
    ...{ selector: text, mode, dryRun: false, keys, bySource, byTier: {}, samples, stamp, run },
    unknownTags: await deps.selection.unknownTags(selector),
  };
}

async function preview(
  deps: InvalidationVerbsDeps,
  selector: Selector,
  { mode }: InvalidateRequest,
): Promise<InvalidateReport> {
  const radius = await radiusOf(deps, selector);
  const text = await writtenSelector(selector);
  const unknownTags = await deps.selection.unknownTags(selector);
  return { selector: text, mode, dryRun: true, ...radius, stamp: null, run: null, unknownTags };
}

/** What no source gives cannot be warmed by its tag. */
async function warmAgain(
  { warm, selection }: InvalidationVerbsDeps,
  { selector, why }: { readonly selector: Selector; readonly why: string | undefined },
  cause: Cause,
): Promise<string | null> {
  const unknown = await selection.unknownTags(selector);
  const tags = selector.tags.filter((tag) => !unknown.includes(tag));
  if (selector.tags.length > 0 && tags.length === 0) return null;
  const again = { selector: formatSelector({ ...selector, tags }), why };
  return (await warm(again, cause)).run.id;
}
