/** Invalidations by tag between real processes, and from a program that does not know Forewarm. */
import { Redis } from 'ioredis';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import type { InvalidateReport } from '../../src/verbs/invalidation-shapes.ts';
import type { RunView } from '../../src/verbs/runs/run-shapes.ts';
import { ApiClient } from '../support/api-client.ts';
import { startMarkets } from '../support/markets.ts';
import { uniquePrefix } from '../support/redis.ts';
import { createSystem, sourcesOf } from '../support/system.ts';
import { until } from '../support/waiting.ts';

/** Two processes that answer reads, each with a memory of its own; one of them works, too. */
async function setup() {
  const origin = await startMarkets();
  onTestFinished(() => origin.stop());
  const prefix = uniquePrefix();
  const tagged = Object.entries(sourcesOf('markets', 'warm', ['profile', 'quote'])).map(([name, source]) => [
    name,
    { ...source, tags: ['market:{market}'] },
  ]);
  const config = {
    redis: { jobs: inject('redisUrl'), prefix },
    tiers: { redis: { prefix: `${prefix}-values:` }, disk: { path: 'cache.db' } },
    origins: { markets: { kind: 'http', url: origin.url } },
    sources: Object.fromEntries(tagged),
  };
  const system = await createSystem({ markets: 3, config });
  onTestFinished(() => system.close());
  const worker = await system.start('up', '--warm', '--no-scheduler');
  await worker.event('warmed');
  const [one, two] = [ApiClient.of(worker), ApiClient.of(await system.start('api'))];
  const [market = ''] = system.markets;
  const keys = [`profile:${market}`, `quote:${market}`];
  // Both have the values in memory.
  for (const api of [one, two]) for (const key of keys) expect((await api.entry(key)).status).toBe(200);
  await origin.resetCounters();
  return { origin, system, prefix, one, two, market, keys };
}

const gone = (api: ApiClient, key: string) =>
  until(
    `the end of ${key}`,
    () => api.entry(key),
    ({ status }) => status === 404,
  );

describe('an invalidation by tag', () => {
  it('is obeyed at once where it was made, soon in the memory of others, and is not undone by a fetch in flight', async () => {
    const { origin, one, two, market, keys } = await setup();
    const [key = '', quote = ''] = keys;
    await origin.control({ latency: 800, spread: 0 });
    const run = await one.json<RunView>('POST', '/v1/runs', { selector: `key=${key}`, force: true });
    await until(
      'the call',
      () => origin.counters(),
      ({ calls }) => calls === 1,
    );
    const body = { selector: `tag=market:${market}`, mode: 'drop' };
    const report = await one.json<InvalidateReport>('POST', '/v1/invalidations', body);
    expect(report).toMatchObject({ keys: null, mode: 'drop' });
    expect((await one.entry(key)).status).toBe(404);
    await gone(two, quote);
    const look = async () => {
      const { status } = await two.entry(key);
      const { calls } = await origin.counters();
      if (calls === 1) expect(status).toBe(404);
      return calls;
    };
    await until('another fetch', look, (calls) => calls === 2);
    const ended = () => one.json<RunView>('GET', `/v1/runs/${run.id}`);
    const { counts } = await until('the end of the run', ended, ({ state }) => state === 'ended');
    expect(counts).toMatchObject({ warmed: 1 });
    for (const api of [one, two]) expect((await api.entry(key)).status).toBe(200);
  });

  it('can come from any program, with one command to Redis, also while no process runs', async () => {
    const { system, prefix, one, two, market, keys } = await setup();
    const [key = '', quote = ''] = keys;
    const redis = new Redis(inject('redisUrl'));
    onTestFinished(() => redis.disconnect());
    await redis.call('XADD', `${prefix}:invalidate`, '*', 'tag', `market:${market}`, 'mode', 'drop');
    for (const api of [one, two]) await gone(api, key);
    await system.end();
    const [, other = ''] = system.markets;
    await redis.call('XADD', `${prefix}:invalidate`, '*', 'tag', `market:${other}`, 'mode', 'drop');
    const late = ApiClient.of(await system.start('api'));
    expect((await late.entry(`profile:${other}`)).status).toBe(404);
    expect((await late.entry(quote)).status).toBe(404);
    expect(await redis.xlen(`${prefix}:invalidate`)).toBe(0);
  });
});
