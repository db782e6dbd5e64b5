import { describe, expect, test } from 'vitest';
import { nextChange, timesAt } from '../../src/policy/clock-changes.ts';

const DENVER = 'America/Denver';
const WINTER = Date.UTC(2027, 0, 1);
const SUMMER = Date.UTC(2027, 5, 1);
const notes = (cron: string, from: number, timezone = DENVER) => {
  const change = nextChange(timezone, from);
  if (change === undefined) throw new Error('no change');
  return timesAt({ cron, timezone }, change).map(({ local, note }) => `${local} ${note}`);
};

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

  test('shows no more than three times of one that fires each minute', () => {
    expect(notes('* * * * *', SUMMER)).toHaveLength(3);
  });
});
