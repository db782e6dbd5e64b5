import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { startMarkets } from '../support/markets.ts';
import { uniquePrefix } from '../support/redis.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { createSystem, finished, progressed, sourcesOf, warm } from '../support/system.ts';
import { until } from '../support/waiting.ts';

const CONCURRENCY = 8;

async function setup(markets: number, cache?: RedisServer) {
  const origin = await startMarkets({ latency: 20 });
  onTestFinished(() => origin.stop());
  const prefix = uniquePrefix();
  const config = {
    redis: { jobs: inject('redisUrl'), prefix, ...(cache && { cache: cache.url }) },
    tiers: { redis: { prefix: `${prefix}-values:` }, disk: { path: 'cache.db' } },
    origins: { markets: { kind: 'http', url: origin.url, concurrency: CONCURRENCY } },
    sources: sourcesOf('markets'),
  };
  const system = await createSystem({ markets, config });
  onTestFinished(() => system.close());
  await system.start('worker');
  return { origin, system, client: await system.client() };
}

describe('an origin that goes away during a run', () => {
  it('is asked a few times only until it is back, and then every key is warmed', async () => {
    const { origin, client } = await setup(600);
    const run = await warm(client);
    await progressed(client, run, 150);
    await origin.control({ outage: true });
    const pauses = new Set<number>();
    const look = async () => {
      const { origins } = await client.verbs.stats();
      for (const { pausedUntil } of origins) if (pausedUntil !== null) pauses.add(pausedUntil);
      return pauses.size;
    };
    // Three pauses, each twice as long as the one before: an outage of three seconds and more.
    await until('three pauses', look, (count) => count >= 3);
    await origin.control({ outage: false });
    const { dropped } = await origin.counters();
    const { counts, total, endedReason } = await finished(client, run);
    expect({ warmed: counts.warmed, total, endedReason }).toEqual({
      ...{ warmed: 600, total: 600, endedReason: 'finished' },
    });
    // Those that were about to begin when it went away, which a busy machine hears of late, and one probe for each pause; 450 keys wait.
    expect(dropped).toBeGreaterThanOrEqual(5);
    expect(dropped).toBeLessThanOrEqual(4 * CONCURRENCY + pauses.size);
    expect((await origin.counters()).calls).toBe(600 + dropped);
  });

  it('may refuse connections for seconds: the run waits for it', async () => {
    const { origin, client } = await setup(400);
    const run = await warm(client);
    await progressed(client, run, 100);
    await origin.control({ refuseFor: 2_500 });
    expect((await finished(client, run)).counts).toMatchObject({ warmed: 400 });
  });
});

describe('a Redis for the cache that goes away during a run', () => {
  it('costs no key its warmth, and is given what it missed without a call to the origin', async () => {
    const cache = await startRedisServer({ aof: true });
    onTestFinished(() => cache.remove());
    const { origin, client } = await setup(600, cache);
    const run = await warm(client);
    await progressed(client, run, 150);
    await cache.kill();
    const { counts, coverage } = await finished(client, run);
    expect(counts).toMatchObject({ warmed: 600 });
    expect(coverage).toMatchObject({ disk: { warm: 600, total: 600 }, redis: { warm: 0, total: 600 } });
    const { calls } = await origin.counters();
    await cache.start();
    const held = async () => {
      const { tiers } = await client.verbs.check('', 0);
      return tiers.find(({ tier }) => tier === 'redis')?.fresh;
    };
    await until('the repair of the cache', held, (fresh) => fresh === 600);
    expect((await origin.counters()).calls).toBe(calls);
  });
});
