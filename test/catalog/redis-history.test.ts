import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MOST_ROWS } from '../../src/catalog/history.ts';
import { cellsOf, readCells } from '../../src/catalog/history-cells.ts';
import { RedisHistory } from '../../src/catalog/redis-history.ts';
import { MINUTE_MS } from '../../src/core/units.ts';
import { HISTORY_CLAUSES } from '../contract/history.ts';
import { describeContract } from '../contract/suite.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';

const NOON = Date.UTC(2026, 0, 1, 12);
const DAY_MS = 86_400_000;

function setup() {
  const [redis, prefix] = [connectRedis(), uniquePrefix()];
  const history = new RedisHistory({ redis, prefix });
  const key = (part: string) => `${prefix}:{history}:${part}:${Math.floor(NOON / DAY_MS)}`;
  return { redis, history, key };
}

describeContract('the history on Redis', HISTORY_CLAUSES, () => setup().history);

describe('the history on Redis', () => {
  test('takes 5,760 bytes for the minutes of a row, and 384 for its hours', async () => {
    const { redis, history, key } = setup();
    const rows = Array.from({ length: 100 }, (_, i) => ({ row: `row ${i}`, value: 1 }));
    await history.record(NOON + DAY_MS / 2 - MINUTE_MS, rows);
    await history.rollUp(NOON + DAY_MS / 2);
    expect(await redis.strlen(key('minutes'))).toBe(100 * 5_760);
    expect(await redis.strlen(key('hours'))).toBe(100 * 384);
  });

  test('forgets minutes a day after theirs, and hours a month after', async () => {
    const { redis, history, key } = setup();
    await history.record(NOON, [{ row: 'lag', value: 1 }]);
    await history.rollUp(NOON + DAY_MS / 24);
    const days = async (part: string) => (await redis.pttl(key(part))) / DAY_MS;
    expect(await days('minutes')).toBeCloseTo(25 / 24, 1);
    expect(await days('hours')).toBeCloseTo(30 + 1 / 24, 1);
    expect(await days('names')).toBeCloseTo(30 + 1 / 24, 1);
  });

  test('records in one round trip, however many rows there are', async () => {
    const { redis, history } = setup();
    const rows = Array.from({ length: MOST_ROWS }, (_, i) => ({ row: `row ${i}`, value: i }));
    // The server learns the script.
    await history.record(NOON, rows.slice(0, 1));
    const sent: string[] = [];
    const call = redis.call.bind(redis);
    redis.call = ((...args: Parameters<typeof call>) => {
      sent.push(String(args[0]));
      return call(...args);
    }) as typeof redis.call;
    await history.record(NOON + MINUTE_MS, rows);
    expect(sent).toHaveLength(1);
  });
});

test('a number is kept to seven digits, what is none is not known, and zeros are not known', () => {
  fc.assert(
    fc.property(
      fc.array(fc.option(fc.float({ noNaN: true, noDefaultInfinity: true }), { nil: undefined })),
      (all) => {
        const read = readCells(cellsOf(all), all.length + 1);
        for (const [i, value] of all.entries()) {
          if (value === undefined) expect(read[i]).toBeUndefined();
          else
            expect(read[i]).toBeCloseTo(
              value,
              value === 0 ? 5 : 5 - Math.floor(Math.log10(Math.abs(value) || 1)),
            );
        }
        expect(read.at(-1)).toBeUndefined();
      },
    ),
  );
  expect(readCells(Buffer.alloc(8), 2)).toEqual([undefined, undefined]);
  expect(readCells(cellsOf([Number.NaN, Number.POSITIVE_INFINITY, 0]), 3)).toEqual([undefined, undefined, 0]);
});
