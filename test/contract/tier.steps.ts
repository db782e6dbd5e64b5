/** Steps that clauses are made of. */
import { expect } from 'vitest';
import type { Entry } from '../../src/core/entry.ts';
import type { ExtendWrite, Tier, Write, Written } from '../../src/tiers/tier.ts';

/** Never aborts. */
export const SIGNAL = new AbortController().signal;

export function putOf(entry: Entry): Write {
  return { kind: 'put', entry };
}

/** An extend that moves every time of an entry by `ms` under a given stamp. */
export function extendOf(entry: Entry, stamp: number, ms: number): ExtendWrite {
  const { key, checksum, fetchedAt, checkedAt, dueAt, staleAt, goneAt } = entry.head;
  const times = {
    fetchedAt,
    checkedAt: checkedAt + ms,
    dueAt: dueAt + ms,
    staleAt: staleAt + ms,
    goneAt: goneAt + ms,
  };
  return { kind: 'extend', key, stamp, times, checksum };
}

/** Puts, and expects every one to be taken. */
export async function put(tier: Tier, ...entries: readonly Entry[]): Promise<void> {
  const verdicts = await tier.putMany(entries.map(putOf), SIGNAL);
  expect(verdicts).toEqual(entries.map(() => 'written'));
}

export async function write(tier: Tier, one: Write): Promise<Written | undefined> {
  const [verdict] = await tier.putMany([one], SIGNAL);
  return verdict;
}

export async function getOne(tier: Tier, key: string): Promise<Entry | undefined> {
  const [entry] = await tier.getMany([key], 'entry', SIGNAL);
  return entry;
}

/** The tier holds exactly this entry. */
export async function expectEntry(tier: Tier, entry: Entry): Promise<void> {
  const held = await getOne(tier, entry.head.key);
  expect(held?.head).toEqual(entry.head);
  expect(Buffer.from(held?.body ?? []).toString('hex')).toBe(Buffer.from(entry.body).toString('hex'));
}

/** The keys of a scan, in no particular order but each as often as it came. */
export async function scanKeys(tier: Tier, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of tier.scan(prefix, SIGNAL)) keys.push(...page.map((head) => head.key));
  return keys.sort();
}
