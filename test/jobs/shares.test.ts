/** Users of one budget side by side: each gets its share of the calls, whoever came first. */
import { describe, expect, test } from 'vitest';
import type { Temperature } from '../../src/core/source.ts';
import { refreshJob } from '../../src/jobs/queueing.ts';
import { buildLiveJobs } from '../support/build-jobs.ts';
import { keysOf, marketsCsv, sourceWith } from '../support/sources.ts';
import { until } from '../support/waiting.ts';
import { endOfRun, plannedRun, startWorkers } from './run.steps.ts';

/** Keys that are to be refreshed of each. */
const MANY = 60;
/** Keys of a chunk. The run has as many chunks as a worker may have jobs of it. */
const CHUNK = 100;
const MARKETS = 3 * CHUNK;

const SOURCES = (['hot', 'warm', 'cold'] as const).map((temperature) =>
  sourceWith({ name: temperature, temperature, template: `${temperature}:{market}` }),
);

type Refreshed = Exclude<Temperature, 'cold'>;

/** A run has every slot that it may have, and is calling; then keys of these are to be refreshed. */
async function besideRun(refreshed: readonly Refreshed[], keys: number) {
  const budget = { rate: { calls: 300, perMs: 1_000 }, concurrency: 8 };
  const jobs = buildLiveJobs({
    ...{ sources: SOURCES, entities: { markets: marketsCsv(MARKETS) }, budget, patienceMs: 60_000 },
    chunkSize: CHUNK,
  });
  await plannedRun(jobs, { selector: 'source=cold', force: true });
  await startWorkers(jobs);
  await until(
    'calls of the run',
    async () => jobs.origin.calls.length,
    (calls) => calls > 20,
  );
  await jobs.queue.add(
    refreshed.flatMap((name) => {
      const source = SOURCES.find((each) => each.name === name) ?? SOURCES[0];
      return source === undefined
        ? []
        : [refreshJob(`ask-${name}`, { step: 'warm', source: name, keys: keysOf(keys, name) }, source)];
    }),
  );
  return jobs;
}

function hotDone({ origin }: Awaited<ReturnType<typeof besideRun>>, keys: number): Promise<number> {
  return until(
    'all of hot',
    async () => origin.calls.filter(({ source }) => source === 'hot').length,
    (calls) => calls === keys,
  );
}

/** Calls by source, out of the first so many once every source is called. */
function shares({ origin }: Awaited<ReturnType<typeof besideRun>>, of: readonly string[], calls: number) {
  const called = origin.calls.map(({ source }) => source);
  const first = Math.max(...of.map((name) => called.indexOf(name)));
  const looked = called.slice(first, first + calls);
  return Object.fromEntries(of.map((name) => [name, looked.filter((each) => each === name).length]));
}

describe('a run that has the whole budget', () => {
  test('gives hot and warm refreshes their shares as soon as there are any: 25 and 15 to its 10', async () => {
    const jobs = await besideRun(['hot', 'warm'], MANY);
    const all = ['hot', 'warm', 'cold'];
    await hotDone(jobs, MANY);
    const { hot = 0, warm = 0, cold = 0 } = shares(jobs, all, 100);
    expect(Math.abs(hot - 50), `hot ${hot} of 100`).toBeLessThanOrEqual(8);
    expect(Math.abs(warm - 30), `warm ${warm} of 100`).toBeLessThanOrEqual(8);
    expect(Math.abs(cold - 20), `run ${cold} of 100`).toBeLessThanOrEqual(8);
    expect((await endOfRun(jobs)).counts.warmed).toBe(MARKETS);
  });

  test('gives a few values that are hot their calls before any of its chunks has ended', async () => {
    const jobs = await besideRun(['hot'], 8);
    await hotDone(jobs, 8);
    expect(jobs.origin.calls.length, 'calls until then').toBeLessThan(CHUNK);
  });
});
