import { describe, expect, inject, it, onTestFinished } from 'vitest';
import type { Markets } from '../support/markets.ts';
import { startMarkets } from '../support/markets.ts';
import { uniquePrefix } from '../support/redis.ts';
import { createSystem, finished, sourcesOf, warm } from '../support/system.ts';
import { until } from '../support/waiting.ts';

interface Budget {
  readonly rate: string;
  readonly concurrency: number;
}

async function startOrigin(limits: Parameters<typeof startMarkets>[0]): Promise<Markets> {
  const markets = await startMarkets(limits);
  onTestFinished(() => markets.stop());
  return markets;
}

/** Two workers; a source `profile` at the origin `markets`, and `summary` at `other` where there is one. */
async function setup(markets: number, budget: Budget, origin: Markets, other?: Markets) {
  const prefix = uniquePrefix();
  const config = {
    redis: { jobs: inject('redisUrl'), prefix },
    tiers: { redis: { prefix: `${prefix}-values:` }, disk: { path: 'cache.db' } },
    origins: {
      markets: { kind: 'http', url: origin.url, ...budget },
      ...(other && { other: { kind: 'http', url: other.url, concurrency: 8 } }),
    },
    sources: { ...sourcesOf('markets'), ...(other && sourcesOf('other', 'warm', ['summary'])) },
  };
  const system = await createSystem({ markets, config });
  onTestFinished(() => system.close());
  await Promise.all([system.start('worker'), system.start('worker')]);
  return system.client();
}

describe('two workers', () => {
  it('together never exceed an origin whose limits lie above the configured budget', async () => {
    // The origin counts arrivals: a network and a busy machine bunch calls that began evenly spaced.
    const origin = await startOrigin({ rate: 150, concurrency: 6, latency: 10 });
    const client = await setup(300, { rate: '100/s', concurrency: 6 }, origin);
    const run = await finished(client, await warm(client));
    expect(run.counts).toMatchObject({ warmed: 300 });
    const { calls, throttled, peakPerSecond, peakInFlight } = await origin.counters();
    expect({ calls, throttled }).toEqual({ calls: 300, throttled: 0 });
    expect(peakPerSecond).toBeLessThanOrEqual(150);
    // On a busy machine two workers are far below what they may.
    expect(peakPerSecond).toBeGreaterThan(10);
    expect(peakInFlight).toBeLessThanOrEqual(6);
    // The rate was kept over the whole run, not only in each second.
    const took = (run.endedAt ?? 0) - (run.startedAt ?? 0);
    expect(took).toBeGreaterThanOrEqual(2_900);
  });

  it('slow one origin down when it says 429, and no other, and still warm every key', async () => {
    const origin = await startOrigin({ rate: 40 });
    const other = await startOrigin({});
    const client = await setup(150, { rate: '400/s', concurrency: 8 }, origin, other);
    const slowed = await warm(client, { selector: 'source=profile' });
    const free = await warm(client, { selector: 'source=summary' });
    const slower = { markets: 0, other: 0 };
    const look = async () => {
      const [{ state }, { origins }] = await Promise.all([client.verbs.run(slowed), client.verbs.stats()]);
      for (const { origin: name, pausedUntil, lowered } of origins) {
        if (pausedUntil !== null || lowered !== null) slower[name === 'other' ? 'other' : 'markets'] += 1;
      }
      return state;
    };
    await until('the end of the slow run', look, (state) => state === 'ended');
    const [first, second] = await Promise.all([finished(client, slowed), finished(client, free)]);
    expect(first.counts).toMatchObject({ warmed: 150 });
    expect(second.counts).toMatchObject({ warmed: 150 });
    expect(second.endedAt).toBeLessThan(first.endedAt ?? 0);
    expect(slower.markets).toBeGreaterThan(0);
    expect(slower.other).toBe(0);
    expect((await other.counters()).throttled).toBe(0);
    const { throttled } = await origin.counters();
    expect(throttled).toBeGreaterThan(0);
    // Each pause costs the origin at most the calls that were under way when it began.
    expect(throttled).toBeLessThan(150);
  });
});
