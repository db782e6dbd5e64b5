/** What every history must do, and for each clause one that does not. */

import { expect } from 'vitest';
import { type History, MOST_ROWS } from '../../src/catalog/history.ts';
import { MINUTE_MS } from '../../src/core/units.ts';
import { apart, type ClausesWithLiars } from './suite.ts';

const HOUR = 3_600_000;
const NOON = Date.UTC(2026, 0, 1, 12);
const MIDNIGHT = Date.UTC(2026, 0, 2);

async function recorded(
  history: History,
  from: number,
  values: readonly number[],
  row = 'lag',
): Promise<void> {
  for (const [i, value] of values.entries()) await history.record(from + i * MINUTE_MS, [{ row, value }]);
}

const minutesOf = async (history: History, from: number, to: number, row = 'lag') =>
  (await history.minutes([row], from, to))[0];

const lying =
  (lies: (history: History) => Partial<History>) =>
  (history: History): History => ({
    record: (at, points) => history.record(at, points),
    rollUp: (now) => history.rollUp(now),
    rows: (from, to) => history.rows(from, to),
    minutes: (rows, from, to) => history.minutes(rows, from, to),
    hours: (rows, from, to) => history.hours(rows, from, to),
    ...lies(history),
  });

const clausesWithLiars: ClausesWithLiars<History> = {
  'returns each minute as it was recorded, and also those on both sides of midnight': {
    async check(history) {
      await recorded(history, MIDNIGHT - 2 * MINUTE_MS, [1, 2.5, 0, -4]);
      expect(await minutesOf(history, MIDNIGHT - 2 * MINUTE_MS, MIDNIGHT + MINUTE_MS)).toEqual([
        1, 2.5, 0, -4,
      ]);
    },
    lie: lying((history) => ({
      minutes: async (rows, from, to) =>
        (await history.minutes(rows, from, to)).map((row) => row.map((value) => Math.abs(value ?? 0))),
    })),
  },

  'does not know a minute that was not measured, which is not 0': {
    async check(history) {
      await history.record(NOON, [{ row: 'lag', value: 0 }]);
      await history.record(NOON + 3 * MINUTE_MS, [{ row: 'lag', value: 7 }]);
      await history.record(NOON + MINUTE_MS, [{ row: 'other', value: 1 }]);
      const known = await minutesOf(history, NOON - MINUTE_MS, NOON + 4 * MINUTE_MS);
      expect(known).toEqual([undefined, 0, undefined, undefined, 7, undefined]);
      expect(await minutesOf(history, NOON, NOON, 'nothing')).toEqual([undefined]);
    },
    lie: lying((history) => ({
      minutes: async (rows, from, to) =>
        (await history.minutes(rows, from, to)).map((row) => row.map((value) => value ?? 0)),
    })),
  },

  'keeps what was recorded last of a minute, and counts nothing twice': {
    async check(history) {
      await history.record(NOON, [{ row: 'calls', value: 5 }]);
      await history.record(NOON + 30_000, [{ row: 'calls', value: 6 }]);
      expect(await minutesOf(history, NOON, NOON, 'calls')).toEqual([6]);
    },
    lie: lying((history) => {
      let sum = 0;
      return {
        record(at, points) {
          sum += points[0]?.value ?? 0;
          return history.record(at, [{ row: 'calls', value: sum }]);
        },
      };
    }),
  },

  'keeps seven digits of a number, however large': {
    async check(history) {
      const values = [123_456.7, 0.1234567, 98_765_430, 1e12, 1e-6];
      await recorded(history, NOON, values);
      expect(await minutesOf(history, NOON, NOON + 4 * MINUTE_MS)).toEqual(values.map(Math.fround));
    },
    lie: lying((history) => ({
      record: (at, points) =>
        history.record(
          at,
          points.map(({ row, value }) => ({ row, value: Math.round(value) })),
        ),
    })),
  },

  'tells the rows of some days, each once': {
    async check(history) {
      for (const at of [NOON, NOON + MINUTE_MS, MIDNIGHT + HOUR])
        await history.record(at, [
          { row: 'lag', value: 1 },
          { row: `of ${at}`, value: 1 },
        ]);
      expect((await history.rows(NOON, NOON)).toSorted()).toEqual([
        'lag',
        `of ${NOON}`,
        `of ${NOON + MINUTE_MS}`,
      ]);
      expect(await history.rows(NOON, MIDNIGHT)).toHaveLength(4);
      expect(await history.rows(NOON - 24 * HOUR, NOON - 24 * HOUR)).toEqual([]);
    },
    lie: lying((history) => ({
      rows: async (from, to) => [...(await history.rows(from, to)), ...(await history.rows(from, to))],
    })),
  },

  'leaves out the last rows where there are too many, says how many, and keeps the others': {
    async check(history) {
      const rows = Array.from({ length: MOST_ROWS + 5 }, (_, i) => ({ row: `row ${i}`, value: i }));
      expect(await history.record(NOON, rows)).toBe(5);
      expect(await history.record(NOON + MINUTE_MS, rows.toReversed())).toBe(5);
      const last = `row ${MOST_ROWS - 1}`;
      expect(await history.minutes(['row 0', last, `row ${MOST_ROWS}`], NOON, NOON + MINUTE_MS)).toEqual([
        [0, 0],
        [MOST_ROWS - 1, MOST_ROWS - 1],
        [undefined, undefined],
      ]);
    },
    lie: lying((history) => ({ record: (at, points) => history.record(at, points.slice(0, 10)) })),
  },

  'makes hours of the minutes of those that have ended, and again of nothing else': {
    async check(history) {
      await recorded(history, NOON, [4, 1, 7]);
      await recorded(history, NOON + HOUR, [9]);
      for (let again = 0; again < 2; again += 1) await history.rollUp(NOON + HOUR + 5 * MINUTE_MS);
      expect((await history.hours(['lag'], NOON - HOUR, NOON + HOUR))[0]).toEqual([
        undefined,
        { lowest: 1, mean: 4, highest: 7, minutes: 3 },
        undefined,
      ]);
    },
    lie: lying((history) => ({ rollUp: (now) => history.rollUp(now + HOUR) })),
  },

  'makes up for hours in which nobody made them, of the last day': {
    async check(history) {
      await recorded(history, NOON - 30 * HOUR, [1]);
      await recorded(history, NOON - 20 * HOUR, [2]);
      await history.rollUp(NOON - 26 * HOUR);
      await history.rollUp(NOON);
      const [hours = []] = await history.hours(['lag'], NOON - 30 * HOUR, NOON - 20 * HOUR);
      expect([hours[0]?.mean, hours.at(-1)?.mean]).toEqual([1, 2]);
    },
    lie: lying((history) => {
      let isDone = false;
      return {
        async rollUp(now) {
          if (!isDone) await history.rollUp(now);
          isDone = true;
        },
      };
    }),
  },
};

export const { clauses: HISTORY_CLAUSES, liars: HISTORY_LIARS } = apart(clausesWithLiars);
