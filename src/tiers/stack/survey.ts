/** Where the newest entry of each key is, and bringing it to the tiers that lack it. */
import type { Entry, Head } from '../../core/entry.ts';
import { ForewarmError, messageOf } from '../../core/errors.ts';
import { isGone } from '../../core/freshness.ts';
import type { Fences } from '../invalidation/fences.ts';
import { withCurrentFences } from '../invalidation/with-current-fences.ts';
import { isExpired } from '../retention.ts';
import type { Tier } from '../tier.ts';
import type { Repairs } from './repairs.ts';

export interface Survey {
  readonly key: string;
  /** The head with the highest stamp, over the tiers that outlive this process, as the fences let it be seen; a tombstone's too. */
  readonly newest: Head | undefined;
  /** The name of a tier that holds it. */
  readonly holder: string | undefined;
  /** The names of tiers, memory included, that hold nothing or something older, or did not answer. What a tier does not keep, or is too large for it, is not lacking. */
  readonly lacking: readonly string[];
  /** The names of the tiers that did not answer, which may hold something newer; the same for every key of a survey. */
  readonly silent: readonly string[];
}

/** Whose heads count, and who is only asked whether it has what counts. */
export interface Surveyed {
  /** The tiers that outlive this process. */
  readonly lasting: readonly Tier[];
  /** The memory of this process: what it alone holds may be out of date, so it never tells what is newest. */
  readonly passing: readonly Tier[];
  readonly fences: Fences;
  readonly now: number;
}

/** Looks at heads only, once per tier. Rejects with `E_TIER_UNAVAILABLE` when no lasting tier answered. */
export async function survey(
  { lasting, passing, fences, now }: Surveyed,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<Survey[]> {
  if (keys.length === 0) return [];
  const tiers = [...lasting, ...passing];
  const answers = await withCurrentFences(fences, lasting, () =>
    Promise.allSettled(tiers.map((tier) => tier.getMany(keys, 'head', signal))),
  );
  signal.throwIfAborted();
  const heads = answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : undefined));
  const failures = answers
    .slice(0, lasting.length)
    .flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
  if (failures.length === lasting.length) throw noTier('answered', failures);
  const silent = tiers.filter((_, t) => heads[t] === undefined).map(({ name }) => name);
  return keys.map((key, i) => {
    let newest: Head | undefined;
    let holder: string | undefined;
    for (const [t, tier] of lasting.entries()) {
      const head = heads[t]?.[i]?.head;
      if (head === undefined || (newest !== undefined && head.stamp <= newest.stamp)) continue;
      newest = head;
      holder = tier.name;
    }
    const seen = newest === undefined ? undefined : fences.see(newest);
    // What a fence dropped is worth no copying.
    const isLost = seen?.kind === 'dropped' && seen !== newest;
    const lacking = isLost
      ? []
      : tiers.filter(
          (tier, t) => belongs(tier, key, newest, now) && lacks(tier, heads[t], heads[t]?.[i]?.head, newest),
        );
    return { key, newest: seen, holder, lacking: lacking.map(({ name }) => name), silent };
  });
}

function belongs({ traits }: Tier, key: string, newest: Head | undefined, now: number): boolean {
  return traits.keeps.uses(key) && (newest === undefined || !isExpired(traits.keeps, newest, now));
}

function lacks(tier: Tier, answer: unknown, held: Head | undefined, newest: Head | undefined): boolean {
  if (answer === undefined || newest === undefined) return true;
  if (held !== undefined) return held.stamp < newest.stamp;
  // A tombstone is there to hide what is older: where nothing is, it has nothing to hide.
  return newest.kind !== 'dropped' && newest.bodyBytes <= tier.traits.maxBodyBytes;
}

export interface FillTask extends Surveyed {
  readonly repairs: Repairs;
  readonly signal: AbortSignal;
}

/**
 * Copies the newest entry of each key to the tiers that lack it; what is gone stays. A tier that fails at it has its
 * keys noted for repair. Answers how many keys are now in every tier that lacked them.
 */
export async function fill(task: FillTask, keys: readonly string[]): Promise<number> {
  const surveys = await survey(task, keys, task.signal);
  const wanted = surveys.filter(
    ({ newest, lacking }) => newest !== undefined && !isGone(newest, task.now) && lacking.length > 0,
  );
  const entries = await readFrom(task, wanted);
  const failed = new Set(wanted.map(({ key }) => key).filter((key) => !entries.has(key)));
  const copies = [...task.lasting, ...task.passing].map(async (tier) => {
    const mine = wanted.flatMap(({ key, lacking }) => {
      const entry = lacking.includes(tier.name) ? entries.get(key) : undefined;
      return entry === undefined ? [] : [{ kind: 'put', entry } as const];
    });
    if (mine.length === 0) return;
    try {
      await tier.putMany(mine, task.signal);
    } catch {
      task.signal.throwIfAborted();
      const missed = mine.map(({ entry }) => entry.head.key);
      for (const key of missed) failed.add(key);
      await task.repairs.note(tier, missed);
    }
  });
  await Promise.all(copies);
  return wanted.length - failed.size;
}

/** The entries of a survey, each from the tier that holds the newest. Those that cannot be had are left out. */
async function readFrom(
  { lasting, signal }: FillTask,
  surveys: readonly Survey[],
): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  const reads = lasting.map(async (tier) => {
    const keys = surveys.filter(({ holder }) => holder === tier.name).map(({ key }) => key);
    if (keys.length === 0) return;
    const found = await tier.getMany(keys, 'entry', signal).catch(() => []);
    signal.throwIfAborted();
    for (const entry of found) if (entry !== undefined) entries.set(entry.head.key, entry);
  });
  await Promise.all(reads);
  return entries;
}

/** No tier did what was asked of all. */
export function noTier(did: string, failures: readonly unknown[]): ForewarmError {
  const reasons = failures.map(messageOf).join('; ');
  return new ForewarmError('E_TIER_UNAVAILABLE', `no tier ${did}: ${reasons}`, { cause: failures[0] });
}
