import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gapText, lossesOf } from '../../src/policy/gap-times.ts';
import { nominalTimes } from '../../src/policy/nominal-times.ts';
import { preview } from '../../src/policy/preview.ts';
import { CHANGES } from '../support/clock-changes.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A field of an expression, and the values that fit it. */
type Field = readonly [text: string, fits: (value: number) => boolean];

const every: Field = ['*', () => true];
const steps = (least: number, most: number) =>
  fc.integer({ min: least, max: most }).map((n): Field => [`*/${n}`, (value) => value % n === 0]);
const range = (most: number, longest: number) =>
  fc
    .tuple(fc.integer({ min: 0, max: most - 1 }), fc.integer({ min: 1, max: longest }))
    .map(([from, length]): Field => {
      const to = Math.min(most, from + length);
      return [`${from}-${to}`, (value) => value >= from && value <= to];
    });
const one = (value: number): Field => [`${value}`, (other) => other === value];
const minutes = fc.oneof(fc.constant(every), steps(2, 30), range(59, 20));
/** Those of fixed minutes are of wildcards, ranges and steps of hours. */
const anyMinute = fc.oneof(minutes, fc.integer({ min: 0, max: 59 }).map(one));
const hours = fc.oneof(fc.constant(every), steps(2, 12), range(23, 4));
const near = fc.integer({ min: -1, max: 2 });
const change = fc.constantFrom(...CHANGES);
const forward = fc.constantFrom(...CHANGES.filter(({ shift }) => shift > 0));

/** Which of the minutes fit, of those that clocks show which are `offset` ahead of UTC. */
function fitting(
  [, minute]: Field,
  [, hour]: Field,
  offset: (at: number) => number,
  first: number,
  last: number,
) {
  const found: number[] = [];
  for (let at = Math.ceil(first / MINUTE) * MINUTE; at <= last; at += MINUTE) {
    const wall = new Date(at + offset(at));
    if (minute(wall.getUTCMinutes()) && hour(wall.getUTCHours())) found.push(at);
  }
  return found;
}

test('steps, ranges and wildcards name each minute at which clocks show what fits, and no other', () => {
  const fields = fc.oneof(
    fc.tuple(anyMinute, hours),
    fc.tuple(
      minutes,
      near.map((hour): Field | number => hour),
    ),
  );
  fc.assert(
    fc.property(change, fields, ({ zone, at, offsetAt }, [minute, hourOrNear]) => {
      const changing = new Date(at + offsetAt(at - 1_000)).getUTCHours();
      const hour = typeof hourOrNear === 'number' ? one((changing + hourOrNear + 24) % 24) : hourOrNear;
      const cron = `${minute[0]} ${hour[0]} * * *`;
      const { next } = nominalTimes({ cron, timezone: zone });
      const [first, last] = [at - 4 * HOUR, at + 5 * HOUR];
      const named: number[] = [];
      for (let time = next(first - 1); time !== undefined && time <= last; time = next(time))
        named.push(time);
      expect(named, `${cron} ${zone}`).toEqual(fitting(minute, hour, offsetAt, first, last));
    }),
    { numRuns: 100 },
  );
});

test('a gap takes times away exactly where clocks without it would have shown one earlier', () => {
  fc.assert(
    fc.property(
      forward,
      minutes,
      fc.oneof(hours, near),
      ({ zone, at, offsetAt, shift }, minute, hourOrNear) => {
        const before = offsetAt(at - 1_000);
        const changing = new Date(at + before).getUTCHours();
        const hour = typeof hourOrNear === 'number' ? one((changing + hourOrNear + 24) % 24) : hourOrNear;
        const rule = { cron: `${minute[0]} ${hour[0]} * * *`, timezone: zone };
        const [unchanged] = fitting(minute, hour, () => before, at, at + shift - 1);
        const [real] = fitting(minute, hour, offsetAt, at, at + 2 * DAY);
        const isLost = unchanged !== undefined && (real === undefined || real > unchanged);
        const gap = lossesOf(rule)(at - DAY, at + DAY);
        expect(gap?.at, `${rule.cron} ${zone}`).toBe(isLost ? at : undefined);
        const notes = preview(rule, at - MINUTE, 3).map(({ note }) => note ?? '');
        const told = notes.filter((note) => note.includes('left out before it'));
        expect(told.length, `${rule.cron} ${zone}`).toBe(isLost ? 1 : 0);
      },
    ),
    { numRuns: 60 },
  );
});

test('a preview says which times do not exist, at the first one after them', () => {
  const rule = { cron: '*/30 2 * * *', timezone: 'America/Denver' };
  const shown = preview(rule, Date.parse('2027-03-13T09:10:00Z'), 3);
  expect(shown.map(({ local, note }) => [local.slice(0, 16), note])).toEqual([
    ['2027-03-13T02:30', null],
    [
      '2027-03-15T02:00',
      'left out before it: 02:00 to 03:00 do not exist on 2027-03-14, since clocks go forward by 60 min',
    ],
    ['2027-03-15T02:30', null],
  ]);
});

test('what goes on by elapsed time loses nothing, and neither do fixed times, nor what begins later', () => {
  const timezone = 'America/Denver';
  const [from, until] = [Date.UTC(2027, 0, 1), Date.UTC(2028, 0, 1)];
  for (const cron of ['*/5 * * * *', '15 * * * *', '* * * * *', '0,30 2 * * *', '@daily', '*/10 2 * * 1'])
    expect(lossesOf({ cron, timezone })(from, until), cron).toBeUndefined();
  const rule = { cron: '*/30 2 * * *', timezone };
  expect(lossesOf({ ...rule, start: Date.UTC(2027, 3, 1) })(from, until)).toBeUndefined();
  expect(lossesOf({ ...rule, timezone: 'UTC' })(from, until)).toBeUndefined();
  expect(lossesOf({ every: HOUR })(from, until)).toBeUndefined();
  const gap = lossesOf(rule)(from, until);
  expect(gap && gapText(gap)).toBe(
    '02:00 to 03:00 do not exist on 2027-03-14, since clocks go forward by 60 min',
  );
});
