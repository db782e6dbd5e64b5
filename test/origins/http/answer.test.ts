import { describe, expect, it } from 'vitest';
import { retryAtOf } from '../../../src/origins/http/answer.ts';

const NOW = Date.UTC(2026, 0, 1, 12);

describe('the time to come back', () => {
  it.each([
    ['120', NOW + 120_000],
    ['0', NOW],
    [' 5 ', NOW + 5_000],
    ['99999999999999999999', 8.64e15],
    ['Thu, 01 Jan 2026 12:00:30 GMT', NOW + 30_000],
    ['Thu, 01 Jan 2026 11:00:00 GMT', NOW],
  ])('is read from "%s"', (text, at) => {
    expect(retryAtOf({ 'retry-after': text }, NOW)).toBe(at);
  });

  it.each([undefined, '', 'soon', '-5', '1.5e'])('is not read from %j', (text) => {
    expect(retryAtOf(text === undefined ? {} : { 'retry-after': text }, NOW)).toBeUndefined();
  });

  it("counts a date from the origin's own, whose clock may differ from ours", () => {
    const headers = {
      date: 'Thu, 01 Jan 2026 09:00:00 GMT',
      'retry-after': 'Thu, 01 Jan 2026 09:00:30 GMT',
    };
    expect(retryAtOf(headers, NOW)).toBe(NOW + 30_000);
  });
});
