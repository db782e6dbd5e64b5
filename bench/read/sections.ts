/** What is measured of reads. */
import { type Connection, connect } from 'forewarm';
import { Redis } from 'ioredis';
import { KeySampler } from '../../src/client/key-sampler.ts';
import type { Sandbox } from '../sandbox.ts';
import { memoryPeers, redisPeers } from './peers.ts';
import { type Contender, type Timed, timeAll } from './rounds.ts';

export interface Extent {
  readonly rounds: number;
  /** Reads of a round from memory; the others are in proportion. */
  readonly reads: number;
}

/** One value for everybody: a profile of about 2 KB, as origins give them. */
export const VALUE = {
  id: 'us-co-denver',
  name: 'Denver',
  region: 'Colorado',
  latitude: 39.7392,
  longitude: -104.9847,
  population: 715_522,
  tags: ['capital', 'mountain', 'west'],
  households: { count: 301_501, median: 34.5, growth: [1.1, 1.2, 0.9, 1.4] },
  districts: Array.from({ length: 12 }, (_, i) => ({
    name: `District ${i}`,
    population: 50_000 + i,
    share: i / 78,
  })),
  about: 'The capital of Colorado lies a mile above the sea, where the plains meet the mountains. '.repeat(
    12,
  ),
};

export const KEYS = Array.from({ length: 256 }, (_, i) => `profile:us-co-denver-${i}`);
const HUNDRED = KEYS.slice(0, 100);
const MANY = KEYS.length;

type Tiers = Readonly<Record<'memory' | 'redis' | 'disk', boolean>>;

async function open({ folder, redisUrl }: Sandbox, name: string, tiers: Tiers): Promise<Connection> {
  const cache = await connect({
    env: {},
    config: {
      data: folder,
      redis: { jobs: redisUrl, prefix: name },
      tiers: {
        memory: { enabled: tiers.memory },
        redis: { enabled: tiers.redis, prefix: `${name}values:` },
        disk: { enabled: tiers.disk, path: `${folder}/${name}.db` },
      },
      // As the others do: expanding a body of this size takes longer than a round trip to Redis.
      codec: { compress: { with: 'none' } },
      origins: { markets: { kind: 'http', url: 'http://127.0.0.1:1' } },
      sources: {
        profile: {
          origin: 'markets',
          key: 'profile:{market}',
          temperature: 'cold',
          request: { path: '/markets/{market}/profile' },
        },
      },
    },
  });
  const params = KEYS.map((key) => ({ market: key.slice('profile:'.length) }));
  await cache.source<typeof VALUE>('profile').setMany(params.map((each) => [each, VALUE] as const));
  return cache;
}

function keyAt(i: number): string {
  return KEYS[i % MANY] ?? '';
}

/** One read after the other. */
function inTurn(name: string, get: (key: string) => unknown, count: number): Contender {
  const act = async (times: number) => {
    for (let i = 0; i < times; i += 1) await get(keyAt(i));
  };
  return { name, act, count };
}

/** Batches of keys, one batch after the other; counted in keys. */
function inBatches(
  name: string,
  keys: readonly string[],
  getAll: (keys: readonly string[]) => Promise<unknown>,
  count: number,
): Contender {
  const act = async (times: number) => {
    for (let done = 0; done < times; done += keys.length) await getAll(keys);
  };
  return { name, act, count: Math.ceil(count / keys.length) * keys.length };
}

const each = (get: (key: string) => Promise<unknown>) => (keys: readonly string[]) =>
  Promise.all(keys.map(get));

/** Hits in memory: one after the other, at once, and a hundred keys by one call. */
export async function readMemory(sandbox: Sandbox, { rounds, reads }: Extent) {
  // A tier that outlives the process has to be there; what is measured never asks it.
  const cache = await open(sandbox, 'memory', { memory: true, redis: false, disk: true });
  const profile = cache.source('profile');
  const params = KEYS.map((key) => ({ market: key.slice('profile:'.length) }));
  const peers = memoryPeers();
  for (const peer of peers) for (const key of KEYS) await peer.set(key, VALUE);
  const peek = (times: number) => {
    for (let i = 0; i < times; i += 1) cache.peek(keyAt(i));
  };
  const byParams = async (times: number) => {
    for (let i = 0; i < times; i += 1) await profile.get(params[i % MANY] ?? {});
  };
  const tally = new KeySampler(() => undefined, Math.random);
  const counted = (times: number) => {
    for (let i = 0; i < times; i += 1) tally.hit(keyAt(i));
  };
  const hits = await timeAll(
    [
      inTurn('forewarm get', (key) => cache.get(key), reads),
      { name: 'forewarm get by params', act: byParams, count: reads },
      { name: 'forewarm peek', act: peek, count: reads },
      { name: 'counting a read', act: counted, count: reads },
      ...peers.map((peer) => inTurn(peer.name, (key) => peer.get(key), reads)),
    ],
    rounds,
  );
  const hundreds = await timeAll(
    [
      inBatches('forewarm getMany', HUNDRED, (keys) => cache.getMany(keys), reads),
      ...peers.map((peer) =>
        inBatches(
          peer.name,
          HUNDRED,
          each((key) => peer.get(key)),
          reads,
        ),
      ),
    ],
    rounds,
  );
  await cache.close();
  return { hits, hundreds };
}

/** Hits in Redis, without a memory before it: one after the other, and all keys at once. */
export async function readRedis(sandbox: Sandbox, { rounds, reads }: Extent) {
  const cache = await open(sandbox, 'redis', { memory: false, redis: true, disk: false });
  const redis = new Redis(sandbox.redisUrl);
  const peers = redisPeers(redis);
  const text = JSON.stringify(VALUE);
  for (const key of KEYS) await redis.set(`bare:${key}`, text);
  for (const peer of peers) for (const key of KEYS) await peer.set(key, VALUE);
  const count = Math.ceil(reads / 50);
  const bareGet = async (key: string) => JSON.parse((await redis.get(`bare:${key}`)) ?? '');
  const bareAll = async (keys: readonly string[]) =>
    (await redis.mget(keys.map((key) => `bare:${key}`))).map((found) => JSON.parse(found ?? ''));
  const alone = await timeAll(
    [
      inTurn('bare GET + JSON.parse', bareGet, count),
      inTurn('forewarm get', (key) => cache.get(key), count),
      ...peers.map((peer) => inTurn(peer.name, (key) => peer.get(key), count)),
    ],
    rounds,
  );
  const together = await timeAll(
    [
      inBatches('bare MGET + JSON.parse', KEYS, bareAll, count * 4),
      inBatches(
        'forewarm get',
        KEYS,
        each((key) => cache.get(key)),
        count * 4,
      ),
      ...peers.map((peer) =>
        inBatches(
          peer.name,
          KEYS,
          each((key) => peer.get(key)),
          count * 4,
        ),
      ),
    ],
    rounds,
  );
  const hundreds = await timeAll(
    [
      inBatches('forewarm getMany', HUNDRED, (keys) => cache.getMany(keys), count),
      ...peers.map((peer) => inBatches(`${peer.name}, in turn`, HUNDRED, inSequence(peer.get), count)),
    ],
    rounds,
  );
  redis.disconnect();
  await cache.close();
  return { alone, together, hundreds };
}

const inSequence = (get: (key: string) => Promise<unknown>) => async (keys: readonly string[]) => {
  for (const key of keys) await get(key);
};

const THOUSAND = 1_000;

/** The tiers of this host, in ms: 1,000 reads of each, and a write through both. */
export async function readLocal(sandbox: Sandbox, { rounds }: Extent): Promise<Timed[]> {
  const near = await open(sandbox, 'near', { memory: true, redis: false, disk: true });
  const disk = await open(sandbox, 'disk', { memory: false, redis: false, disk: true });
  const peek = () => {
    for (let i = 0; i < THOUSAND; i += 1) near.peek(keyAt(i));
  };
  const keys = Array.from({ length: THOUSAND }, (_, i) => `profile:market-${i}`);
  await disk
    .source<typeof VALUE>('profile')
    .setMany(keys.map((key) => [{ market: key.slice('profile:'.length) }, VALUE] as const));
  const timed = await timeAll(
    [
      { name: '1,000 reads from memory', act: peek, count: 1 },
      { name: '1,000 reads from disk', act: async () => void (await disk.getMany(keys)), count: 1 },
      {
        name: 'a write through memory and disk',
        act: async () => void (await near.set(KEYS[0] ?? '', VALUE)),
        count: 1,
      },
    ],
    rounds * 3,
  );
  await Promise.all([near.close(), disk.close()]);
  return timed;
}
