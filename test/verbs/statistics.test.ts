import { describe, expect, test } from 'vitest';
import { statsView } from '../../src/verbs/statistics-view.ts';
import { buildJobs, buildLiveJobs } from '../support/build-jobs.ts';
import { keysOf } from '../support/sources.ts';
import { warm } from '../warming/warm.steps.ts';
import { verbsOf } from './verbs.steps.ts';

describe('stats', () => {
  test('shows processes, tiers, sources, origins and lanes as they are', async () => {
    const budget = { rate: { calls: 50, perMs: 1_000 }, concurrency: 3 };
    const jobs = buildLiveJobs({ budget });
    const { clock, registry, catalog, ledger, queue } = jobs;
    const now = clock.now();
    const beat = { id: 'p1', roles: ['worker'], host: 'h', pid: 7, startedAt: now, seenAt: now };
    await registry.beat({ ...beat, memory: undefined, statistics: undefined });
    await catalog.track('profile', keysOf(10), now + 600_000);
    await warm(jobs, { keys: keysOf(3) });
    await ledger.pause('markets', now + 60_000, '429');
    await queue.add([
      { id: 'j1', lane: 'markets', kind: 'refresh', payload: {}, priority: 1, delayMs: 0 },
      { id: 'j2', lane: 'control', kind: 'gc', payload: {}, priority: 1, delayMs: 60_000 },
    ]);
    jobs.disk.chaos.down = true;
    const seen = statsView.parse(await verbsOf(jobs).stats());
    expect(seen.processes).toEqual([{ ...beat, memory: null, statistics: null }]);
    expect(seen.tiers).toEqual([
      { tier: 'memory', entries: 3, bytes: expect.any(Number), error: null },
      { tier: 'redis', entries: expect.any(Number), bytes: expect.any(Number), error: null },
      { tier: 'disk', entries: 0, bytes: 0, error: 'chaos: down' },
    ]);
    expect(seen.sources).toMatchObject([
      { source: 'profile', temperature: 'warm', keys: 10, due: 0, failing: 0, outcomes: { warmed: 3 } },
    ]);
    expect(seen.origins).toMatchObject([
      { origin: 'markets', pausedUntil: now + 60_000, pauseReason: '429', rate: '50/s', concurrency: 3 },
    ]);
    expect(seen.lanes).toEqual([
      { lane: 'control', configured: true, waiting: 0, delayed: 1, active: 0, failed: 0 },
      { lane: 'markets', configured: true, waiting: 1, delayed: 0, active: 0, failed: 0 },
    ]);
  });

  test('of an origin that is not paused and has no rate say so', async () => {
    const { origins } = await verbsOf(buildJobs()).stats();
    expect(origins).toMatchObject([{ pausedUntil: null, pauseReason: null, rate: null, inFlight: 0 }]);
  });
});
