/** Forewarm as the benchmark sets it up: what is not named here is as it is by default. */
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { boot } from '../src/app/boot.ts';
import type { Parts } from '../src/app/parts.ts';
import type { Clock } from '../src/core/clock.ts';
import type { JobContext } from '../src/jobs/job.ts';
import { loadSettings } from '../src/settings/load.ts';
import type { Settings } from '../src/settings/settings.ts';
import type { Task } from './contenders/task.ts';

/** A schedule that does not fire while the benchmark runs. */
const NEVER = '0 0 29 2 *';

/** How long parts may take to close, in ms. */
export const CLOSE_MS = 5_000;

const BATCH = {
  path: '/markets/profiles',
  query: { ids: '{market...}' },
  size: 100,
  items: 'items',
  id: 'id',
  value: 'value',
  version: 'version',
  etag: 'etag',
};

/** The configuration of a worker that warms the markets of two CSV files, each an entity set by the file's name; `env` may say more. */
export async function settingsOf(task: Task, env: NodeJS.ProcessEnv = {}): Promise<Settings> {
  const request = { path: '/markets/{market}/profile', ...(task.batch ? { batch: BATCH } : {}) };
  const sets = [task.warmUp, task.measured].map((csv) => [entitiesOf(csv), { csv, id: 'market' }]);
  const config = {
    data: task.folder,
    redis: { jobs: task.redisUrl },
    tiers: { disk: { path: join(task.folder, 'cache.db') } },
    temperatures: Object.fromEntries(['hot', 'warm', 'cold'].map((name) => [name, { schedule: NEVER }])),
    origins: { markets: { kind: 'http', url: task.originUrl, concurrency: task.concurrency } },
    sources: { profile: { origin: 'markets', key: 'profile:{market}', temperature: 'cold', request } },
    entities: Object.fromEntries(sets),
    api: { port: 0 },
  };
  const file = join(task.folder, 'forewarm.yaml');
  // JSON is YAML.
  await writeFile(file, JSON.stringify(config));
  return loadSettings({ file, env });
}

/** The entity set that a CSV file is. */
export function entitiesOf(csv: string): string {
  return basename(csv, '.csv');
}

/** The parts of a Forewarm in this process, of which nothing runs by itself. */
export async function openParts(task: Task, clock: Clock): Promise<Parts> {
  const settings = await settingsOf(task);
  const { parts } = await boot({ settings, env: {}, answersReads: false, role: 'bench', edges: { clock } });
  return parts;
}

/** Runs one job, as a worker that took it out of the queue does. */
export async function runJob({ kinds }: Parts, kind: string, payload: unknown, id: string): Promise<void> {
  const found = kinds.find(({ name }) => name === kind);
  if (found === undefined) throw new Error(`there is no job kind "${kind}"`);
  const context: JobContext = { id, signal: new AbortController().signal };
  const { kind: ending } = await found.bind(payload).run(context);
  if (ending !== 'done') throw new Error(`job ${kind} ${id} ended as "${ending}"`);
}
