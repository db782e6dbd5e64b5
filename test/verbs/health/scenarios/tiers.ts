import { mkdir, rm, rmdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { GivenScenario, Place, PlayedScenario } from '../../../support/doctor-scenarios.ts';
import { startS3Server } from '../../../support/s3-server.ts';

const FILE = 'cache.db';
const fileOf = ({ folder }: Place, suffix = '') => join(folder, FILE + suffix);

async function bucket(compares: boolean) {
  const s3 = await startS3Server({ compares });
  onTestFinished(() => s3.remove());
  return { s3: { enabled: true, ...s3.options } };
}

/** A cache Redis that says this of itself. */
function cache(info: string): GivenScenario['bad'] {
  return {
    stack: { tiers: [{ name: 'redis' }] },
    clients: { isOne: false, cache: { isCluster: false, info: async () => info } },
  } as unknown as GivenScenario['bad'];
}

export const TIER_SCENARIOS: readonly (PlayedScenario | GivenScenario)[] = [
  {
    ...{
      check: 'tier',
      wrong: 'the cache Redis is away',
      level: 'problem',
      says: /cannot reach|ECONNREFUSED/,
    },
    badConfig: ({ server, freePort }) => ({
      redis: { jobs: server.url, cache: `redis://127.0.0.1:${freePort}` },
    }),
  },
  {
    ...{ check: 'tier-redis-memory', wrong: 'it pushes out', level: 'warning', says: /pushed out 7 keys/ },
    bad: cache('used_memory:99\nmaxmemory:100\nevicted_keys:7\nmaxmemory_policy:allkeys-lru\n'),
    good: cache('used_memory:50\nmaxmemory:100\nevicted_keys:0\nmaxmemory_policy:allkeys-lru\n'),
  },
  {
    ...{ check: 'tier-disk-file', wrong: 'it is no file', level: 'warning', says: /cannot be read/ },
    spoil: (place) => mkdir(fileOf(place)),
    mend: (place) => rmdir(fileOf(place)),
  },
  {
    ...{ check: 'tier-disk-log', wrong: 'the log has grown', level: 'warning', says: /grown to 80\.0 MB/ },
    async spoil(place) {
      await writeFile(fileOf(place, '-wal'), '');
      await truncate(fileOf(place, '-wal'), 80e6);
    },
    mend: (place) => rm(fileOf(place, '-wal')),
  },
  {
    ...{ check: 'tier-disk-aside', wrong: 'a file was set aside', level: 'warning', says: /set aside as/ },
    spoil: (place) => writeFile(fileOf(place, '.corrupt-900000'), 'x'),
    mend: (place) => rm(fileOf(place, '.corrupt-900000')),
  },
];

/** A server of a bucket takes some time to load. */
export const S3_SCENARIOS: readonly PlayedScenario[] = [
  {
    ...{ check: 'tier-s3-writes', wrong: 'the server does not compare', level: 'warning', says: /If-Match/ },
    config: async () => ({ tiers: await bucket(true) }),
    badConfig: async () => ({ tiers: await bucket(false) }),
  },
];
