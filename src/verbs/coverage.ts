/** Coverage: how much of a selection is warm, tier by tier, and why the rest is not. */
import { z } from 'zod';
import { type Methods, withChecks } from '../core/arguments.ts';
import type { Entry } from '../core/entry.ts';
import { messageOf } from '../core/errors.ts';
import { isWarm, servableAt } from '../core/freshness.ts';
import type { Selector } from '../core/selector/selector.ts';
import { errandSignal } from '../flow/errand.ts';
import type { Stack } from '../tiers/stack/stack.ts';
import type { Tier } from '../tiers/tier.ts';
import type { SelectedKeys } from '../warming/selected-keys.ts';
import { type ShrunkSourcesDeps, shrunkSources } from '../warming/shrunk-sources.ts';
import { isAway, type KnownRecords, knownRecords } from './known-records.ts';
import { readSelector } from './long-selector.ts';
import { selectorText, shrunkSource } from './shapes.ts';

export const tierCoverage = z.object({
  tier: z.string(),
  total: z.int(),
  fresh: z.int(),
  due: z.int(),
  stale: z.int(),
  missing: z.int().describe('Nothing servable is stored there.'),
  unavailable: z.int().describe('The tier did not answer for these.'),
  unlisted: z
    .int()
    .describe(
      'No entity set names these any more, though they are kept warm: see `shrunk`. They were not looked up.',
    ),
  absent: z.int().describe('Of those found: the origin says that it has no value.'),
  bytes: z.int().describe('Of the bodies found.'),
  missingSamples: z.array(z.string()),
  error: z.string().nullable(),
});
export const coverageReport = z.object({
  selector: z.string(),
  total: z.int(),
  tiers: z.array(tierCoverage),
  sources: z.array(
    z.object({
      source: z.string(),
      total: z.int(),
      warm: z.int().describe('Fresh or due in at least one tier.'),
    }),
  ),
  outlived: z
    .array(z.object({ source: z.string(), keys: z.int() }))
    .describe(
      'Values that are warm, and older than the ttl that their source has now: they were stored under a longer one, or set with one of their own.',
    ),
  unread: z
    .array(z.object({ entities: z.string(), reason: z.string() }))
    .describe('Entity sets that cannot be read now, and why: their keys are not counted.'),
  shrunk: z
    .array(shrunkSource)
    .describe(
      'Sources of which more keys are in no entity set any more than may vanish at once. They are counted, and not as warm, until `gc` forgets them at its second look.',
    ),
  /** Why keys are not warm: the most frequent reasons of keys whose last attempt failed. */
  reasons: z.array(z.object({ reason: z.string(), keys: z.int() })),
});
export type CoverageReport = z.infer<typeof coverageReport>;

/** The shapes that the API describes by name. */
export const coverageShapes = { Coverage: coverageReport };

export interface CoverageVerbs {
  /** Names up to `samples` missing keys per tier. A tier that does not answer is reported, and the others are counted. */
  check(selector: string, samples: number): Promise<CoverageReport>;
}

export interface CoverageVerbsDeps extends ShrunkSourcesDeps {
  readonly stack: Stack;
}

/** Of rows of entity sets, which count as keys that are missing. */
const UNKEYED = 'a row of an entity set lacks a value of the key';
/** Reasons in a report. */
const REASONS = 5;

const methods = {
  check: [
    ['selector', selectorText().default('')],
    ['samples', z.int().min(0).max(100_000).default(10)],
  ],
} as const satisfies Methods;

export function coverageVerbs(deps: CoverageVerbsDeps): CoverageVerbs {
  return withChecks(methods, { check: (selector, samples) => check(deps, selector, samples) });
}

/** Keys of a page, in whatever tier they were found so. */
interface Found {
  readonly warm: Set<string>;
  /** Older than the ttl that the source has now. */
  readonly outlived: Set<string>;
}

type MutableCoverage = {
  -readonly [K in keyof CoverageReport['tiers'][number]]: CoverageReport['tiers'][number][K];
};

interface SourceSum {
  readonly total: number;
  readonly warm: number;
  /** Keys that entity sets give. */
  readonly given: number;
}

/** Of the whole report, as they grow. */
interface Sums {
  readonly tiers: readonly MutableCoverage[];
  readonly sources: Map<string, SourceSum>;
}

const NO_KEYS: SourceSum = { total: 0, warm: 0, given: 0 };

function emptyRows(stack: Stack): MutableCoverage[] {
  return stack.tiers.map(({ name }): MutableCoverage => {
    const none = { total: 0, fresh: 0, due: 0, stale: 0, missing: 0, unavailable: 0, unlisted: 0, absent: 0 };
    return { tier: name, ...none, bytes: 0, missingSamples: [], error: null };
  });
}

async function check(deps: CoverageVerbsDeps, text: string, samples: number): Promise<CoverageReport> {
  const { stack, selection } = deps;
  const selector = await readSelector(text);
  const tiers = emptyRows(stack);
  const sources = new Map<string, SourceSum>();
  const outlived = new Map<string, number>();
  const reasons = new Map<string, number>();
  const records = knownRecords(deps.catalog);
  const signal = errandSignal();
  const unread = await selection.unread(selector, signal);
  for await (const page of selection.expected(selector, signal, unread)) {
    const found: Found = { warm: new Set(), outlived: new Set() };
    const { warm } = found;
    await stack.fences.sync();
    await Promise.all(stack.tiers.map((tier, t) => cover(deps, tier, page, tiers[t], found, samples)));
    const sum = sources.get(page.source.name) ?? NO_KEYS;
    const total = sum.total + page.keys.length + page.unkeyed;
    const given = sum.given + page.keys.length;
    sources.set(page.source.name, { total, warm: sum.warm + warm.size, given });
    const { name } = page.source;
    if (found.outlived.size > 0) outlived.set(name, (outlived.get(name) ?? 0) + found.outlived.size);
    if (page.unkeyed > 0) reasons.set(UNKEYED, (reasons.get(UNKEYED) ?? 0) + page.unkeyed);
    await explain(records, page, warm, reasons);
  }
  const shrunk =
    records.silence === undefined ? await addShrunk(deps, selector, signal, { tiers, sources }) : [];
  const total = [...sources.values()].reduce((all, sum) => all + sum.total, 0);
  const [[, only] = []] = unread;
  if (total === 0 && only !== undefined) throw only;
  return {
    selector: text,
    total,
    tiers,
    sources: [...sources].map(([source, { total: keys, warm }]) => ({ source, total: keys, warm })),
    outlived: [...outlived].map(([source, keys]) => ({ source, keys })),
    shrunk,
    unread: [...unread].map(([entities, { message: reason }]) => ({ entities, reason })),
    reasons: mostFrequent(reasons),
  };
}

/**
 * What no entity set names any more belongs to the whole of which a part is warm, as long as nobody knows that it is meant so. Nothing
 * where the jobs Redis does not say.
 */
async function addShrunk(
  deps: CoverageVerbsDeps,
  selector: Selector,
  signal: AbortSignal,
  { tiers, sources }: Sums,
): Promise<CoverageReport['shrunk']> {
  const given = new Map([...sources].map(([source, { given }]) => [source, given]));
  const found = await shrunkSources(deps, selector, given, signal).catch((error: unknown) => {
    if (isAway(error)) return [];
    throw error;
  });
  for (const { source, missing, sample } of found) {
    const sum = sources.get(source) ?? NO_KEYS;
    sources.set(source, { ...sum, total: sum.total + missing });
    deps.stack.tiers.forEach(({ traits }, t) => {
      const row = tiers[t];
      if (row === undefined || !traits.keeps.uses(sample)) return;
      row.total += missing;
      row.unlisted += missing;
    });
  }
  return found.map(({ sample: _, ...shown }) => ({ ...shown, entities: [...shown.entities] }));
}

function mostFrequent(reasons: ReadonlyMap<string, number>): CoverageReport['reasons'] {
  const sorted = [...reasons].sort(([, a], [, b]) => b - a).slice(0, REASONS);
  return sorted.map(([reason, keys]) => ({ reason, keys }));
}

async function cover(
  { clock, stack }: CoverageVerbsDeps,
  tier: Tier,
  page: SelectedKeys,
  sum: MutableCoverage | undefined,
  found: Found,
  samples: number,
): Promise<void> {
  if (sum === undefined) return;
  const keys = page.keys.filter((key) => tier.traits.keeps.uses(key));
  sum.total += keys.length + page.unkeyed;
  sum.missing += page.unkeyed;
  let entries: readonly (Entry | undefined)[];
  try {
    entries = await stack.look(tier, keys, 'head', errandSignal());
  } catch (error) {
    sum.error = messageOf(error);
    sum.unavailable += keys.length;
    return;
  }
  const now = clock.now();
  keys.forEach((key, i) => {
    const head = entries[i]?.head;
    const freshness = servableAt(head, now);
    if (freshness === 'gone') {
      sum.missing += 1;
      if (sum.missingSamples.length < samples) sum.missingSamples.push(key);
      return;
    }
    sum[freshness] += 1;
    sum.bytes += head?.bodyBytes ?? 0;
    if (head?.kind === 'absent') sum.absent += 1;
    if (!isWarm(freshness)) return;
    found.warm.add(key);
    if (head?.kind === 'value' && now - head.checkedAt >= page.source.lifetime.ttl) found.outlived.add(key);
  });
}

/** Counts why keys are not warm, by what the catalog knows of their last attempt. */
async function explain(
  records: KnownRecords,
  { source, keys }: SelectedKeys,
  warm: ReadonlySet<string>,
  reasons: Map<string, number>,
): Promise<void> {
  const cold = keys.filter((key) => !warm.has(key));
  if (cold.length === 0) return;
  for (const record of await records.get(source.name, cold)) {
    const reason =
      record === undefined
        ? (records.silence ?? 'never warmed')
        : record.failure === undefined
          ? 'waits to be fetched'
          : `${record.failure.quarantined ? 'in quarantine, ' : ''}${record.failure.outcome}: ${record.failure.reason}`;
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
}
