/** Redis is killed while an application reads: no read fails, none waits long, and soon after its return all is as before. */
import { readFile } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { connect } from 'forewarm';
import { expect, onTestFinished, test } from 'vitest';
import { configOf, newPlace, openReader, PROFILE } from '../client/reader.steps.ts';
import { startMarkets } from '../support/markets.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { until } from '../support/waiting.ts';

const READS_PER_SECOND = 200;
const DOWN_MS = 6_000;
const BACK_WITHIN_MS = 5_000;
/** Markets of the example origin that are read again and again. */
const WARM = ['5128581', '5368361', '4887398', '4699066', '4684888'];

interface Read {
  /** When it began, monotonic ms. */
  readonly at: number;
  readonly ms: number;
  readonly market: string | undefined;
  readonly failure: unknown;
}

type Get = (market: string) => Promise<{ readonly market: string } | undefined>;

async function readOnce(get: Get, market: string): Promise<Read> {
  const at = performance.now();
  try {
    const value = await get(market);
    return { at, ms: performance.now() - at, market: value?.market, failure: undefined };
  } catch (failure) {
    return { at, ms: performance.now() - at, market: undefined, failure };
  }
}

/**
 * Reads at an even pace, whether or not earlier reads have ended; a machine that is too busy for it reads less often. Each fourth
 * read is of a market that was never read.
 */
function readSteadily(get: Get, cold: readonly string[]) {
  const reads: Promise<Read>[] = [];
  const timer = setInterval(() => {
    const n = reads.length;
    const market = (n % 4 === 3 ? cold[(n - 3) / 4] : undefined) ?? WARM[n % WARM.length] ?? '';
    reads.push(readOnce(get, market));
  }, 1_000 / READS_PER_SECOND);
  return async (): Promise<Read[]> => {
    clearInterval(timer);
    return Promise.all(reads);
  };
}

/** Calls the origin without a reader, ten times a second. Returns how long each call took, in ms. */
function callSteadily(url: string) {
  const calls: Promise<number>[] = [];
  const call = async () => {
    const began = performance.now();
    const response = await fetch(`${url}/markets/${WARM[0]}/profile`);
    await response.arrayBuffer();
    return performance.now() - began;
  };
  const timer = setInterval(() => calls.push(call()), 100);
  return async (): Promise<number[]> => {
    clearInterval(timer);
    return Promise.all(calls);
  };
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function ownRedis(): Promise<RedisServer> {
  const server = await startRedisServer();
  onTestFinished(() => server.remove());
  return server;
}

/** Markets of the example, but for those that are read again and again. */
async function coldMarkets(): Promise<string[]> {
  const [, ...rows] = (await readFile('examples/markets/markets.csv', 'utf8')).trim().split('\n');
  return rows.map((row) => row.slice(0, row.indexOf(','))).filter((market) => !WARM.includes(market));
}

test('200 reads a second go on while Redis is killed and comes back', { timeout: 60_000 }, async () => {
  const markets = await startMarkets();
  onTestFinished(() => markets.stop());
  const server = await ownRedis();
  const place = newPlace();
  const config = configOf(place, {
    redis: { jobs: server.url },
    origins: { markets: { kind: 'http', url: markets.url, concurrency: 64 } },
    sources: { profile: { ...PROFILE, miss: 'origin' } },
  });
  // Without a memory, so that each read meets the outage.
  const reader = await openReader(place, {
    ...config,
    tiers: { ...config.tiers, memory: { enabled: false } },
  });
  const profile = reader.source<{ readonly market: string }>('profile');
  const get: Get = (market) => profile.get({ market });
  await Promise.all(WARM.map(get));

  let redisAnswers = 0;
  reader.on('tier:call', ({ tier, verb, ok }) => {
    if (tier === 'redis' && verb === 'get' && ok) redisAnswers = performance.now();
  });
  // What this machine itself is late by, with whatever else runs on it, does not count against the reader.
  const lateness = monitorEventLoopDelay({ resolution: 5 });
  lateness.enable();
  const bare = callSteadily(markets.url);
  const stop = readSteadily(get, await coldMarkets());
  await pause(1_000);
  await server.kill();
  const killedAt = performance.now();
  await pause(DOWN_MS);
  await server.start();
  const backAt = performance.now();
  let normalAt = Number.POSITIVE_INFINITY;
  while (performance.now() - backAt < BACK_WITHIN_MS) {
    await pause(20);
    if (redisAnswers > backAt) normalAt = Math.min(normalAt, redisAnswers);
  }
  const reads = await stop();
  // A read that is loaded makes four calls, one after the other: leases, permit, origin, tiers.
  const late = lateness.percentile(99) / 1e6 + 4 * percentile(await bare(), 0.99);

  expect(reads.filter(({ failure }) => failure !== undefined)).toEqual([]);
  expect(reads.filter(({ market }) => market === undefined)).toEqual([]);
  const down = reads.filter(({ at }) => at >= killedAt && at < backAt).map(({ ms }) => ms);
  expect(down.length).toBeGreaterThan((DOWN_MS / 1_000) * READS_PER_SECOND * 0.1);
  expect(percentile(down, 0.99)).toBeLessThan(50 + late);
  expect(normalAt - backAt).toBeLessThan(BACK_WITHIN_MS);
  const last = reads.filter(({ at }) => at > backAt + BACK_WITHIN_MS - 1_000).map(({ ms }) => ms);
  expect(percentile(last, 0.99)).toBeLessThan(50 + late);
});

test('an application that starts while Redis is away reads from disk, and from Redis when it is back', async () => {
  const server = await ownRedis();
  const place = newPlace();
  const config = { ...configOf(place, { redis: { jobs: server.url } }) };
  const before = await connect({ config, env: {} });
  await before.set('profile:denver', { name: 'Denver' });
  await before.close();
  await server.stop();
  const reader = await openReader(place, config);
  expect(await reader.get('profile:denver')).toEqual({ name: 'Denver' });
  expect(await reader.get('profile:nowhere')).toBeUndefined();
  await expect(reader.set('profile:boulder', { name: 'Boulder' })).rejects.toThrow(
    'the Redis for jobs is away',
  );
  await server.start();
  const write = () => reader.set('profile:boulder', { name: 'Boulder' }).catch(() => false);
  await until('a write', write, Boolean);
  expect(await reader.get('profile:boulder')).toEqual({ name: 'Boulder' });
});
