/** The numbers of a large configuration, and who has their turn while they are written. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { Events } from '../../src/core/events.ts';
import { mostRows } from '../../src/core/metrics/labels.ts';
import { ReadCounts } from '../../src/core/metrics/read-counts.ts';
import { NO_STATISTICS, type Statistics } from '../../src/core/metrics/statistics.ts';
import { inTurns } from '../../src/flow/in-turns.ts';
import { writeMetrics } from '../../src/telemetry/exposition.ts';
import { Measurements } from '../../src/telemetry/measurements.ts';
import { makeMetricData } from '../../src/telemetry/otel/metric-data.ts';
import { newCounters } from '../support/counters.ts';

const COUNTS = { tiers: 4, sources: 200, origins: 60, schedules: 30 };
const names = (word: string, count: number) => Array.from({ length: count }, (_, i) => `${word}${i}`);
const [SOURCES, TIERS, ORIGINS] = [names('source', 200), names('tier', 4), names('origin', 60)];

function statisticsOf(): Statistics {
  const events = new Events();
  const reads = new ReadCounts(mostRows(['tier', 'source'], COUNTS));
  const measurements = new Measurements();
  measurements.provide('coverage', () =>
    SOURCES.flatMap((source) => TIERS.map((tier) => ({ tier, source, warm: 0.5 }))),
  );
  const counters = newCounters({ reads, measurements, counts: COUNTS });
  counters.start(events);
  for (const [i, source] of SOURCES.entries()) {
    const origin = ORIGINS[i % ORIGINS.length] ?? '';
    events.emit('origin:call', { origin, source, keys: 1, ms: i + 1, result: 'ok' });
    events.emit('keys:ended', { source, outcomes: { warmed: 1 } });
    for (const tier of TIERS) reads.of(tier, source).hits += 1;
    reads.times(source).tiers.record(i + 1);
    reads.times(source).load.record(i + 1);
  }
  return counters.snapshot();
}

/** How many turns of others come between the first step and the last. */
async function turnsIn(steps: Generator<unknown, unknown>): Promise<number> {
  let [turns, isOver] = [0, false];
  const work = inTurns(steps).finally(() => {
    isOver = true;
  });
  for (await nextTurn(); !isOver; await nextTurn()) turns += 1;
  await work;
  return turns;
}

/** Of the generator's steps, one a row: no step may be much more than a row. */
function stepsOf(steps: Generator<unknown, unknown>): number {
  let count = 0;
  while (steps.next().done !== true) count += 1;
  return count;
}

describe('of 200 sources in 4 tiers, from 60 origins', () => {
  let statistics = NO_STATISTICS;
  beforeAll(() => {
    statistics = statisticsOf();
  });

  test.each([
    ['the text', () => writeMetrics(statistics, undefined)],
    ['OpenMetrics', () => writeMetrics(statistics, 'application/openmetrics-text')],
    ['what goes to a receiver', () => makeMetricData(statistics, { from: 0, to: 1 })],
  ])('%s is written a row at a time, and others have their turn every hundred rows', async (_, steps) => {
    const rows = stepsOf(steps());
    expect(rows).toBeGreaterThan(2_500);
    expect(await turnsIn(steps())).toBeGreaterThanOrEqual(Math.floor(rows / 100) - 1);
  });
});
