import { describe, expect, test } from 'vitest';
import { writtenTimeOf } from '../../src/core/written-time.ts';
import { nextChange, timesAt, type ZoneChange } from '../../src/policy/clock-changes.ts';
import type { TimeRule } from '../../src/policy/nominal-times.ts';
import { parseDeadline } from '../../src/policy/run-deadline.ts';
import { timeRuleOf } from '../../src/schedules/written-rule.ts';

const DENVER = 'America/Denver';
const WINTER = Date.UTC(2027, 0, 1);
const SUMMER = Date.UTC(2027, 5, 1);
const notes = (cron: string, from: number, timezone = DENVER) => {
  const change = nextChange(timezone, from);
  if (change === undefined) throw new Error('no change');
  return shown({ cron, timezone }, change);
};
const shown = (rule: TimeRule, change: ZoneChange, deadline = '0s', count = 3) =>
  timesAt(rule, parseDeadline(deadline), change, count).map(({ local, note }) => `${local} ${note}`);
/** Of Denver, in spring and in autumn. */
const FORWARD = { at: Date.UTC(2027, 2, 14, 9), ms: 3_600_000 };
const BACK = { at: Date.UTC(2027, 10, 7, 8), ms: -3_600_000 };

describe('the next change of the clocks', () => {
  test('is found to the millisecond, forward and back', () => {
    expect(nextChange(DENVER, WINTER)).toEqual({ at: Date.UTC(2027, 2, 14, 9), ms: 3_600_000 });
    expect(nextChange(DENVER, SUMMER)).toEqual({ at: Date.UTC(2027, 10, 7, 7 + 1), ms: -3_600_000 });
    expect(nextChange('Australia/Lord_Howe', WINTER)?.ms).toBe(-1_800_000);
  });

  test('is none of a zone that does not change its clocks', () => {
    expect(nextChange('UTC', WINTER)).toBeUndefined();
    expect(nextChange('Asia/Tokyo', WINTER)).toBeUndefined();
  });

  test('is the next one for whoever asks at the very instant of one', () => {
    expect(nextChange(DENVER, Date.UTC(2027, 2, 14, 9))?.at).toBe(Date.UTC(2027, 10, 7, 8));
  });
});

describe('what a change does to a schedule', () => {
  test('moves a fixed time that does not exist, and leaves out steps that do not', () => {
    expect(notes('30 2 * * *', WINTER)).toEqual([expect.stringMatching(/^2027-03-14T03:00:00-06:00 moved/)]);
    expect(notes('*/30 2 * * *', WINTER)).toEqual([expect.stringMatching(/left out before it/)]);
  });

  test('names the time that clocks show twice', () => {
    expect(notes('30 1 * * *', SUMMER)).toEqual([
      expect.stringMatching(/^2027-11-07T01:30:00-06:00 doubled/),
    ]);
  });

  test('does nothing to a time at noon', () => {
    expect(notes('0 12 * * *', WINTER)).toEqual([]);
    expect(notes('0 12 * * *', SUMMER)).toEqual([]);
  });

  test('shows no more times than are asked for of one that fires each minute', () => {
    expect(notes('* * * * *', SUMMER)).toHaveLength(3);
    expect(shown({ cron: '* * * * *', timezone: DENVER }, BACK, '0s', 7)).toHaveLength(7);
  });

  test('is said of that change alone, and not of one that comes later', () => {
    expect(shown({ cron: '30 2 14 3 *', timezone: DENVER }, BACK)).toEqual([]);
    expect(shown({ cron: '*/30 2 14 3 *', timezone: DENVER }, BACK)).toEqual([]);
    expect(shown({ cron: '30 1 7 11 *', timezone: DENVER }, FORWARD)).toEqual([]);
  });

  test('is said of listed times: one that was moved, one that is shown twice, and none of the others', () => {
    const rule = timeRuleOf({
      at: ['2027-03-14T02:30', '2027-11-07T01:30', '2027-11-08T01:30'].map((text) => {
        const written = writtenTimeOf(text);
        if (written === undefined) throw new Error(text);
        return written;
      }),
      timezone: DENVER,
    });
    expect(shown(rule, FORWARD)).toEqual([expect.stringMatching(/^2027-03-14T03:00:00-06:00 moved: 02:30/)]);
    expect(shown(rule, BACK)).toEqual([expect.stringMatching(/^2027-11-07T01:30:00-06:00 doubled/)]);
  });
});

describe('what a change does to a deadline that is a time of day', () => {
  test('names the first tick whose deadline does not exist, and when it is', () => {
    const [first, ...more] = shown({ cron: '0 * * * *', timezone: DENVER }, FORWARD, '02:30');
    expect(first).toMatch(
      /^2027-03-13T03:00:00-07:00 its deadline 02:30 does not exist on 2027-03-14, .* ends at 2027-03-14T03:00:00-06:00$/,
    );
    expect(more).toEqual([expect.stringMatching(/clocks go forward/)]);
    expect(shown({ cron: '0 22 * * *', timezone: DENVER }, FORWARD, '02:30')).toEqual([
      expect.stringMatching(/^2027-03-13T22:00:00-07:00 its deadline/),
    ]);
  });

  test('says of one that is shown twice that the first counts', () => {
    expect(shown({ cron: '0 22 * * *', timezone: DENVER }, BACK, '01:30')).toEqual([
      expect.stringMatching(
        /^2027-11-06T22:00:00-06:00 its deadline 01:30 .* at the first, 2027-11-07T01:30:00-06:00$/,
      ),
    ]);
  });

  test('is said of a schedule by elapsed time, too', () => {
    expect(shown({ every: 6 * 3_600_000, timezone: DENVER }, FORWARD, '02:30')).toEqual([
      expect.stringMatching(/its deadline 02:30/),
    ]);
  });

  test('says of a tick that is moved to its own deadline that it begins no key', () => {
    expect(shown({ cron: '15 2 * * *', timezone: DENVER }, FORWARD, '02:30')).toEqual([
      expect.stringMatching(/^2027-03-14T03:00:00-06:00 moved: 02:15.* begins no key/),
    ]);
  });

  test('says nothing where it exists once, or is a length of time', () => {
    const rule = { cron: '0 22 * * *', timezone: DENVER };
    for (const deadline of ['01:59', '03:00', '06:00', '4h'])
      expect(shown(rule, FORWARD, deadline), deadline).toEqual([]);
    for (const deadline of ['00:59', '02:00', '06:00', '4h'])
      expect(shown(rule, BACK, deadline), deadline).toEqual([]);
  });
});
