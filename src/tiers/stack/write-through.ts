/** One batch of writes through every tier. */
import { messageOf } from '../../core/errors.ts';
import { NO_FENCES } from '../invalidation/fences.ts';
import { keyOf, type Tier, type Write, type Written } from '../tier.ts';
import { fill } from './fill.ts';
import { noTier } from './no-tier.ts';
import type { Overflow } from './overflow.ts';
import type { Repairs } from './repairs.ts';

/** How a batch ended in one tier; the counts add up to the writes that the tier was given. */
export interface TierOutcome {
  readonly tier: string;
  readonly written: number;
  readonly superseded: number;
  /** Extends of bodies that the tier does not hold. */
  readonly missing: number;
  readonly tooLarge: number;
  /** Of sources that do not use the tier, or older than it keeps entries. */
  readonly notKept: number;
  /** All of it, where the tier failed. */
  readonly failed: number;
  readonly error?: string;
}

export interface WrittenThrough {
  readonly verdicts: Written[];
  readonly tiers: readonly TierOutcome[];
}

/** What memory does with writes that no backing tier took; a tombstone it takes in any case. */
export type Alone = 'kept' | 'refused';

export interface WriteThroughTask {
  /** Their verdicts count. See `TieredStack`. */
  readonly backing: readonly Tier[];
  /**
   * Written last, and without what lost in the backing tiers, except tombstones: memory may hold something older than those.
   */
  readonly inProcess: readonly Tier[];
  readonly alone: Alone;
  readonly repairs: Repairs;
  readonly overflow: Overflow;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

interface Attempt {
  readonly tier: Tier;
  readonly writes: readonly Write[];
  /** Undefined when the tier failed. */
  readonly verdicts: readonly Written[] | undefined;
  readonly error: unknown;
}

/**
 * The verdict on a write is `superseded` if any backing tier holds something newer, else `written` if any took it. Where
 * they disagree (one had lost the key, or knew a newer value), the newest is copied to the others before this resolves.
 * What a failed tier missed is recorded for repair. Rejects when every backing tier failed: memory holds the writes then, or
 * refuses them, as the task says.
 */
export async function writeThrough(
  task: WriteThroughTask,
  writes: readonly Write[],
): Promise<WrittenThrough> {
  if (writes.length === 0) return { verdicts: [], tiers: [] };
  const finish = await announce(task, writes);
  const backing = await putToAll(task.backing, writes, task.signal);
  const isSafe = await recordMissed(task.repairs, backing);
  const succeeded = backing.filter(({ verdicts }) => verdicts !== undefined);
  if (succeeded.length === 0 && isSafe) await finish();
  task.signal.throwIfAborted();
  const verdicts = writes.map((_, i) => verdictOf(succeeded, i));
  for (const attempt of succeeded) task.overflow.saw(attempt.tier.name, takenIn(attempt));
  const isPassedOn = (write: Write, i: number) => isTaken(verdicts[i]) || isTombstone(write);
  const isKept = succeeded.length > 0 ? isPassedOn : task.alone === 'kept' ? () => true : isTombstone;
  const inProcess = await putToAll(task.inProcess, writes.filter(isKept), task.signal);
  await recordMissed(task.repairs, inProcess);
  if (succeeded.length === 0) {
    throw noTier(
      'took the write',
      backing.map(({ error }) => error),
    );
  }
  const areReconciled = await reconcile(task, writes, succeeded);
  if (isSafe && areReconciled) await finish();
  return { verdicts, tiers: [...backing, ...inProcess].map(outcomeOf) };
}

/** `not-kept` counts as taken: the tiers that do keep it have failed. */
function isTaken(verdict: Written | undefined): boolean {
  return verdict === 'written' || verdict === 'not-kept';
}

/**
 * A process that ends in the middle of a long write leaves word of it, so that the tiers do not stay apart. Word is taken back only when
 * all of it is done, or recorded where it outlives the process: until then others take it over.
 */
async function announce(
  { backing, repairs }: WriteThroughTask,
  writes: readonly Write[],
): Promise<() => Promise<unknown>> {
  const long = backing.length > 1 ? backing.filter(({ traits }) => traits.writes === 'long') : [];
  const keys = writes.map(keyOf);
  const finished = await Promise.all(long.map((tier) => repairs.announce(tier, keys)));
  return () => Promise.all(finished.map((finish) => finish()));
}

function putToAll(tiers: readonly Tier[], writes: readonly Write[], signal: AbortSignal): Promise<Attempt[]> {
  return Promise.all(
    tiers.map((tier) =>
      tier.putMany(writes, signal).then(
        (verdicts): Attempt => ({ tier, writes, verdicts, error: undefined }),
        (error: unknown): Attempt => ({ tier, writes, verdicts: undefined, error }),
      ),
    ),
  );
}

/** Of several verdicts on one write the strongest counts. */
const STRENGTH: Readonly<Record<Written, number>> = {
  superseded: 3,
  written: 2,
  missing: 1,
  'too-large': 0,
  'not-kept': -1,
};

function verdictOf(attempts: readonly Attempt[], i: number): Written {
  let strongest: Written = 'not-kept';
  for (const { verdicts } of attempts) {
    const verdict = verdicts?.[i] ?? 'not-kept';
    if (STRENGTH[verdict] > STRENGTH[strongest]) strongest = verdict;
  }
  return strongest;
}

/** Returns whether what was missed is known also when this process ends. */
async function recordMissed(repairs: Repairs, attempts: readonly Attempt[]): Promise<boolean> {
  const missed = attempts.filter(({ verdicts, writes }) => verdicts === undefined && writes.length > 0);
  const kept = await Promise.all(missed.map(({ tier, writes }) => repairs.record(tier, writes.map(keyOf))));
  return kept.every(Boolean);
}

/** Copies the newest entry of a key to all backing tiers, where their verdicts on it differ. Returns whether nothing more can be lost. */
async function reconcile(
  { repairs, overflow, now, signal }: WriteThroughTask,
  writes: readonly Write[],
  attempts: readonly Attempt[],
): Promise<boolean> {
  const keys = writes.filter((_, i) => disagree(attempts, i)).map(keyOf);
  if (keys.length === 0) return true;
  const tiers = attempts.map(({ tier }) => tier);
  try {
    await fill(
      { backing: tiers, inProcess: [], fences: NO_FENCES, repairs, overflow, now: now(), signal },
      keys,
    );
    return true;
  } catch {
    signal.throwIfAborted();
    const kept = await Promise.all(tiers.map((tier) => repairs.record(tier, keys)));
    return kept.every(Boolean);
  }
}

function disagree(attempts: readonly Attempt[], i: number): boolean {
  let first: Written | undefined;
  for (const { verdicts } of attempts) {
    const verdict = verdicts?.[i];
    if (verdict === undefined || verdict === 'too-large' || verdict === 'not-kept') continue;
    first ??= verdict;
    if (verdict !== first) return true;
  }
  return false;
}

function takenIn({ writes, verdicts }: Attempt): { readonly key: string }[] {
  return writes.filter((_, i) => verdicts?.[i] === 'written').map((write) => ({ key: keyOf(write) }));
}

function isTombstone(write: Write): boolean {
  return write.kind === 'put' && write.entry.head.kind === 'dropped';
}

function outcomeOf({ tier, writes, verdicts, error }: Attempt): TierOutcome {
  const outcome = {
    tier: tier.name,
    written: 0,
    superseded: 0,
    missing: 0,
    tooLarge: 0,
    notKept: 0,
    failed: 0,
  };
  if (verdicts === undefined) return { ...outcome, failed: writes.length, error: messageOf(error) };
  for (const verdict of verdicts) {
    if (verdict === 'not-kept') outcome.notKept += 1;
    else outcome[verdict === 'too-large' ? 'tooLarge' : verdict] += 1;
  }
  return outcome;
}
