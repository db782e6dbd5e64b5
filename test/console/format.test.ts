import { describe, expect, test } from 'vitest';
import { bytes, compact, counted, exact, percent, rate } from '../../console/src/format/numbers.ts';
import { shortened, visible } from '../../console/src/format/text.ts';
import { clockTime, duration, full, inZone, relative } from '../../console/src/format/times.ts';
import { SHOWN } from '../../console/src/format/units.ts';
import { breakerNote } from '../../console/src/views/origins/words.ts';
import { restOf, speedOf, withLook } from '../../console/src/views/runs/progress.ts';
import { isFailing, sentenceOf } from '../../console/src/views/schedules/words.ts';
import type { Budget, TickResult } from '../../src/api-client/client.ts';
import { parseExactly } from '../../src/core/exact-json.ts';
import { SERIES_UNITS } from '../../src/core/metrics/history-series.ts';

const AT = Date.UTC(2026, 10, 29, 2, 3, 22);

describe('numbers of the console', () => {
  test('keep every digit, also those that a double would lose', () => {
    expect(exact(1_234_567)).toBe('1,234,567');
    expect(exact(parseExactly('9007199254740993'))).toBe('9007199254740993');
    expect(exact(parseExactly('-0.1234567890123456789'))).toBe('-0.1234567890123456789');
    expect([exact(null), exact(undefined)]).toEqual(['unknown', 'unknown']);
  });

  test.each([
    [1, '100 %'],
    [0, '0 %'],
    [0.9999999, '> 99.99 %'],
    [0.9996, '99.96 %'],
    [0.99999, '> 99.99 %'],
    [0.9989, '99.8 %'],
    [0.00001, '< 0.01 %'],
    [0.0005, '0.05 %'],
    [0.5, '50.0 %'],
    [null, 'unknown'],
    [Number.NaN, 'unknown'],
  ])('the share %s is %s, never all and never none unless it is so', (share, text) => {
    expect(percent(share)).toBe(text);
  });

  test('are short where there is little room', () => {
    expect([compact(9_999), compact(12_345), counted(1, 'key'), counted(2, 'key')]).toEqual([
      ...['9,999', '12.3K', '1 key', '2 keys'],
    ]);
    expect([bytes(0), bytes(999), bytes(1_500), bytes(25_000_000), bytes(null)]).toEqual([
      ...['0 B', '999 B', '1.5 KB', '25 MB', 'unknown'],
    ]);
    expect([rate(250), rate(2.5), rate(0.5)]).toEqual(['250/s', '2.5/s', '30/min']);
  });
});

test('each unit of what is measured is shown as what it is', () => {
  expect(SHOWN.ms(3_900_000)).toBe('1 h 05 min');
  expect([SHOWN.ratio(0.5), SHOWN.callsPerSecond(2.5), SHOWN.keys(1_234)]).toEqual([
    '50.0 %',
    '2.5/s',
    '1,234',
  ]);
  expect(Object.keys(SHOWN).sort()).toEqual([...SERIES_UNITS].sort());
});

test('an origin that is paused, or whose quota is used up, is not said to be called', () => {
  const closed = { state: 'closed', since: null, reason: null } as const;
  const origin = { breaker: closed, paused: null, quota: null, windows: [] as Budget['windows'] } as Budget;
  const paused = { until: AT, reason: '', by: null };
  expect(breakerNote(origin)).toBe('it may be called');
  expect(breakerNote({ ...origin, paused })).toContain('not called: it is paused');
  expect(breakerNote({ ...origin, quota: { left: 0, resetAt: AT } })).toContain('its quota is used up');
  expect(breakerNote({ ...origin, breaker: { ...closed, state: 'open' }, paused })).toBe('nobody calls it');
});

describe('times of the console', () => {
  test("are in the viewer's zone also in sentences of the server, and as they stand in keys", () => {
    const said = 'no permit before 2026-11-29T02:03:22.000Z: it was paused';
    expect(inZone(said, 'America/Denver')).toBe('no permit before 2026-11-28 19:03:22 MST: it was paused');
    expect(inZone('report:2026-11-29T02:03:22Z failed', 'America/Denver')).toBe(
      'report:2026-11-29T02:03:22Z failed',
    );
  });

  test('say their zone', () => {
    expect(full(AT, 'America/Denver')).toBe('2026-11-28 19:03:22 MST');
    expect(full(AT, 'UTC')).toBe('2026-11-29 02:03:22 UTC');
  });

  test('name the day where it is another one there', () => {
    expect(clockTime(AT, AT + 60_000, 'America/Denver')).toBe('19:03');
    expect(clockTime(AT, AT + 6 * 3_600_000, 'America/Denver')).toBe('2026-11-28 19:03');
  });

  test.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [1_000, '1 s'],
    [59_600, '1 min'],
    [61_000, '1 min 01 s'],
    [3_600_000, '1 h'],
    [3_900_000, '1 h 05 min'],
    [90_061_000, '1 d 01 h'],
    [null, 'unknown'],
  ])('%s ms are %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  test.each([
    [0, 'now'],
    [-5_000, '5 s ago'],
    [90_000, 'in 1 min'],
    [-3_900_000, '1 h 05 min ago'],
    [200_000_000, 'in 2 d'],
  ])('%s ms away is %s', (ms, text) => {
    expect(relative(AT + ms, AT)).toBe(text);
  });
});

describe('names in the console', () => {
  test('hide nothing: what is invisible, or turns text around, is shown as what it is', () => {
    expect(visible('a\u202eb\u0000c\u200bd')).toBe('a\\u{202e}b\\u{0}c\\u{200b}d');
    expect(visible('<b>profile:Zürich 🌋')).toBe('<b>profile:Zürich 🌋');
    expect(visible('a\ud800')).toBe('a\\u{d800}');
  });

  test('keep both ends where they are cut', () => {
    expect(shortened('profile:35620', 40)).toBe('profile:35620');
    expect(shortened('census:acs:2024:cbsa:35620', 12)).toBe('census:…5620');
  });
});

describe('the speed of a run', () => {
  test('is that of the last half minute, and before there is one, since it began', () => {
    const first = withLook([], { at: 10_000, done: 50 });
    expect(speedOf(first, null)).toBeUndefined();
    expect(speedOf(first, 0)).toBe(5);
    const later = withLook(first, { at: 20_000, done: 250 });
    expect(speedOf(later, 0)).toBe(20);
    expect(speedOf(withLook(later, { at: 60_000, done: 250 }), 0)).toBeCloseTo(250 / 60);
  });

  test('gives the time that is left, and none where nothing moves', () => {
    expect([restOf(100, 20), restOf(100, 0), restOf(100, undefined)]).toEqual([5_000, undefined, undefined]);
  });

  test('begins again where keys that were done are pending again', () => {
    expect(withLook([{ at: 0, done: 90 }], { at: 5_000, done: 80 })).toEqual([{ at: 5_000, done: 80 }]);
  });
});

test('a time whose run left its keys out is not well, and says how many', () => {
  const result = {
    state: 'ended',
    endedReason: 'finished',
    total: 612,
    failed: 0,
    excluded: 612,
    took: 1_000,
  };
  const tick = {
    nominal: AT,
    count: 1,
    end: 'ran',
    reason: null,
    run: 'r1',
    result,
  } as unknown as TickResult;
  expect(isFailing([tick])).toBe(true);
  expect(sentenceOf(tick, AT, 'UTC')).toContain('finished, all keys left out, 612 of 612 keys were left out');
  expect(isFailing([{ ...tick, result: { ...tick.result, excluded: 0 } } as TickResult])).toBe(false);
});
