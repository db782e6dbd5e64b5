import { describe, expect, test } from 'vitest';
import { type Arrival, BATCH, type Ended, ResultWriter } from '../../src/warming/result-writer.ts';
import { buildJobs, type Jobs } from '../support/build-jobs.ts';
import { entryOf } from '../support/entries.ts';
import { keysOf, sourceWith } from '../support/sources.ts';
import { until } from '../support/waiting.ts';
import { NEVER } from './warm.steps.ts';

const KEYS = keysOf(3 * BATCH);

/** A sink that takes arrivals as they are, of a task of many keys, and what it told. */
function create(jobs: Jobs, ended: (batch: readonly Ended[]) => Promise<void> = async () => {}) {
  const batches: number[][] = [];
  const task = {
    ...{ source: sourceWith(), keys: KEYS, run: undefined },
    judge: (answers: readonly Arrival[]) => ({ arrivals: answers, ended: [], unfinished: [] }),
    onEnded: async (batch: readonly Ended[]) => {
      batches.push(batch.map(({ index }) => index));
      await ended(batch);
    },
  };
  return { sink: new ResultWriter(jobs, task), batches };
}

function arrival(index: number): Arrival {
  const entry = entryOf(KEYS[index] ?? '', '1');
  const { head } = entry;
  return { index, outcome: 'warmed', dueAt: head.dueAt, write: { kind: 'put', entry }, fenced: head };
}

function arrivals(from: number, to: number): Arrival[] {
  return Array.from({ length: to - from }, (_, i) => arrival(from + i));
}

async function stored({ disk }: Jobs): Promise<number> {
  return (await disk.getMany(KEYS, 'head', NEVER)).filter((entry) => entry !== undefined).length;
}

describe('values on their way into the tiers', () => {
  test('are written together, in one round trip per full batch, and told once they are written', async () => {
    const jobs = buildJobs();
    const { sink, batches } = create(jobs, async (batch) => {
      const keys = batch.map(({ index }) => KEYS[index] ?? '');
      expect(await jobs.disk.getMany(keys, 'head', NEVER)).not.toContain(undefined);
    });
    const before = jobs.shared.calls;
    const count = 2 * BATCH + 2;
    for (let i = 0; i < count; i += 1) sink.put([arrival(i)]);
    await sink.drain();
    expect(jobs.shared.calls - before).toBe(3);
    expect(batches.map(({ length }) => length)).toEqual([BATCH, BATCH, 2]);
    expect(batches.flat()).toEqual(arrivals(0, count).map(({ index }) => index));
  });

  test('do not wait for others longer than a moment, however slow the origin is', async () => {
    const jobs = buildJobs();
    const { sink, batches } = create(jobs);
    sink.put([arrival(0)]);
    await jobs.clock.advance(24);
    expect(await stored(jobs)).toBe(0);
    await jobs.clock.advance(1);
    await until(
      'the write',
      async () => batches.length,
      (length) => length === 1,
    );
    expect(await stored(jobs)).toBe(1);
    expect(jobs.clock.timers).toBe(0);
    await sink.drain();
    expect(batches).toEqual([[0]]);
  });

  test('are written one batch at a time, in the order they came', async () => {
    const jobs = buildJobs();
    const { sink, batches } = create(jobs);
    sink.put(arrivals(0, BATCH));
    sink.put(arrivals(BATCH, 2 * BATCH));
    sink.put(arrivals(2 * BATCH, 2 * BATCH + 2));
    await sink.drain();
    expect(batches.map(([first]) => first)).toEqual([0, BATCH, 2 * BATCH]);
    expect(await stored(jobs)).toBe(2 * BATCH + 2);
  });

  test('that no tier takes are to be tried again, and the next batch is written all the same', async () => {
    const jobs = buildJobs();
    const { sink, batches } = create(jobs, async () => {});
    jobs.shared.chaos.failures = 1;
    jobs.disk.chaos.failures = 1;
    sink.put(arrivals(0, BATCH));
    sink.put(arrivals(BATCH, BATCH + 2));
    await sink.drain();
    expect(sink.unfinished.map(({ index }) => index)).toEqual(arrivals(0, BATCH).map(({ index }) => index));
    expect(batches).toEqual([[BATCH, BATCH + 1]]);
  });

  test('whose end cannot be recorded reject the drain, though nobody waited when it happened', async () => {
    const jobs = buildJobs();
    const { sink } = create(jobs, () => Promise.reject(new Error('the run store is away')));
    sink.put(arrivals(0, BATCH));
    await until(
      'the write',
      () => stored(jobs),
      (count) => count === BATCH,
    );
    await expect(sink.drain()).rejects.toThrow('the run store is away');
  });
});

test('draining a sink that got nothing does nothing', async () => {
  const jobs = buildJobs();
  const { sink, batches } = create(jobs);
  sink.put([]);
  await sink.drain();
  expect(batches).toEqual([]);
  expect(jobs.clock.timers).toBe(0);
});
