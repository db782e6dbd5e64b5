/** One batch of writes through every tier. */
import { messageOf } from '../../core/errors.ts';
import { NO_FENCES } from '../invalidation/fences.ts';
import type { Tier, Write, Written } from '../tier.ts';
import type { Repairs } from './repairs.ts';
import { fill, noTier } from './survey.ts';

/** What came of a batch in one tier; the counts add up to what the tier was asked. */
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

export interface WriteThroughTask {
  /** Their verdicts count: the tiers that outlive the process, where there are any. */
  readonly deciders: readonly Tier[];
  /** They are told last, and nothing that lost with the deciders but tombstones: what they hold may be older than those. */
  readonly followers: readonly Tier[];
  readonly repairs: Repairs;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

interface Answer {
  readonly tier: Tier;
  readonly asked: readonly Write[];
  /** Undefined when the tier failed. */
  readonly verdicts: readonly Written[] | undefined;
  readonly error: unknown;
}

/**
 * The verdict on a write is `superseded` where any decider holds something newer, else `written` where any took it.
 * Where they disagree (one had lost the key, or knew of a newer value), the newest is copied to the others before this
 * resolves. What a failed tier missed is noted for repair. Rejects when every decider failed: the followers hold it then.
 */
export async function writeThrough(
  task: WriteThroughTask,
  writes: readonly Write[],
): Promise<WrittenThrough> {
  if (writes.length === 0) return { verdicts: [], tiers: [] };
  const decided = await putToAll(task.deciders, writes, task.signal);
  task.signal.throwIfAborted();
  const heard = decided.filter(({ verdicts }) => verdicts !== undefined);
  const verdicts = writes.map((_, i) => verdictOf(heard, i));
  const told = (write: Write, i: number) => isTaken(verdicts[i]) || isTombstone(write);
  const won = heard.length === 0 ? writes : writes.filter(told);
  const answers = [...decided, ...(await putToAll(task.followers, won, task.signal))];
  await Promise.all(answers.map((answer) => noteMissed(task.repairs, answer)));
  if (heard.length === 0) {
    throw noTier(
      'took the write',
      decided.map(({ error }) => error),
    );
  }
  await reconcile(task, writes, heard);
  return { verdicts, tiers: answers.map(outcomeOf) };
}

/** Also where no tier that answered keeps it: those that do have failed. */
function isTaken(verdict: Written | undefined): boolean {
  return verdict === 'written' || verdict === 'not-kept';
}

function putToAll(tiers: readonly Tier[], asked: readonly Write[], signal: AbortSignal): Promise<Answer[]> {
  return Promise.all(
    tiers.map((tier) =>
      tier.putMany(asked, signal).then(
        (verdicts): Answer => ({ tier, asked, verdicts, error: undefined }),
        (error: unknown): Answer => ({ tier, asked, verdicts: undefined, error }),
      ),
    ),
  );
}

/** The strongest word on a write comes first. */
const STRENGTH: Readonly<Record<Written, number>> = {
  superseded: 3,
  written: 2,
  missing: 1,
  'too-large': 0,
  'not-kept': -1,
};

function verdictOf(heard: readonly Answer[], i: number): Written {
  let strongest: Written = 'not-kept';
  for (const { verdicts } of heard) {
    const verdict = verdicts?.[i] ?? 'not-kept';
    if (STRENGTH[verdict] > STRENGTH[strongest]) strongest = verdict;
  }
  return strongest;
}

async function noteMissed(repairs: Repairs, { tier, asked, verdicts }: Answer): Promise<void> {
  if (verdicts === undefined && asked.length > 0) await repairs.note(tier, asked.map(keyOf));
}

/** Brings deciders that disagree on a key to its newest entry. */
async function reconcile(
  { repairs, now, signal }: WriteThroughTask,
  writes: readonly Write[],
  heard: readonly Answer[],
): Promise<void> {
  const keys = writes.filter((_, i) => disagree(heard, i)).map(keyOf);
  if (keys.length === 0) return;
  const tiers = heard.map(({ tier }) => tier);
  try {
    await fill({ lasting: tiers, passing: [], fences: NO_FENCES, repairs, now: now(), signal }, keys);
  } catch {
    signal.throwIfAborted();
    await Promise.all(tiers.map((tier) => repairs.note(tier, keys)));
  }
}

function disagree(heard: readonly Answer[], i: number): boolean {
  let first: Written | undefined;
  for (const { verdicts } of heard) {
    const verdict = verdicts?.[i];
    if (verdict === undefined || verdict === 'too-large' || verdict === 'not-kept') continue;
    first ??= verdict;
    if (verdict !== first) return true;
  }
  return false;
}

function isTombstone(write: Write): boolean {
  return write.kind === 'put' && write.entry.head.kind === 'dropped';
}

function keyOf(write: Write): string {
  return write.kind === 'put' ? write.entry.head.key : write.key;
}

function outcomeOf({ tier, asked, verdicts, error }: Answer): TierOutcome {
  const outcome = {
    tier: tier.name,
    written: 0,
    superseded: 0,
    missing: 0,
    tooLarge: 0,
    notKept: 0,
    failed: 0,
  };
  if (verdicts === undefined) return { ...outcome, failed: asked.length, error: messageOf(error) };
  for (const verdict of verdicts) {
    if (verdict === 'not-kept') outcome.notKept += 1;
    else outcome[verdict === 'too-large' ? 'tooLarge' : verdict] += 1;
  }
  return outcome;
}
