import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { permissionRules } from '../../../../src/redis/permissions.ts';
import type { GivenScenario, Place, PlayedScenario } from '../../../support/doctor-scenarios.ts';
import { until } from '../../../support/waiting.ts';

const RULES = permissionRules({ records: 'forewarm', entries: 'fw:' });

function set(name: string, value: string) {
  return ({ admin }: Place) => admin.config('SET', name, value);
}

async function snapshot({ admin }: Place, status: 'ok' | 'err') {
  await admin.bgsave().catch(() => undefined);
  const info = () => admin.info('persistence');
  const ended = new RegExp(`rdb_bgsave_in_progress:0[^]*rdb_last_bgsave_status:${status}`);
  await until('the end of the snapshot', info, (text) => ended.test(text));
}

/** The file of the snapshot: where a folder stands in its place, it cannot be written. */
async function snapshotOf({ admin }: Place): Promise<string> {
  return join(String(((await admin.config('GET', 'dir')) as string[])[1]), 'dump.rdb');
}

/** What the jobs Redis says of itself. */
function says(fields: Readonly<Record<string, string>>): GivenScenario['bad'] {
  return { jobsInfo: async () => (name) => fields[name] ?? '' };
}

let tick = 0;
const client = (ms: number) =>
  ({
    clients: { jobs: { ping: async () => 'PONG' } },
    clock: {
      elapsed() {
        tick += ms / 2;
        return tick;
      },
    },
  }) as unknown as GivenScenario['bad'];

const asUser = ({ server }: Place) => ({
  redis: { jobs: server.url.replace('redis://', 'redis://app:pw@') },
});
const allow = (rules: readonly string[]) => (place: Place) =>
  place.admin.call('ACL', 'SETUSER', 'app', 'reset', 'on', '>pw', ...rules);

export const REDIS_SCENARIOS: readonly (PlayedScenario | GivenScenario)[] = [
  {
    ...{ check: 'redis', wrong: 'the server is gone', level: 'problem' },
    says: /cannot reach the Redis for jobs|did not answer/,
    spoil: ({ server }) => server.kill(),
    mend: ({ server }) => server.start(),
  },
  {
    ...{ check: 'redis-version', wrong: 'the server is old', level: 'warning', says: /6\.2\.14 is older/ },
    bad: says({ redis_version: '6.2.14' }),
    good: says({ redis_version: '7.0.15' }),
  },
  {
    ...{ check: 'redis-latency', wrong: 'replies take 80 ms', level: 'warning', says: /within \d+\.\d ms/ },
    bad: client(160),
    good: client(2),
  },
  {
    ...{
      check: 'redis-role',
      wrong: 'it became a replica',
      level: 'problem',
      says: /replica of 127\.0\.0\.1/,
    },
    spoil: ({ admin, server }) => admin.replicaof('127.0.0.1', server.port + 1),
    mend: ({ admin }) => admin.replicaof('NO', 'ONE'),
  },
  {
    ...{ check: 'redis-eviction', wrong: 'it evicts', level: 'problem', says: /is allkeys-lru/ },
    spoil: set('maxmemory-policy', 'allkeys-lru'),
    mend: set('maxmemory-policy', 'noeviction'),
  },
  {
    ...{ check: 'redis-durability', wrong: 'nothing is appended', level: 'warning', says: /file is off/ },
    spoil: set('appendonly', 'no'),
    mend: set('appendonly', 'yes'),
  },
  {
    ...{ check: 'redis-persistence', wrong: 'a snapshot failed', level: 'problem', says: /snapshot failed/ },
    async spoil(place) {
      await mkdir(await snapshotOf(place));
      await snapshot(place, 'err');
    },
    async mend(place) {
      await rmdir(await snapshotOf(place));
      await snapshot(place, 'ok');
    },
  },
  {
    ...{ check: 'redis-memory', wrong: 'values share its bound', level: 'warning', says: /share a server/ },
    spoil: set('maxmemory', '50mb'),
    mend: set('maxmemory', '0'),
  },
  {
    ...{ check: 'redis-connections', wrong: 'few more are allowed', level: 'warning', says: /of at most/ },
    async spoil({ admin }) {
      const now = /connected_clients:(\d+)/.exec(await admin.info('clients'))?.[1];
      await admin.config('SET', 'maxclients', String(now));
    },
    mend: set('maxclients', '1000'),
  },
  {
    ...{ check: 'redis-permissions', wrong: 'the user may run no script', level: 'problem', says: /eval/ },
    config: asUser,
    before: allow(RULES),
    spoil: allow([...RULES, '-eval', '-evalsha']),
    mend: allow(RULES),
  },
  {
    ...{ check: 'redis-writes', wrong: 'its memory is full', level: 'problem', says: /refuses writes: OOM/ },
    spoil: set('maxmemory', '1'),
    mend: set('maxmemory', '0'),
  },
  {
    ...{
      check: 'redis-data',
      wrong: 'its data were lost',
      level: 'warning',
      says: /lost what was kept there/,
    },
    spoil: ({ admin }) => admin.set('forewarm:{state}:mark', `a ${Date.now() - 60_000} run-1`),
    mend: ({ admin }) => admin.set('forewarm:{state}:mark', 'a 0 '),
  },
  {
    ...{ check: 'clock', wrong: 'the host is a minute late', level: 'warning', says: /1m behind/ },
    bad: { clockBehind: () => 60_000, ...says({}) },
    good: { clockBehind: () => -200, ...says({}) },
  },
];
