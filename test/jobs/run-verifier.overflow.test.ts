/** A run over tiers that do not hold what they are given says what they hold, and does not go round in a circle. */
import { expect, test } from 'vitest';
import type { Write } from '../../src/tiers/tier.ts';
import { buildJobs, type Jobs } from '../support/build-jobs.ts';
import { keysOf, marketsCsv } from '../support/sources.ts';
import { NEVER } from '../warming/warm.steps.ts';
import { current, doJob, plannedRun, RUN, warmChunk } from './run.steps.ts';

const COUNT = 400;
const ROOM = 150;
const KEYS = keysOf(COUNT);

/** From now on the Redis tier has room for so many keys, and pushes out the oldest: as Redis does, by another measure. */
function bound(jobs: Jobs): { copied: number } {
  const tier = jobs.shared;
  const held = new Set<string>();
  const sums = { copied: 0 };
  const putMany = tier.putMany.bind(tier);
  tier.putMany = async (writes: readonly Write[], signal) => {
    const verdicts = await putMany(writes, signal);
    sums.copied += writes.length;
    for (const write of writes) {
      const key = write.kind === 'put' ? write.entry.head.key : write.key;
      held.delete(key);
      held.add(key);
    }
    const out = [...held].slice(0, Math.max(0, held.size - ROOM));
    for (const key of out) held.delete(key);
    if (out.length > 0) await jobs.redis.del(out.map((key) => `${jobs.values}${key}`));
    return verdicts;
  };
  return sums;
}

async function overflowing() {
  const jobs = buildJobs({ entities: { markets: marketsCsv(COUNT) }, chunkSize: 50 });
  const sums = bound(jobs);
  const { chunks } = await plannedRun(jobs);
  for (let chunk = 0; chunk < chunks; chunk += 1) await doJob(jobs, warmChunk(chunk));
  return { jobs, sums };
}

test('a run tells how much a tier holds that pushes out what it is given, and calls warm what the tier below has', async () => {
  const { jobs, sums } = await overflowing();
  const before = sums.copied;
  await doJob(jobs, { step: 'verify', run: RUN });
  const run = await current(jobs);
  const held = (await jobs.shared.getMany(KEYS, 'head', NEVER)).filter((entry) => entry !== undefined);
  expect(held.length).toBe(ROOM);
  expect(run.coverage.redis).toEqual({ warm: ROOM, total: COUNT });
  expect(run.coverage.disk).toEqual({ warm: COUNT, total: COUNT });
  expect(run.counts).toMatchObject({ warmed: COUNT, failed: 0 });
  expect(run.endedNote).toBe(
    'redis holds 150 of 400 keys: it does not keep what it is given; give it more room, or less',
  );
  // Chunks that are looked at together; what is found out then holds for the rest.
  expect(sums.copied - before).toBeLessThanOrEqual(4 * 50);
});

test('a run whose keys no tier holds any more names the tiers that did not keep them', async () => {
  const { jobs } = await overflowing();
  while ((await jobs.disk.sweep(Number.MAX_SAFE_INTEGER, 10_000, NEVER)).removed > 0);
  expect((await jobs.disk.usage(NEVER)).entries).toBe(0);
  await doJob(jobs, { step: 'verify', run: RUN });
  const run = await current(jobs);
  expect(run.counts.failed).toBe(COUNT - ROOM);
  expect(run.endedNote).toContain(
    '250 keys were written and then lost from every tier; redis holds 150 of 400 keys',
  );
});
