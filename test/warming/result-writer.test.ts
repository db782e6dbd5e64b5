import { describe, expect, test } from 'vitest';
import type { Answered } from '../../src/warming/judgement.ts';
import { BATCH, ResultWriter } from '../../src/warming/result-writer.ts';
import { VectorLengths } from '../../src/warming/vector-lengths.ts';
import type { Ended } from '../../src/warming/warm-task.ts';
import { buildJobs, type Jobs } from '../support/build-jobs.ts';
import { bodyOf } from '../support/scripted-origin.ts';
import { keysOf, sourceWith } from '../support/sources.ts';
import { until } from '../support/waiting.ts';
import { NEVER } from './warm.steps.ts';

const KEYS = keysOf(3 * BATCH);

/** A writer of a task of many keys, and the batches that ended. */
function create(jobs: Jobs, ended: (batch: readonly Ended[]) => Promise<void> = async () => {}) {
  const batches: number[][] = [];
  const task = {
    ...{ source: sourceWith(), keys: KEYS, run: undefined },
    onEnded: async (batch: readonly Ended[]) => {
      batches.push(batch.map(({ index }) => index));
      await ended(batch);
    },
  };
  return { writer: new ResultWriter({ ...jobs, vectorLengths: new VectorLengths() }, task), batches };
}

function answered({ clock }: Jobs, index: number): Answered {
  const wanted = { index, key: KEYS[index] ?? '', head: undefined, params: { market: `m${index}` } };
  return { wanted, answer: bodyOf('1'), stamp: clock.now() * 1_000 + index };
}

function answers(jobs: Jobs, from: number, to: number): Answered[] {
  return Array.from({ length: to - from }, (_, i) => answered(jobs, from + i));
}

function indexes(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

async function stored({ disk }: Jobs): Promise<number> {
  return (await disk.getMany(KEYS, 'head', NEVER)).filter((entry) => entry !== undefined).length;
}

describe('values on their way into the tiers', () => {
  test('are written together, in one round trip per full batch, and end once they are written', async () => {
    const jobs = buildJobs();
    const { writer, batches } = create(jobs, async (batch) => {
      const keys = batch.map(({ index }) => KEYS[index] ?? '');
      expect(await jobs.disk.getMany(keys, 'head', NEVER)).not.toContain(undefined);
    });
    const before = jobs.shared.calls;
    const count = 2 * BATCH + 2;
    for (let i = 0; i < count; i += 1) writer.put([answered(jobs, i)]);
    await writer.drain();
    expect(jobs.shared.calls - before).toBe(3);
    expect(batches.map(({ length }) => length)).toEqual([BATCH, BATCH, 2]);
    expect(batches.flat()).toEqual(indexes(0, count));
  });

  test('do not wait for others longer than a moment, however slow the origin is', async () => {
    const jobs = buildJobs();
    const { writer, batches } = create(jobs);
    writer.put([answered(jobs, 0)]);
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
    await writer.drain();
    expect(batches).toEqual([[0]]);
  });

  test('are written one batch at a time, in the order they came', async () => {
    const jobs = buildJobs();
    const { writer, batches } = create(jobs);
    writer.put(answers(jobs, 0, BATCH));
    writer.put(answers(jobs, BATCH, 2 * BATCH));
    writer.put(answers(jobs, 2 * BATCH, 2 * BATCH + 2));
    await writer.drain();
    expect(batches.map(([first]) => first)).toEqual([0, BATCH, 2 * BATCH]);
    expect(await stored(jobs)).toBe(2 * BATCH + 2);
  });

  test('are stored with what cannot be used of what the origin said of them, and that is told', async () => {
    const jobs = buildJobs();
    const told: unknown[] = [];
    jobs.events.on('metadata:unusable', (event) => told.push(event));
    const { writer } = create(jobs);
    const unusable = 'its ETag has a character that cannot be sent back, U+000A';
    writer.put([{ ...answered(jobs, 0), answer: bodyOf('1', { unusable }) }, answered(jobs, 1)]);
    await writer.drain();
    const [odd, plain] = await jobs.disk.getMany(KEYS.slice(0, 2), 'head', NEVER);
    expect(odd?.head.unusable).toBe(unusable);
    expect(plain?.head).not.toHaveProperty('unusable');
    expect(told).toEqual([{ source: 'profile', key: KEYS[0], reason: unusable }]);
  });

  test('that no tier takes are to be tried again, and the next batch is written all the same', async () => {
    const jobs = buildJobs();
    const { writer, batches } = create(jobs, async () => {});
    jobs.shared.chaos.failures = 1;
    jobs.disk.chaos.failures = 1;
    writer.put(answers(jobs, 0, BATCH));
    writer.put(answers(jobs, BATCH, BATCH + 2));
    await writer.drain();
    expect(writer.unfinished.map(({ index }) => index)).toEqual(indexes(0, BATCH));
    expect(batches).toEqual([[BATCH, BATCH + 1]]);
  });

  test('whose end cannot be recorded reject the drain, though nobody waited when it happened', async () => {
    const jobs = buildJobs();
    const { writer } = create(jobs, () => Promise.reject(new Error('the run store is away')));
    writer.put(answers(jobs, 0, BATCH));
    await until(
      'the write',
      () => stored(jobs),
      (count) => count === BATCH,
    );
    await expect(writer.drain()).rejects.toThrow('the run store is away');
  });
});

test('draining a writer that got nothing does nothing', async () => {
  const jobs = buildJobs();
  const { writer, batches } = create(jobs);
  writer.put([]);
  await writer.drain();
  expect(batches).toEqual([]);
  expect(jobs.clock.timers).toBe(0);
});
