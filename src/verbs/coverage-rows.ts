/** Looks a page of keys up in one tier, and adds what it finds to the sums of the report. */
import { type Entry, type Head, isNewer } from '../core/entry.ts';
import { messageOf } from '../core/errors.ts';
import { isWarm, servableAt } from '../core/freshness.ts';
import { errandSignal } from '../flow/errand.ts';
import type { Stack } from '../tiers/stack/stack.ts';
import type { Tier } from '../tiers/tier.ts';
import type { SelectedKeys } from '../warming/selected-keys.ts';
import type { CoverageReport, SourceCoverage } from './coverage-shapes.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };
/** Of the whole report, as they grow. */
export type TierRow = Writable<CoverageReport['tiers'][number]>;
/** Of one source. */
export type SourceTierRow = Writable<SourceCoverage['tiers'][number]>;

/** Keys of a page, in whatever tier they were found so. */
export interface Found {
  readonly warm: Set<string>;
  readonly fresh: Set<string>;
  /** Older than the ttl that the source has now. */
  readonly outlived: Set<string>;
  /** The newest of each key that is stored. */
  readonly heads: Map<string, Head>;
  /** Keys that a tier may have which did not answer, by the first of these. They count only where no other has them warm. */
  readonly unknown: Map<string, string>;
  /** Why tiers did not answer, by name. */
  readonly silent: Map<string, string>;
}

export function nothingFound(): Found {
  return {
    ...{ warm: new Set(), fresh: new Set(), outlived: new Set() },
    ...{ heads: new Map(), unknown: new Map(), silent: new Map() },
  };
}

/** Keys of which nobody can say whether they are warm. */
export function notKnown({ unknown, warm }: Pick<Found, 'unknown' | 'warm'>): number {
  let count = 0;
  for (const key of unknown.keys()) if (!warm.has(key)) count += 1;
  return count;
}

export function emptyRows(stack: Stack): TierRow[] {
  return stack.tiers.map(({ name }): TierRow => {
    const none = { total: 0, fresh: 0, due: 0, stale: 0, missing: 0, unavailable: 0, unlisted: 0, absent: 0 };
    return { tier: name, ...none, bytes: 0, missingSamples: [], error: null };
  });
}

export function emptySourceRows(stack: Stack): SourceTierRow[] {
  return stack.tiers.map(({ name }) => ({ tier: name, total: 0, warm: 0, fresh: 0, unknown: 0 }));
}

interface Looking {
  readonly stack: Stack;
  readonly tier: Tier;
  readonly page: SelectedKeys;
  readonly now: number;
  /** Missing keys that are named. */
  readonly samples: number;
}

export async function lookAt(
  { stack, tier, page, now, samples }: Looking,
  sum: TierRow,
  own: SourceTierRow,
  found: Found,
): Promise<void> {
  const keys = page.keys.filter((key) => tier.traits.keeps.uses(key));
  for (const row of [sum, own]) row.total += keys.length + page.unkeyed;
  sum.missing += page.unkeyed;
  let entries: readonly (Entry | undefined)[];
  try {
    entries = await stack.look(tier, keys, 'head', errandSignal());
  } catch (error) {
    sum.error = messageOf(error);
    found.silent.set(tier.name, sum.error);
    sum.unavailable += keys.length;
    own.unknown += keys.length;
    for (const key of keys) if (!found.unknown.has(key)) found.unknown.set(key, tier.name);
    return;
  }
  keys.forEach((key, i) => {
    const head = entries[i]?.head;
    if (head !== undefined && isNewer(head, found.heads.get(key))) found.heads.set(key, head);
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
    own.warm += 1;
    if (freshness === 'fresh') own.fresh += 1;
    note(found, key, head, freshness === 'fresh', now - page.source.lifetime.ttl);
  });
}

function note(found: Found, key: string, head: Head | undefined, isFresh: boolean, before: number): void {
  found.warm.add(key);
  if (isFresh) found.fresh.add(key);
  if (head?.kind === 'value' && head.checkedAt <= before) found.outlived.add(key);
}
