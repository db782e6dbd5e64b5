/** One batch of writes through every tier. */
import { messageOf } from '../../core/errors.ts';
import { NO_FENCES } from '../invalidation/fences.ts';
import type { Tier, Write, Written } from '../tier.ts';
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
  const backing = await putAnnounced(task, writes);
  if (task.signal.aborted) await Promise.all(backing.map((attempt) => recordMissed(task.repairs, attempt)));
  task.signal.throwIfAborted();
  const succeeded = backing.filter(({ verdicts }) => verdicts !== undefined);
  const verdicts = writes.map((_, i) => verdictOf(succeeded, i));
  for (const attempt of succeeded) task.overflow.saw(attempt.tier.name, takenIn(attempt));
  const isPassedOn = (write: Write, i: number) => isTaken(verdicts[i]) || isTombstone(write);
  const isKept = succeeded.length > 0 ? isPassedOn : task.alone === 'kept' ? () => true : isTombstone;
  const passedOn = writes.filter(isKept);
  const attempts = [...backing, ...(await putToAll(task.inProcess, passedOn, task.signal))];
  await Promise.all(attempts.map((attempt) => recordMissed(task.repairs, attempt)));
  if (succeeded.length === 0) {
    throw noTier(
      'took the write',
      backing.map(({ error }) => error),
    );
  }
  await reconcile(task, writes, succeeded);
  return { verdicts, tiers: attempts.map(outcomeOf) };
}

/** `not-kept` counts as taken: the tiers that do keep it have failed. */
function isTaken(verdict: Written | undefined): boolean {
  return verdict === 'written' || verdict === 'not-kept';
}

/** A process that ends in the middle of a long write leaves word of it, so that the tiers do not stay apart. */
async function putAnnounced(
  { backing, repairs, signal }: WriteThroughTask,
  writes: readonly Write[],
): Promise<Attempt[]> {
  const long = backing.length > 1 ? backing.filter(({ traits }) => traits.writes === 'long') : [];
  if (long.length === 0) return putToAll(backing, writes, signal);
  const keys = writes.map(keyOf);
  const finished = await Promise.all(long.map((tier) => repairs.announce(tier, keys)));
  const attempts = await putToAll(backing, writes, signal);
  await Promise.all(finished.map((finish) => finish()));
  return attempts;
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

async function recordMissed(repairs: Repairs, { tier, writes, verdicts }: Attempt): Promise<void> {
  if (verdicts === undefined && writes.length > 0) await repairs.record(tier, writes.map(keyOf));
}

/** Copies the newest entry of a key to all backing tiers, where their verdicts on it differ. */
async function reconcile(
  { repairs, overflow, now, signal }: WriteThroughTask,
  writes: readonly Write[],
  attempts: readonly Attempt[],
): Promise<void> {
  const keys = writes.filter((_, i) => disagree(attempts, i)).map(keyOf);
  if (keys.length === 0) return;
  const tiers = attempts.map(({ tier }) => tier);
  try {
    await fill(
      { backing: tiers, inProcess: [], fences: NO_FENCES, repairs, overflow, now: now(), signal },
      keys,
    );
  } catch {
    signal.throwIfAborted();
    await Promise.all(tiers.map((tier) => repairs.record(tier, keys)));
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

function keyOf(write: Write): string {
  return write.kind === 'put' ? write.entry.head.key : write.key;
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
