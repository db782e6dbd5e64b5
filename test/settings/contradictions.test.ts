/** Pairs of options of a schedule of which one would be ignored in silence, and their neighbours that are fine. */
import { describe, expect, test } from 'vitest';
import { loadText, problemsOf } from '../support/settings.ts';

const schedule = (options: string) => `origins: { o: { kind: http, url: "http://h" } }
sources: { s: { origin: o, key: "s", request: { path: "/" } } }
schedules: { t: { warm: "", ${options} } }
`;

const ALL = 'every: 1h, missed: all, overlap: allow';

describe('what contradicts itself', () => {
  test.each([
    ['every: 5m, missed: skip, catchUp: 1h', 'catchUp', 'cannot stand beside `missed: skip`'],
    ['every: 5m, missed: skip, catchUp: 12h', 'catchUp', 'cannot stand beside `missed: skip`'],
    ['every: 5m, missed: skip, catchUp: 0', 'catchUp', 'cannot stand beside `missed: skip`'],
    ['every: 5m, missed: all, catchUp: 0, overlap: allow', 'catchUp', 'must be above 0'],
    ['every: 5m, missed: all, overlap: queue', 'overlap', 'cannot be `queue`'],
    ['every: 5m, missed: all, overlap: cancel', 'overlap', 'cannot be `cancel`'],
    [`${ALL}, latest: 1m`, 'latest', 'leaves no time for what `missed: all` makes up for'],
    [`${ALL}, deadline: 30s`, 'deadline', 'leaves no time for what `missed: all` makes up for'],
    [`${ALL}, latest: 30s, deadline: 1h`, 'latest', 'leaves no time'],
    ['every: 5s, missed: all, overlap: allow, latest: 5s', 'latest', 'leaves no time'],
    ['at: [2027-01-01T06:00, 2027-01-01T06:05], jitter: 10m', 'jitter', 'which is 5m at the least'],
    ['at: [2027-01-01, 2028-01-01], end: 2027-06-01', 'at', 'has times before `start` or after `end`'],
    ['at: [2027-01-01, 2028-01-01], start: 2027-01-02', 'at', 'has times before `start` or after `end`'],
    [
      'at: [2027-01-01T06:00Z, 2027-06-01], timezone: Asia/Tokyo, start: 2027-01-01T15:01',
      'at',
      'has times before',
    ],
  ])('is refused: %s', async (options, option, says) => {
    expect(await problemsOf(schedule(options))).toEqual([
      expect.stringMatching(new RegExp(`schedules\\.t\\.${option}: .*${says.replaceAll(/[`.()]/g, '\\$&')}`)),
    ]);
  });

  test.each([
    'every: 5m, missed: skip',
    'every: 5m, catchUp: 0',
    'every: 5m, missed: once, catchUp: 1h, latest: 30s',
    `${ALL}, latest: 61s`,
    `${ALL}, deadline: 2m`,
    `${ALL}, catchUp: 2d, latest: 3h`,
    'every: 5s, missed: all, overlap: allow, latest: 6s',
    'at: [2027-01-01T06:00, 2027-01-01T06:05], jitter: 4m',
    'at: [2027-01-01T06:00], jitter: 10m',
    'at: [2027-01-01, 2027-06-01], start: 2027-01-01, end: 2027-06-01',
    'at: [2027-01-01T06:00Z], timezone: Asia/Tokyo, start: 2027-01-01T15:00',
  ])('is none: %s', async (options) => {
    expect((await loadText(schedule(options))).schedules.size).toBe(1);
  });
});

test('missed times are made up for within 12 hours, where a schedule does not say', async () => {
  const { schedules } = await loadText(schedule('every: 5m'));
  expect(schedules.get('t')?.rules.catchUp).toBe(12 * 3_600_000);
});
