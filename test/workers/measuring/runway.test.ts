import fc from 'fast-check';
import { expect, test } from 'vitest';
import { affordableCalls } from '../../../src/workers/measuring/runway.ts';

const NOW = 1_700_000_000_000;
const NO_CALLS = { ok: 0, throttled: 0, failed: 0, ms: 0, by: { live: 0, hot: 0, warm: 0, cold: 0, run: 0 } };
const FREE = {
  limits: { concurrency: 4, intervalMs: 0 },
  calls: NO_CALLS,
  quota: undefined,
  pausedUntil: 0,
};

test.each([
  ['a rate of ten a second', { limits: { concurrency: 4, intervalMs: 100 } }, [], 600],
  ['places, when calls take two seconds', { calls: { ...NO_CALLS, ok: 8, failed: 2, ms: 20_000 } }, [], 120],
  [
    'the stricter of both',
    { limits: { concurrency: 4, intervalMs: 100 }, calls: { ...NO_CALLS, ok: 1, ms: 2_000 } },
    [],
    120,
  ],
  ['a longer window', { limits: { concurrency: 4, intervalMs: 100 } }, [{ calls: 50, perMs: 3_600_000 }], 50],
  [
    'a shorter window, as often as it fits',
    { limits: { concurrency: 4, intervalMs: 1 } },
    [{ calls: 5, perMs: 10_000 }],
    30,
  ],
  [
    'a pause of half the time',
    { limits: { concurrency: 4, intervalMs: 100 }, pausedUntil: NOW + 30_000 },
    [],
    300,
  ],
  ['a pause beyond the time', { pausedUntil: NOW + 90_000 }, [], 0],
  ['what the origin says is left', { quota: { left: 7, resetAt: NOW + 60_000 } }, [], 7],
  ['not a quota that is renewed before', { quota: { left: 7, resetAt: NOW + 59_000 } }, [], undefined],
  ['nothing that is known', {}, [], undefined],
])('within a minute, %s', (_, change, windows, calls) => {
  expect(affordableCalls({ ...FREE, ...change }, { windows }, 60_000, NOW)).toBe(calls);
});

test('more time never affords fewer calls, and a stricter limit never more', () => {
  const state = fc.record({
    limits: fc.record({ concurrency: fc.integer({ min: 1, max: 50 }), intervalMs: fc.nat(5_000) }),
    calls: fc.record({ ok: fc.integer({ min: 1, max: 1_000 }), ms: fc.integer({ min: 1, max: 100_000 }) }),
    pausedUntil: fc.integer({ min: NOW - 10_000, max: NOW + 100_000 }),
  });
  fc.assert(
    fc.property(
      state,
      fc.integer({ min: 1, max: 900_000 }),
      fc.nat(900_000),
      ({ limits, calls, pausedUntil }, ms, more) => {
        const of = (change: Partial<typeof limits>, time: number) =>
          affordableCalls(
            { ...FREE, pausedUntil, calls: { ...NO_CALLS, ...calls }, limits: { ...limits, ...change } },
            { windows: [] },
            time,
            NOW,
          ) ?? Number.POSITIVE_INFINITY;
        expect(of({}, ms + more)).toBeGreaterThanOrEqual(of({}, ms));
        expect(of({ concurrency: 1 }, ms)).toBeLessThanOrEqual(of({}, ms));
        expect(of({ intervalMs: limits.intervalMs + 10 }, ms)).toBeLessThanOrEqual(of({}, ms));
      },
    ),
  );
});
