/** Writing to a tier what it missed while it failed, from the other tiers, without a call to an origin. */
import type { Entry } from '../../core/entry.ts';
import type { Tier } from '../tier.ts';
import type { MissedWrite, Repairs } from './repairs.ts';

/**
 * Keys of the first round, and of one at most. A tier that is slow takes few before its timeout, and a round in vain costs that: so
 * they begin small, and one key is always enough to get on.
 */
const FIRST_ROUND = 16;
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
 * Repairs one tier as long as it works and there is something to do. Returns how many missed writes were settled. One
 * that no tier has an entry for any more is settled too; one whose entry may be in a tier that fails now stays recorded.
 */
export async function repairTier(task: RepairTask): Promise<number> {
  const { tier, repairs, signal } = task;
  let repaired = 0;
  let round = FIRST_ROUND;
  for (;;) {
    const missed = await repairs.list(tier, round);
    const first = missed[0];
    if (first === undefined) return repaired;
    // The cheapest call there is: a tier that fails it is spared the rest.
    await tier.getMany([first.key], 'head', signal);
    const settled = await repairRound(task, missed).catch((error: unknown) => {
      signal.throwIfAborted();
      if (missed.length === 1) throw error;
      return undefined;
    });
    if (settled === undefined) {
      round = Math.ceil(missed.length / 4);
      continue;
    }
    if (settled.length === 0) return repaired;
    await repairs.remove(tier, settled);
    repaired += settled.length;
    task.onRound(settled.length, await repairs.count(tier));
    round = Math.min(ROUND, round * 2);
  }
}

async function repairRound(
  { tier, others, signal }: RepairTask,
  missed: readonly MissedWrite[],
): Promise<MissedWrite[]> {
  const keys = missed.map(({ key }) => key);
  const reads = await Promise.allSettled(others.map((other) => other.getMany(keys, 'entry', signal)));
  signal.throwIfAborted();
  const allRead = reads.every(({ status }) => status === 'fulfilled');
  const newest = newestOf(reads.flatMap((read) => (read.status === 'fulfilled' ? read.value : [])));
  const writes = [...newest.values()].map((entry) => ({ kind: 'put', entry }) as const);
  if (writes.length > 0) await tier.putMany(writes, signal);
  return missed.filter(({ key }) => allRead || newest.has(key));
}

function newestOf(entries: readonly (Entry | undefined)[]): Map<string, Entry> {
  const newest = new Map<string, Entry>();
  for (const entry of entries) {
    if (entry === undefined) continue;
    const known = newest.get(entry.head.key);
    if (known === undefined || entry.head.stamp > known.head.stamp) newest.set(entry.head.key, entry);
  }
  return newest;
}
