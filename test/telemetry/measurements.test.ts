import { expect, test } from 'vitest';
import { LoopDelay } from '../../src/telemetry/loop-delay.ts';
import { Measurements } from '../../src/telemetry/measurements.ts';
import { provideProcess } from '../../src/telemetry/process-usage.ts';
import { newCounters } from '../support/counters.ts';
import { FakeClock } from '../support/fake-clock.ts';

test('what is measured is asked for at each snapshot, and is not there while nobody knows it', () => {
  const measurements = new Measurements();
  let rows: readonly { tier: string; entries: number; bytes: number }[] = [];
  measurements.provide('memory', () => rows);
  const counters = newCounters({ measurements });
  expect(counters.snapshot().memory).toEqual([]);
  rows = [{ tier: 'memory', entries: 3, bytes: 100 }];
  expect(counters.snapshot().memory).toEqual(rows);
  rows = [];
  expect(counters.snapshot().memory).toEqual([]);
});

test('those who measure the same things are added up', () => {
  const measurements = new Measurements();
  for (const entries of [3, 4]) measurements.provide('memory', () => [{ tier: 'memory', entries, bytes: 1 }]);
  expect(measurements.rows('memory')).toEqual([{ tier: 'memory', entries: 7, bytes: 2 }]);
});

test('a process says its version, roles, memory and processor time', () => {
  const measurements = new Measurements();
  const usage = {
    memory: () => ({ rss: 300, heapUsed: 200, external: 10 }),
    cpu: () => ({ user: 1_500_000, system: 500_000 }),
  };
  provideProcess(measurements, { usage, role: 'api+worker', version: '1.2.3', startedAt: 5_000 });
  const { build, process } = newCounters({ measurements }).snapshot();
  expect(build).toEqual([{ version: '1.2.3', role: 'api+worker', processes: 1 }]);
  expect(process).toEqual([
    { role: 'api+worker', started: 5_000, resident: 300, heap: 200, external: 10, cpu: 2_000 },
  ]);
});

/** A clock on which timers fire late, by what `stall` says. */
class LateClock extends FakeClock {
  stall = 0;

  override after(ms: number, fire: () => void): { cancel(): void } {
    return super.after(ms + this.stall, fire);
  }
}

test('the delay of the event loop is how late a timer fires, and is no longer measured once it is stopped', async () => {
  const clock = new LateClock();
  const measurements = new Measurements();
  const loop = new LoopDelay({ clock, measurements, role: 'worker' });
  const delays = () => newCounters({ measurements }).snapshot().delays;
  await loop.start();
  expect(delays()).toEqual([]);
  await clock.advance(100);
  clock.stall = 700;
  await clock.advance(900);
  const [row] = delays();
  expect(row?.buckets.map(([, count]) => count)).toEqual([2, 1]);
  await loop.stop();
  expect(clock.timers).toBe(0);
});
