/**
 * Coverage: how much of a selection is warm, tier by tier and by what is read, and why the rest is not.
 *
 * The whole of which a part is warm is what entity sets say there is: rows that give no key count, and so do keys that a set has
 * lost lately (`shrunk`). Sets that cannot be read are named, since nobody knows how many keys they have. It is walked in pages,
 * so that a selection of a million keys holds no more of it than a page.
 */
import { z } from 'zod';
import type { Popularity } from '../catalog/popularity.ts';
import { type Methods, withChecks } from '../core/arguments.ts';
import { isRedisAway } from '../core/redis-away.ts';
import type { Selector } from '../core/selector/selector.ts';
import { errandSignal } from '../flow/errand.ts';
import type { Stack } from '../tiers/stack/stack.ts';
import type { SelectedKeys } from '../warming/selected-keys.ts';
import { type ShrunkSourcesDeps, shrunkSources } from '../warming/shrunk-sources.ts';
import { throwFirst } from '../warming/unread-sets.ts';
import { ColdKeys } from './cold-keys.ts';
import { demandedTiers, verdictOf } from './coverage-demands.ts';
import {
  emptyRows,
  emptySourceRows,
  lookAt,
  nothingFound,
  notKnown,
  type SourceTierRow,
  type TierRow,
} from './coverage-rows.ts';
import { type CoverageDemand, type CoverageReport, coverageDemand } from './coverage-shapes.ts';
import { factsOfSources, type SourceFactsDeps } from './explain/source-facts.ts';
import { type KnownRecords, knownRecords } from './known-records.ts';
import { readSelector } from './long-selector.ts';
import { ReadCoverage } from './read-coverage.ts';
import { selectorText } from './shapes.ts';

export interface CoverageVerbs {
  /**
   * Names up to `samples` missing keys per tier, and as many that are warm nowhere, with the reason. A tier that does not answer is
   * reported, and the others are counted. Rejects with `E_REQUEST_INVALID` for a demand of a tier that there is not.
   */
  check(selector: string, samples: number, demand?: z.input<typeof coverageDemand>): Promise<CoverageReport>;
}

export interface CoverageVerbsDeps extends ShrunkSourcesDeps, SourceFactsDeps {
  readonly stack: Stack;
  readonly popularity: Pick<Popularity, 'of' | 'reports'>;
}

/** Each is explained by itself. */
export const MOST_SAMPLES = 1_000;

export const coverageMethods = {
  check: [
    ['selector', selectorText().default('')],
    ['samples', z.int().min(0).max(MOST_SAMPLES).default(10)],
    ['demand', coverageDemand.prefault({})],
  ],
} as const satisfies Methods;

export function coverageVerbs(deps: CoverageVerbsDeps): CoverageVerbs {
  return withChecks(coverageMethods, {
    check: (selector, samples, demand) => check(deps, selector, samples, demand),
  });
}

interface SourceSum {
  readonly total: number;
  readonly warm: number;
  readonly fresh: number;
  readonly unknown: number;
  /** Keys that entity sets give. */
  readonly given: number;
  readonly tiers: readonly SourceTierRow[];
}

/** What grows while the selection is walked. */
interface Sums {
  readonly samples: number;
  readonly tiers: readonly TierRow[];
  readonly sources: Map<string, SourceSum>;
  readonly outlived: Map<string, number>;
  readonly records: KnownRecords;
  readonly cold: ColdKeys;
  readonly weights: ReadCoverage;
  /** Whether fences could not be read: what was invalidated then counts as it was. */
  areFencesUnknown: boolean;
  /** Why it is not known which keys sets lost lately. */
  silence: string | undefined;
}

function emptySums(deps: CoverageVerbsDeps, samples: number): Sums {
  const records = knownRecords(deps.catalog);
  return {
    samples,
    ...{ tiers: emptyRows(deps.stack), sources: new Map(), outlived: new Map(), records },
    cold: new ColdKeys({ ...deps, records, factsOf: factsOfSources(deps), samples }),
    weights: new ReadCoverage(deps),
    ...{ areFencesUnknown: false, silence: undefined },
  };
}

const noKeys = (stack: Stack): SourceSum => ({
  ...{ total: 0, warm: 0, fresh: 0, unknown: 0, given: 0 },
  tiers: emptySourceRows(stack),
});

async function check(
  deps: CoverageVerbsDeps,
  text: string,
  samples: number,
  demand: CoverageDemand,
): Promise<CoverageReport> {
  const { stack, selection } = deps;
  const demanded = demandedTiers(demand, stack.tiers);
  const selector = await readSelector(text);
  const sums = emptySums(deps, samples);
  const signal = errandSignal();
  const unread = await selection.unread(selector, signal);
  for await (const page of selection.expected(selector, signal, unread)) await add(deps, page, sums);
  sums.silence = sums.records.silence;
  const shrunk = sums.silence === undefined ? await addShrunk(deps, selector, signal, sums) : [];
  const total = [...sums.sources.values()].reduce((all, sum) => all + sum.total, 0);
  if (total === 0) throwFirst(unread);
  const sources = sourcesOf(sums);
  const unanswered = unansweredOf(sums);
  const unreadSets = [...unread].map(([entities, { message: reason }]) => ({ entities, reason }));
  return {
    ...{ selector: text, total, tiers: [...sums.tiers], sources },
    reads: sums.weights.all,
    outlived: [...sums.outlived].map(([source, keys]) => ({ source, keys })),
    ...{ shrunk, unread: unreadSets, unanswered },
    ...{ reasons: sums.cold.reasons, cold: await sums.cold.named() },
    verdict: verdictOf(demand, demanded, { sources, unread: unreadSets, unanswered }),
  };
}

async function add({ stack, clock }: CoverageVerbsDeps, page: SelectedKeys, sums: Sums): Promise<void> {
  const { name } = page.source;
  const found = nothingFound();
  const sum = sums.sources.get(name) ?? noKeys(stack);
  if (!(await stack.fences.sync())) sums.areFencesUnknown = true;
  const now = clock.now();
  const looking = { stack, page, now, samples: sums.samples };
  await Promise.all(
    stack.tiers.map(async (tier, t) => {
      const [row, own] = [sums.tiers[t], sum.tiers[t]];
      if (row !== undefined && own !== undefined) await lookAt({ ...looking, tier }, row, own, found);
    }),
  );
  sums.sources.set(name, {
    ...sum,
    total: sum.total + page.keys.length + page.unkeyed,
    warm: sum.warm + found.warm.size,
    fresh: sum.fresh + found.fresh.size,
    unknown: sum.unknown + notKnown(found),
    given: sum.given + page.keys.length,
  });
  if (found.outlived.size > 0) sums.outlived.set(name, (sums.outlived.get(name) ?? 0) + found.outlived.size);
  await Promise.all([sums.cold.add(page, found, now), sums.weights.add(page, found, now)]);
}

function unansweredOf({ silence, areFencesUnknown }: Sums): string[] {
  const fences = 'the invalidations cannot be read, so what they hide may be counted as warm';
  return [
    ...(areFencesUnknown ? [fences] : []),
    ...(silence === undefined ? [] : [`whether entity sets lost keys lately is not known: ${silence}`]),
  ];
}

function sourcesOf({ sources, weights }: Sums): CoverageReport['sources'] {
  return [...sources].map(([source, { total, warm, fresh, unknown, tiers }]) => ({
    ...{ source, total, warm, fresh, unknown, tiers: [...tiers], reads: weights.of(source) },
  }));
}

/**
 * What no entity set names any more belongs to the whole of which a part is warm, as long as nobody knows that it is meant so. Nothing
 * where the jobs Redis does not say.
 */
async function addShrunk(
  deps: CoverageVerbsDeps,
  selector: Selector,
  signal: AbortSignal,
  sums: Sums,
): Promise<CoverageReport['shrunk']> {
  const { tiers, sources } = sums;
  const given = new Map([...sources].map(([source, { given }]) => [source, given]));
  const found = await shrunkSources(deps, selector, given, signal).catch((error: unknown) => {
    if (!isRedisAway(error)) throw error;
    sums.silence = error.message;
    return [];
  });
  for (const { source, missing, sample } of found) {
    const sum = sources.get(source) ?? noKeys(deps.stack);
    sources.set(source, { ...sum, total: sum.total + missing });
    deps.stack.tiers.forEach(({ traits }, t) => {
      const [row, own] = [tiers[t], sum.tiers[t]];
      if (row === undefined || own === undefined || !traits.keeps.uses(sample)) return;
      row.total += missing;
      row.unlisted += missing;
      own.total += missing;
    });
  }
  return found.map(({ sample: _, ...shown }) => ({ ...shown, entities: [...shown.entities] }));
}
