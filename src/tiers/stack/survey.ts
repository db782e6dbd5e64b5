/** Where the newest entry of each key is, and which tiers lack it. Heads only, one call per tier. */
import { type Head, isNewer } from '../../core/entry.ts';
import type { Fences } from '../invalidation/fences.ts';
import { withCurrentFences } from '../invalidation/with-current-fences.ts';
import { isExpired } from '../retention.ts';
import type { Tier } from '../tier.ts';
import { noTier } from './no-tier.ts';

export interface Survey {
  readonly key: string;
  /** The head with the highest stamp over the backing tiers, as the fences let it be seen; it may be a tombstone. */
  readonly newest: Head | undefined;
  /** The name of a tier that holds it. */
  readonly holder: string | undefined;
  /**
   * The names of tiers, memory included, that hold nothing or something older, or failed. A tier does not lack what it does
   * not keep or what is too large for it.
   */
  readonly lacking: readonly string[];
  /** The names of the tiers that failed, which may hold something newer; the same for every key of a survey. */
  readonly silent: readonly string[];
}

export interface SurveyTask {
  /** Their heads count. See `TieredStack`. */
  readonly backing: readonly Tier[];
  /** Only asked whether they have what counts: what memory alone holds may be out of date, so it is never the newest. */
  readonly inProcess: readonly Tier[];
  readonly fences: Fences;
  readonly now: number;
  readonly signal: AbortSignal;
}

/** What each tier holds for the keys; undefined where it failed. */
type Heads = readonly ((Head | undefined)[] | undefined)[];

/** Rejects with `E_TIER_UNAVAILABLE` when every backing tier failed. */
export async function survey(task: SurveyTask, keys: readonly string[]): Promise<Survey[]> {
  if (keys.length === 0) return [];
  const { backing, fences, signal } = task;
  const tiers = [...backing, ...task.inProcess];
  const reads = await withCurrentFences(fences, backing, () =>
    Promise.allSettled(tiers.map((tier) => tier.getMany(keys, 'head', signal))),
  );
  signal.throwIfAborted();
  const failures = reads
    .slice(0, backing.length)
    .flatMap((read) => (read.status === 'rejected' ? [read.reason] : []));
  if (failures.length === backing.length) throw noTier('answered', failures);
  const heads: Heads = reads.map((read) =>
    read.status === 'fulfilled' ? read.value.map((entry) => entry?.head) : undefined,
  );
  const silent = tiers.filter((_, t) => heads[t] === undefined).map(({ name }) => name);
  return keys.map((key, i) => ({ key, ...surveyOf(task, tiers, heads, key, i), silent }));
}

function surveyOf(
  { backing, fences, now }: SurveyTask,
  tiers: readonly Tier[],
  heads: Heads,
  key: string,
  i: number,
): Omit<Survey, 'key' | 'silent'> {
  let newest: Head | undefined;
  let holder: string | undefined;
  for (const [t, tier] of backing.entries()) {
    const head = heads[t]?.[i];
    if (head === undefined || !isNewer(head, newest)) continue;
    newest = head;
    holder = tier.name;
  }
  const seen = newest === undefined ? undefined : fences.see(newest);
  // What a fence dropped is not worth a copy.
  const isFenced = seen?.kind === 'dropped' && seen !== newest;
  const lacking = isFenced
    ? []
    : tiers.filter((tier, t) => belongs(tier, key, newest, now) && lacks(tier, heads[t], i, newest));
  return { newest: seen, holder, lacking: lacking.map(({ name }) => name) };
}

function belongs({ traits }: Tier, key: string, newest: Head | undefined, now: number): boolean {
  return traits.keeps.uses(key) && (newest === undefined || !isExpired(traits.keeps, newest, now));
}

function lacks(tier: Tier, heads: Heads[number], i: number, newest: Head | undefined): boolean {
  if (heads === undefined || newest === undefined) return true;
  const held = heads[i];
  if (held !== undefined) return held.stamp < newest.stamp;
  // A tombstone hides what is older: where there is nothing, it has nothing to hide.
  return newest.kind !== 'dropped' && newest.bodyBytes <= tier.traits.maxBodyBytes;
}
