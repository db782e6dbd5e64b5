import { expect, test } from 'vitest';
import { writtenTimeOf } from '../../src/core/written-time.ts';
import { named, timeFor } from '../../src/verbs/schedules/local-times.ts';
import type { ScheduleFilter, ScheduleView } from '../../src/verbs/schedules/schedule-shapes.ts';

const view = (name: string, kind: ScheduleView['kind'], timezone: string | null) =>
  ({ name, kind, timezone }) as ScheduleView;
const verbs = {
  schedules: async () => [
    view('nightly', 'run', 'America/Denver'),
    view('early', 'run', 'America/Denver'),
    view('gc', 'gc', null),
  ],
};

async function of(filter: ScheduleFilter, text: string, edge?: 'begin' | 'end'): Promise<string> {
  const time = writtenTimeOf(text);
  if (time === undefined) throw new Error(text);
  return new Date(await timeFor(verbs, filter, time, edge)).toISOString();
}

test('a time without a zone is of the schedule that it is for', async () => {
  expect(await of(named('nightly'), '2027-01-04T06:00')).toBe('2027-01-04T13:00:00.000Z');
  expect(await of(named('gc'), '2027-01-04T06:00')).toBe('2027-01-04T06:00:00.000Z');
  expect(await of(named('nightly'), '2027-01-04T06:00Z')).toBe('2027-01-04T06:00:00.000Z');
  // In a gap the first instant after it, and of two the first, as in the configuration.
  expect(await of(named('nightly'), '2027-03-14T02:30')).toBe('2027-03-14T09:00:00.000Z');
  expect(await of(named('nightly'), '2027-11-07T01:30')).toBe('2027-11-07T07:30:00.000Z');
});

test('a day is its beginning, or its end, in the zone of the schedule', async () => {
  expect(await of(named('nightly'), '2027-03-14')).toBe('2027-03-14T07:00:00.000Z');
  expect(await of(named('nightly'), '2027-03-14', 'end')).toBe('2027-03-15T05:59:59.999Z');
});

test('a time without a zone for schedules of several zones is refused, and says which they are', async () => {
  const runs: ScheduleFilter = { names: [], kinds: ['run'], all: false };
  expect(await of(runs, '2027-01-04T06:00')).toBe('2027-01-04T13:00:00.000Z');
  const all: ScheduleFilter = { names: [], kinds: [], all: true };
  expect(await of(all, '2027-01-04T06:00+01:00')).toBe('2027-01-04T05:00:00.000Z');
  await expect(of(all, '2027-01-04T06:00')).rejects.toMatchObject({
    code: 'E_REQUEST_INVALID',
    message: expect.stringMatching(
      /^2027-01-04T06:00 names no time zone, .*: America\/Denver, UTC; write one/,
    ),
  });
  // What exists nowhere is said by the verb.
  expect(await of(named('unknown'), '2027-01-04T06:00')).toBe('2027-01-04T06:00:00.000Z');
});
