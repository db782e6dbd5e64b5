import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { sumOf } from '../../src/core/outcome.ts';
import { ApiClient } from '../support/api-client.ts';
import { runForewarm } from '../support/forewarm-process.ts';
import { startMarkets } from '../support/markets.ts';
import { uniquePrefix } from '../support/redis.ts';
import { createSystem, finished, sourcesOf, warm } from '../support/system.ts';

const MARKETS = 40;

/** One source that asks for a key per call, with conditions; and one that asks for many, without. */
async function setup() {
  const markets = await startMarkets();
  onTestFinished(() => markets.stop());
  const prefix = uniquePrefix();
  const quotes = { path: '/markets/quotes', query: { ids: '{market...}' }, size: 10 };
  const batch = { ...quotes, items: 'items', id: 'id', value: 'value' };
  const config = {
    redis: { jobs: inject('redisUrl'), prefix },
    tiers: { redis: { prefix: `${prefix}-values:` }, disk: { path: 'cache.db' } },
    origins: { markets: { kind: 'http', url: markets.url } },
    sources: {
      ...sourcesOf('markets'),
      quote: { origin: 'markets', key: 'quote:{market}', request: { batch } },
    },
  };
  const system = await createSystem({ markets: MARKETS, config });
  onTestFinished(() => system.close());
  const api = ApiClient.of(await system.start('up', '--no-scheduler'));
  const client = await system.client();
  const keys = ['profile', 'quote'].flatMap((source) => system.markets.map((id) => `${source}:${id}`));
  const run = async (force: boolean) => finished(client, await warm(client, { force }));
  const values = async () => Promise.all(keys.map(async (key) => (await api.entry(key)).body));
  return { markets, system, api, keys, run, values };
}

describe('an origin that begins to answer with empty bodies', () => {
  it('has every answer refused, and every old value is still served, byte for byte', async () => {
    const { markets, system, keys, run, values } = await setup();
    expect((await run(false)).counts).toMatchObject({ warmed: keys.length });
    const before = await values();
    expect(new Set(before).size).toBe(keys.length);

    await markets.control({ emptyRate: 1 });
    const { counts, total, endedReason } = await run(true);
    expect({ refused: counts.refused, sum: sumOf({ ...counts }), total, endedReason }).toEqual({
      ...{ refused: keys.length, sum: keys.length, total: keys.length, endedReason: 'finished' },
    });
    expect((await markets.counters()).empty).toBeGreaterThan(0);
    expect(await values()).toEqual(before);
    for (const i of [0, keys.length - 1]) {
      const { code, stdout } = await runForewarm(system.config, ['get', keys[i] ?? '']);
      expect([code, stdout.toString()]).toEqual([0, before[i]]);
    }

    await markets.control({ emptyRate: 0 });
    expect((await run(true)).counts).toMatchObject({ warmed: MARKETS, unchanged: MARKETS, refused: 0 });
    expect((await values()).slice(0, MARKETS)).toEqual(before.slice(0, MARKETS));
  });
});
