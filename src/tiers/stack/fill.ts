/** Copying the newest entry of each key to the tiers that lack it. No origin is asked. */
import type { Entry } from '../../core/entry.ts';
import { isGone } from '../../core/freshness.ts';
import type { PutWrite, Tier } from '../tier.ts';
import type { Overflow } from './overflow.ts';
import type { Repairs } from './repairs.ts';
import { type Survey, type SurveyTask, survey } from './survey.ts';

export interface FillTask extends SurveyTask {
  readonly repairs: Repairs;
  readonly overflow: Overflow;
}

/** Keys that are copied before it is seen whether they push others out. */
const COPIES = 500;

/**
 * What is gone is not copied. What a tier misses because it fails meanwhile is recorded for repair. Returns for how many
 * keys every tier that lacked them has them now. A tier that overflows is left alone: what it is given would push out other keys.
 */
export async function fill(task: FillTask, keys: readonly string[]): Promise<number> {
  const surveys = await survey(task, keys);
  const wanted = surveys.filter(
    ({ newest, lacking }) => newest !== undefined && !isGone(newest, task.now) && lacking.length > 0,
  );
  const entries = await newestEntries(task, wanted);
  const failed = new Set(wanted.map(({ key }) => key).filter((key) => !entries.has(key)));
  const copies = [...task.backing, ...task.inProcess].map(async (tier) => {
    const writes = wanted.flatMap(({ key, lacking }) => {
      const entry = lacking.includes(tier.name) ? entries.get(key) : undefined;
      return entry === undefined ? [] : [{ kind: 'put', entry } as const];
    });
    for (const key of await copy(task, tier, writes)) failed.add(key);
  });
  await Promise.all(copies);
  return wanted.length - failed.size;
}

/** Returns the keys that the tier does not have afterwards. */
async function copy(
  { overflow, repairs, signal }: FillTask,
  tier: Tier,
  writes: readonly PutWrite[],
): Promise<string[]> {
  for (let i = 0; i < writes.length; i += COPIES) {
    const left = () => writes.slice(i).map(({ entry }) => entry.head.key);
    if (overflow.has(tier.name)) return left();
    try {
      if (!(await overflow.put(tier, writes.slice(i, i + COPIES), signal))) return left();
    } catch {
      signal.throwIfAborted();
      await repairs.record(tier, left());
      return left();
    }
  }
  return [];
}

/** The entries of a survey, each from the tier that holds the newest. Those that cannot be read are left out. */
async function newestEntries(
  { backing, signal }: FillTask,
  surveys: readonly Survey[],
): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  const reads = backing.map(async (tier) => {
    const keys = surveys.filter(({ holder }) => holder === tier.name).map(({ key }) => key);
    if (keys.length === 0) return;
    const found = await tier.getMany(keys, 'entry', signal).catch(() => []);
    signal.throwIfAborted();
    for (const entry of found) if (entry !== undefined) entries.set(entry.head.key, entry);
  });
  await Promise.all(reads);
  return entries;
}
