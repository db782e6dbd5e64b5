/** Writing to a tier what it missed while it failed, from the other tiers, without a call to an origin. */
import type { Entry } from '../../core/entry.ts';
import type { Tier } from '../tier.ts';
import type { MissedWrite, Repairs } from './repairs.ts';

/** Keys of one round. */
const ROUND = 500;

export interface RepairTask {
  readonly tier: Tier;
  /** Where its entries are read from. */
  readonly others: readonly Tier[];
  readonly repairs: Repairs;
  readonly signal: AbortSignal;
  readonly onRound: (keys: number, left: number) => void;
}

/**
 * Repairs one tier as long as it works and there is something to do. Answers how many keys were struck out. A key that
 * no tier has any more is struck out too; one that may be in a tier that does not answer stays noted.
 */
export async function repairTier(task: RepairTask): Promise<number> {
  const { tier, repairs, signal } = task;
  let repaired = 0;
  for (;;) {
    const notes = await repairs.take(tier, ROUND);
    const first = notes[0];
    if (first === undefined) return repaired;
    // The cheapest question there is: a tier that does not answer it is spared the rest.
    await tier.getMany([first.key], 'head', signal);
    const done = await repairRound(task, notes);
    if (done.length === 0) return repaired;
    await repairs.done(tier, done);
    repaired += done.length;
    task.onRound(done.length, await repairs.left(tier));
  }
}

async function repairRound(
  { tier, others, signal }: RepairTask,
  notes: readonly MissedWrite[],
): Promise<MissedWrite[]> {
  const keys = notes.map(({ key }) => key);
  const answers = await Promise.allSettled(others.map((other) => other.getMany(keys, 'entry', signal)));
  signal.throwIfAborted();
  const allAnswered = answers.every(({ status }) => status === 'fulfilled');
  const newest = new Map<string, Entry>();
  for (const answer of answers) {
    for (const entry of answer.status === 'fulfilled' ? answer.value : []) {
      if (entry === undefined) continue;
      const known = newest.get(entry.head.key);
      if (known === undefined || entry.head.stamp > known.head.stamp) newest.set(entry.head.key, entry);
    }
  }
  const writes = [...newest.values()].map((entry) => ({ kind: 'put', entry }) as const);
  if (writes.length > 0) await tier.putMany(writes, signal);
  return notes.filter(({ key }) => allAnswered || newest.has(key));
}
