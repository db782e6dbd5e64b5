import { describe, expect, test } from 'vitest';
import { OriginError } from '../../../src/core/errors.ts';
import type { BenchRequest } from '../../../src/verbs/maintenance/bench-report.ts';
import { buildJobs, type Jobs, type JobsOptions } from '../../support/build-jobs.ts';
import { entryOf } from '../../support/entries.ts';
import { keysOf, marketsCsv, sourceWith } from '../../support/sources.ts';
import { NEVER } from '../../warming/warm.steps.ts';
import { verbsOf } from '../verbs.steps.ts';
import { byKey, store } from './maintenance.steps.ts';

const BODY = JSON.stringify({ text: 'warm '.repeat(200) });

/** Jobs that hold profiles; a look at the clock takes 20 ms, so that nothing goes on for long. */
async function holding(count = 20, options: JobsOptions = {}): Promise<Jobs> {
  const jobs = buildJobs({ entities: { markets: marketsCsv(count) }, ...options });
  let elapsed = 0;
  jobs.clock.elapsed = () => {
    elapsed += 20;
    return elapsed;
  };
  await store(
    jobs,
    keysOf(count).map((key) => entryOf(key, BODY)),
  );
  return jobs;
}

function bench(jobs: Jobs, change: Partial<BenchRequest> = {}) {
  return verbsOf(jobs).bench({ selector: '', keys: 200, calls: 3, ...change }, NEVER);
}

const tiersOf = ({ memory, shared, disk }: Jobs) => [memory, shared, disk];

/** Everything that the tiers hold, and what the catalog knows. */
async function everything(jobs: Jobs) {
  const tiers = await Promise.all(
    tiersOf(jobs).map(async (tier) => {
      const keys: string[] = [];
      for await (const page of tier.scan('', NEVER)) keys.push(...page.map(({ key }) => key));
      return byKey(await tier.getMany(keys, 'entry', NEVER));
    }),
  );
  return { tiers, catalog: await jobs.catalog.scan('profile', undefined, 1_000) };
}

describe('a bench', () => {
  test('measures every tier and every way to compress', async () => {
    const report = await bench(await holding(120));
    expect(report).toMatchObject({ keys: 120, bytes: 120 * BODY.length });
    for (const tier of report.tiers) {
      expect(tier).toMatchObject({ held: 120, left: 0, error: null });
      for (const timing of [tier.get, tier.getMany, tier.put, tier.putMany]) {
        expect(timing?.calls).toBeGreaterThan(10);
        expect(timing?.p50).toBeGreaterThan(0);
      }
      expect(tier.getMany?.keys).toBeGreaterThan(tier.getMany?.calls ?? 0);
    }
    expect(report.tiers.map(({ tier }) => tier)).toEqual(['memory', 'redis', 'disk']);
    expect(new Set(report.compression.map((row) => row.with))).toEqual(new Set(['zstd', 'gzip', 'brotli']));
    for (const { ratio } of report.compression) expect(ratio).toBeGreaterThan(10);
  });

  test('changes no value, and leaves nothing behind', async () => {
    const jobs = await holding();
    const before = await everything(jobs);
    await bench(jobs);
    expect(await everything(jobs)).toEqual(before);
  });

  test('leaves nothing behind when it is stopped in the middle of its writes', async () => {
    const jobs = await holding();
    const before = await everything(jobs);
    const stop = new AbortController();
    const write = jobs.shared.putMany.bind(jobs.shared);
    jobs.shared.putMany = (writes, signal) => {
      if (writes.length > 1) stop.abort(new Error('enough'));
      return write(writes, signal);
    };
    await expect(verbsOf(jobs).bench({ selector: '', keys: 20, calls: 3 }, stop.signal)).rejects.toThrow(
      'enough',
    );
    expect(await everything(jobs)).toEqual(before);
  });

  test('makes no more calls than it is told to, each with a permit, and stores no answer', async () => {
    const jobs = await holding();
    const { origins } = await bench(jobs, { calls: 2 });
    expect(jobs.origin.calls).toHaveLength(2);
    expect(jobs.ledger).toMatchObject({ given: 2, out: 0 });
    expect(origins).toMatchObject([{ source: 'profile', tier: 'memory', call: { calls: 2 }, error: null }]);
    expect(origins[0]?.timesFaster).toBeGreaterThan(0);
    await bench(jobs, { calls: 0 });
    expect(jobs.origin.calls).toHaveLength(2);
  });

  test('lets sources take turns, and asks for whole batches', async () => {
    const sources = [sourceWith({ keysPerCall: 5 }), sourceWith({ name: 'quote' })];
    const jobs = await holding(20, { sources });
    await store(jobs, [entryOf('quote:m1', '1', { source: 'quote' })]);
    // Which source comes first is as Redis has it.
    await bench(jobs, { calls: 4 });
    const calls = jobs.origin.calls.map(({ source, requests }) => `${source} ${requests.length}`);
    expect(calls.slice(0, 2).sort()).toEqual(['profile 5', 'quote 1']);
    expect(calls.slice(2).sort()).toEqual(['profile 5', 'quote 1']);
  });

  test('leaves an origin alone that asks for it', async () => {
    const jobs = await holding();
    jobs.origin.answer(() => {
      throw new OriginError('throttled', '429', { retryAt: Date.now() + 60_000 });
    });
    const { origins } = await bench(jobs, { calls: 10 });
    expect(jobs.origin.calls).toHaveLength(1);
    expect(origins).toMatchObject([{ call: null, error: '429' }]);
    expect((await jobs.ledger.state('markets')).pauseReason).toBe('429');
  });

  test('goes on when a tier does not answer, and says so', async () => {
    const jobs = await holding();
    jobs.disk.chaos.down = true;
    const { tiers } = await bench(jobs);
    expect(tiers.map(({ error }) => error)).toEqual([null, null, 'chaos: down']);
    expect(tiers[2]).toMatchObject({ get: null, left: 20 });
  });

  test('works on what is selected and stored, and on no more than it is told', async () => {
    const jobs = await holding();
    expect((await bench(jobs, { keys: 7 })).keys).toBe(7);
    expect((await bench(jobs, { selector: 'key=profile:m1' })).keys).toBe(1);
    expect(await bench(buildJobs())).toMatchObject({ keys: 0, tiers: [], compression: [], origins: [] });
  });
});
