import { describe, expect, inject, it, onTestFinished } from 'vitest';
import type { Inspection } from '../../src/verbs/inspection-shapes.ts';
import type { InvalidateReport } from '../../src/verbs/invalidation-shapes.ts';
import type { RunView } from '../../src/verbs/runs/run-shapes.ts';
import { ApiClient } from '../support/api-client.ts';
import { startMarkets } from '../support/markets.ts';
import { uniquePrefix } from '../support/redis.ts';
import { createSystem, sourcesOf } from '../support/system.ts';
import { until } from '../support/waiting.ts';

/** Profiles without anything that a later call could be conditional on: the origin always answers with the whole value. */
const WHOLE = {
  profile: {
    origin: 'markets',
    key: 'profile:{market}',
    request: {
      batch: {
        path: '/markets/profiles',
        query: { ids: '{market...}' },
        items: 'items',
        id: 'id',
        value: 'value',
      },
    },
  },
};

/** A process that has warmed three keys, and serves them. */
async function setup(source: string, sources: object = sourcesOf('markets', 'warm', [source])) {
  const origin = await startMarkets();
  onTestFinished(() => origin.stop());
  const prefix = uniquePrefix();
  const config = {
    redis: { jobs: inject('redisUrl'), prefix },
    tiers: { redis: { prefix: `${prefix}-values:` }, disk: { path: 'cache.db' } },
    origins: { markets: { kind: 'http', url: origin.url } },
    sources,
  };
  const system = await createSystem({ markets: 3, config });
  onTestFinished(() => system.close());
  const process = await system.start('up', '--warm', '--no-scheduler');
  await process.event('warmed');
  await origin.resetCounters();
  const api = ApiClient.of(process);
  const key = `${source}:${system.markets[1]}`;
  return {
    ...{ origin, api, key },
    /** Every call takes this long, in ms, from now on. */
    slow: (latency: number) => origin.control({ latency, spread: 0 }),
    invalidate: (mode: 'stale' | 'drop', rewarm = false) =>
      api.json<InvalidateReport>('POST', '/v1/invalidations', { selector: `key=${key}`, mode, rewarm }),
    begun: (calls: number) =>
      until(
        `call ${calls}`,
        () => origin.counters(),
        (counters) => counters.calls >= calls,
      ),
    ended: (run: string | null) =>
      until(
        'the end of the run',
        () => api.json<RunView>('GET', `/v1/runs/${run}`),
        ({ state }) => state === 'ended',
      ),
  };
}

describe('an invalidation that drops', () => {
  it('is obeyed at once, in every tier, and a rewarm brings the value back', async () => {
    const { origin, api, key, invalidate, ended } = await setup('profile');
    const { body } = await api.entry(key);
    expect(await invalidate('drop')).toMatchObject({ keys: 1, mode: 'drop' });
    expect((await api.entry(key)).status).toBe(404);
    expect((await origin.counters()).calls).toBe(0);
    const { run } = await invalidate('drop', true);
    expect((await ended(run)).counts).toMatchObject({ warmed: 1 });
    expect(await api.entry(key)).toMatchObject({ status: 200, body });
  });

  it('is not undone by a fetch that began before it', async () => {
    const { origin, api, key, slow, invalidate, begun, ended } = await setup('profile', WHOLE);
    await slow(800);
    const run = await api.json<RunView>('POST', '/v1/runs', { selector: `key=${key}`, force: true });
    await begun(1);
    const { stamp } = await invalidate('drop');
    const look = async () => {
      const { status } = await api.entry(key);
      const { calls } = await origin.counters();
      // The second call asks for a value of after the invalidation.
      if (calls === 1) expect(status).toBe(404);
      return calls;
    };
    await until('another fetch', look, (calls) => calls === 2);
    expect((await ended(run.id)).counts).toMatchObject({ warmed: 1 });
    const { tiers } = await api.json<Inspection>('GET', `/v1/inspections/${encodeURIComponent(key)}`);
    expect(tiers.map(({ tier }) => tier)).toEqual(['memory', 'redis', 'disk']);
    for (const { head } of tiers) expect(head?.stamp ?? Infinity).toBeGreaterThan(stamp ?? 0);
    expect((await api.entry(key)).status).toBe(200);
    expect((await origin.counters()).calls).toBe(2);
  });
});

describe('an invalidation that makes stale', () => {
  it('leaves the old value served until the new one lands', async () => {
    const { api, key, slow, invalidate, begun, ended } = await setup('quote');
    const old = await api.entry(key);
    expect(old.headers.get('x-forewarm-freshness')).toBe('fresh');
    await slow(800);
    const { run, stamp } = await invalidate('stale', true);
    expect(stamp).not.toBeNull();
    await begun(1);
    const during = await api.entry(key);
    expect(during).toMatchObject({ status: 200, body: old.body });
    expect(during.headers.get('x-forewarm-freshness')).toBe('stale');
    expect((await ended(run)).counts.failed).toBe(0);
    const after = await api.entry(key);
    expect(after.status).toBe(200);
    expect(after.headers.get('x-forewarm-freshness')).toBe('fresh');
  });
});
