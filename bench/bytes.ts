/** Bytes that Redis holds for each key: while all work is queued, and for as long as the key is kept warm. */
import { setTimeout } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { systemClock } from '../src/core/clock.ts';
import { runVerbs } from '../src/verbs/runs/runs.ts';
import { BULK, jobOf } from './contenders/job-per-key.ts';
import type { Task } from './contenders/task.ts';
import { usedMemory } from './figures.ts';
import { CLOSE_MS, entitiesOf, openParts, runJob } from './forewarm.ts';
import type { Markets } from './markets.ts';
import { inSandbox } from './sandbox.ts';

export interface Bytes {
  /** Per key, all of them queued and none begun. */
  readonly jobPerKey: number;
  /** The same of Forewarm: jobs, manifest and catalog. */
  readonly forewarm: number;
  /** Of the catalog alone, which stays when the work is done. */
  readonly catalogued: number;
}

/** Redis lets go of the buffers of closed connections within this time, in ms. */
const SETTLE_MS = 300;

export async function measureBytes(markets: Markets): Promise<Bytes> {
  const { length } = markets.measured.ids;
  const perKey = async (fill: (task: Task) => Promise<void>) => (await growth(markets, fill)) / length;
  return {
    jobPerKey: await perKey((task) => queueJobs(task, markets.measured.ids)),
    forewarm: await perKey(planRun),
    catalogued: await perKey((task) => expectKeys(task, markets.measured.ids)),
  };
}

/** By how much `fill` makes a new server larger, once its connections are closed. */
function growth(markets: Markets, fill: (task: Task) => Promise<void>): Promise<number> {
  return inSandbox(async ({ redisUrl, folder }) => {
    const redis = new Redis(redisUrl);
    try {
      const before = await usedMemory(redis);
      const [warmUp, measured] = [markets.warmUp.file, markets.measured.file];
      await fill({
        redisUrl,
        folder,
        originUrl: markets.url,
        concurrency: 1,
        warmUp,
        measured,
        batch: false,
      });
      await setTimeout(SETTLE_MS);
      return (await usedMemory(redis)) - before;
    } finally {
      redis.disconnect();
    }
  });
}

async function queueJobs({ redisUrl }: Task, ids: readonly string[]): Promise<void> {
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const queue = new Queue('warm', { connection });
  for (let i = 0; i < ids.length; i += BULK) await queue.addBulk(ids.slice(i, i + BULK).map(jobOf));
  await queue.close();
  await connection.quit();
}

async function planRun(task: Task): Promise<void> {
  const parts = await openParts(task, systemClock);
  const wish = { force: false, missing: false };
  const selector = `entities=${entitiesOf(task.measured)}`;
  const { run } = await runVerbs(parts).warm({ selector, ...wish }, 'api');
  await runJob(parts, 'prefetch', { step: 'plan', run: run.id }, 'plan');
  await parts.close(systemClock.now() + CLOSE_MS);
}

async function expectKeys(task: Task, ids: readonly string[]): Promise<void> {
  const parts = await openParts(task, systemClock);
  const keys = ids.map((id) => `profile:${id}`);
  await parts.catalog.track('profile', keys, systemClock.now());
  await parts.close(systemClock.now() + CLOSE_MS);
}
