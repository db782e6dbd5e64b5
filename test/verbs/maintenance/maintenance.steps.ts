/** Steps of the tests of the verbs that look after what is stored. */
import { Readable } from 'node:stream';
import type { Entry } from '../../../src/core/entry.ts';
import type { ImportReport } from '../../../src/verbs/maintenance/maintenance-shapes.ts';
import type { Jobs } from '../../support/build-jobs.ts';
import { NEVER } from '../../warming/warm.steps.ts';
import { verbsOf } from '../verbs.steps.ts';

export const WATCH = { signal: NEVER, onProgress: () => {} };

export async function exported(jobs: Jobs, selector = '', bodies = true): Promise<string[]> {
  const lines: string[] = [];
  for await (const batch of verbsOf(jobs).export({ selector, bodies }, NEVER)) lines.push(...batch);
  return lines;
}

export function imported(jobs: Jobs, lines: readonly string[], dryRun = false): Promise<ImportReport> {
  return verbsOf(jobs).import(Readable.from([Buffer.from(lines.join('\n'))]), { dryRun }, WATCH);
}

/** Writes entries to every tier, and to the catalog unless told otherwise. */
export async function store(jobs: Jobs, entries: readonly Entry[], catalogued = true): Promise<void> {
  await jobs.stack.putMany(
    entries.map((entry) => ({ kind: 'put', entry })),
    NEVER,
  );
  if (!catalogued) return;
  for (const { head } of entries) await jobs.catalog.track(head.source, [head.key], head.dueAt);
}

/** What Redis and the disk hold of a key. */
export async function lasting({ shared, disk }: Jobs, key: string): Promise<(Entry | undefined)[]> {
  const found = await Promise.all([shared, disk].map((tier) => tier.getMany([key], 'entry', NEVER)));
  return found.flat();
}

/** In the order of keys, so that two lists can be compared. */
export function byKey(entries: readonly (Entry | undefined)[]) {
  return entries
    .flatMap((entry) => (entry === undefined ? [] : [{ ...entry, body: Buffer.from(entry.body) }]))
    .sort((a, b) => (a.head.key < b.head.key ? -1 : 1));
}
