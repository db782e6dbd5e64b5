import { describe, expect, test } from 'vitest';
import { RedisHistory } from '../../src/catalog/redis-history.ts';
import { readRowName, rowName, type SeriesName } from '../../src/core/metrics/history-series.ts';
import { MINUTE_MS } from '../../src/core/units.ts';
import { historyVerb } from '../../src/verbs/history.ts';
import { type HistoryRequest, historyView, MOST } from '../../src/verbs/history-shapes.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Half a minute after noon. */
const NOW = Date.UTC(2026, 0, 20, 12, 0, 30);
const NOON = NOW - 30_000;

function setup() {
  const history = new RedisHistory({ redis: connectRedis(), prefix: uniquePrefix() });
  const ask = historyVerb({ history, clock: new FakeClock(NOW) });
  const look = async (request: HistoryRequest) => historyView.parse(await ask(request));
  const record = (ago: number, series: SeriesName, labels: Record<string, string>, value: number) =>
    history.record(NOON - ago, [{ row: rowName(series, labels), value }]);
  return { history, look, record };
}

const lag = { source: 'profile' };

describe('the history', () => {
  test('has the minutes of a row, and null for those that are not known', async () => {
    const { look, record } = setup();
    await record(3 * MINUTE_MS, 'refresh-lag', lag, 5);
    await record(MINUTE_MS, 'refresh-lag', lag, 0);
    const seen = await look({ series: ['refresh-lag'], from: NOON - 4 * MINUTE_MS, step: MINUTE_MS });
    expect(seen).toMatchObject({
      from: NOON - 4 * MINUTE_MS,
      step: MINUTE_MS,
      steps: 5,
      incompleteFrom: NOON,
    });
    expect(seen.rows).toEqual([
      {
        ...{
          series: 'refresh-lag',
          labels: lag,
          kind: 'gauge',
          unit: 'ms',
          values: [null, 5, null, 0, null],
        },
        ...{ lowest: [null, 5, null, 0, null], highest: [null, 5, null, 0, null] },
      },
    ]);
  });

  test('makes a mean of a gauge, a sum of a count, and of a percentile the highest', async () => {
    const { look, record } = setup();
    for (const [i, value] of [2, 4, 9].entries()) {
      const ago = (10 - i) * MINUTE_MS;
      await record(ago, 'refresh-lag', lag, value);
      await record(ago, 'calls', { origin: 'markets', user: 'run' }, value);
      await record(ago, 'wait-p95', { lane: 'markets' }, value);
    }
    const { rows } = await look({
      ...{ series: ['refresh-lag', 'calls', 'wait-p95'], from: NOON - 10 * MINUTE_MS, step: 10 * MINUTE_MS },
    });
    expect(Object.fromEntries(rows.map(({ series, values }) => [series, values[0]]))).toEqual({
      ...{ 'refresh-lag': 5, calls: 15, 'wait-p95': 9 },
    });
    expect(rows.map(({ lowest, highest }) => [lowest[0], highest[0]])).toEqual([
      [2, 9],
      [2, 9],
      [2, 9],
    ]);
  });

  test('has hours for a month, with what the last ones are made of', async () => {
    const { history, look, record } = setup();
    await record(10 * DAY, 'calls', { origin: 'a', user: 'run' }, 3);
    await record(10 * DAY - MINUTE_MS, 'calls', { origin: 'a', user: 'run' }, 4);
    await history.rollUp(NOW - 10 * DAY + HOUR);
    await record(50 * MINUTE_MS, 'calls', { origin: 'a', user: 'run' }, 5);
    await record(0, 'calls', { origin: 'a', user: 'run' }, 6);
    const { rows, step } = await look({ series: ['calls'], from: NOW - 11 * DAY, step: MINUTE_MS });
    expect(step).toBe(HOUR);
    expect(rows[0]?.values.filter((value) => value !== null)).toEqual([7, 5, 6]);
    const daily = await look({ series: ['calls'], from: NOW - 20 * DAY, step: DAY });
    expect(daily.rows[0]?.values.filter((value) => value !== null)).toEqual([7, 11]);
  });

  test('counts no minute twice where hours and minutes meet', async () => {
    const { history, look, record } = setup();
    for (let n = 0; n <= 300; n += 1) await record(n * MINUTE_MS, 'calls', { origin: 'a', user: 'run' }, 1);
    await history.rollUp(NOW);
    for (const step of [MINUTE_MS, 7 * MINUTE_MS, HOUR, 6 * HOUR]) {
      const { rows } = await look({ series: ['calls'], from: NOW - 12 * HOUR, step });
      expect(rows[0]?.values.reduce<number>((sum, value) => sum + (value ?? 0), 0)).toBe(301);
    }
  });

  test('has only rows with the labels that were named, and of too many the first', async () => {
    const { history, look } = setup();
    const points = Array.from({ length: 130 }, (_, i) => ({
      row: rowName('keys', { source: `s${i}` }),
      value: i,
    }));
    await history.record(NOON, [
      ...points,
      { row: rowName('calls', { origin: 'a', user: 'run' }), value: 1 },
    ]);
    const all = await look({ series: ['keys', 'calls'] });
    expect([all.rows.length, all.left]).toEqual([MOST.rows, 31]);
    const some = await look({ series: ['keys', 'calls'], source: 's7' });
    expect(some.rows.map(({ labels }) => labels)).toEqual([{ source: 's7' }]);
    expect((await look({ series: ['calls'], user: 'live' })).rows).toEqual([]);
  });

  test('shows a day in some 300 steps, unless told', async () => {
    const { look, record } = setup();
    await record(0, 'refresh-lag', lag, 1);
    expect(await look({ series: ['refresh-lag'] })).toMatchObject({ step: 5 * MINUTE_MS, steps: 289 });
    expect(await look({ series: ['refresh-lag'], from: NOW - HOUR })).toMatchObject({
      step: MINUTE_MS,
      steps: 61,
    });
    expect(await look({ series: ['refresh-lag'], from: 0 })).toMatchObject({ step: 3 * HOUR });
    expect(await look({ series: ['refresh-lag'], from: '2026-01-20T11:00Z' })).toMatchObject({ steps: 61 });
  });

  test('passes over rows of another version', async () => {
    const { history, look } = setup();
    const rows = ['later\tx', 'keys', 'keys\ta\tb', '', 'calls\ta'];
    await history.record(
      NOON,
      rows.map((row) => ({ row, value: 1 })),
    );
    expect((await look({ series: ['keys', 'calls'] })).rows).toEqual([]);
    expect(rows.map(readRowName)).toEqual(rows.map(() => undefined));
  });

  test.each<[string, unknown]>([
    ['no series', { series: [] }],
    ['a series that there is not', { series: ['nothing'] }],
    ['too many steps', { series: ['calls'], from: NOW - DAY + HOUR, to: NOW, step: 1 }],
    [
      'more steps than an answer holds',
      { series: ['calls'], from: NOW - 20 * DAY, step: 0.5 * HOUR, to: 'x' },
    ],
    ['a time that begins after it ends', { series: ['calls'], from: NOW, to: NOW - 1 }],
    ['a time that is kept no more', { series: ['calls'], from: 0, to: NOW - 40 * DAY }],
    ['a label that there is not', { series: ['calls'], colour: 'red' }],
  ])('refuses %s', async (_, request) => {
    const { look } = setup();
    await expect(look(request as HistoryRequest)).rejects.toMatchObject({ code: 'E_REQUEST_INVALID' });
  });
});
