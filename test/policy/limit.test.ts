import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kindOfCall } from '../../src/policy/call-kind.ts';
import { type LimitWindow, type LoweredLimit, nextLimit } from '../../src/policy/limit.ts';

const NOW = 1_800_000_000_000;
const CEILING = { rate: 100, permits: 20 };

function seen(change: Partial<LimitWindow> = {}): LimitWindow {
  const calm = { throttled: undefined, pausedUntil: 0, failing: false, slow: false };
  return { now: NOW, ceiling: CEILING, used: { rate: 100, permits: 4 }, ...calm, ...change };
}

/** What holds so many seconds later, when limits are used in full, or as `change` says. */
function heldAfter(limit: LoweredLimit | undefined, seconds: number, change: Partial<LimitWindow> = {}) {
  let held = limit;
  for (let s = 1; s <= seconds && held !== undefined; s += 1)
    held = nextLimit(held, seen({ now: (limit?.at ?? NOW) + s * 1_000, used: held, ...change }));
  return held;
}

const CUT = nextLimit(undefined, seen({ throttled: 'rate' }));
/** Found twice: it is not searched for any more. */
const FOUND = { ...CUT, confirmed: true } as LoweredLimit;

describe('the limits of an origin', () => {
  it('are as configured until the first "slow down", whatever else happens', () => {
    expect(nextLimit(undefined, seen({ failing: true, slow: true }))).toBeUndefined();
  });

  it('go down to seven tenths of what was used', () => {
    expect(CUT).toMatchObject({ rate: 70, permits: 20, since: NOW });
    const idle = nextLimit(undefined, seen({ throttled: 'rate', used: { rate: 10, permits: 20 } }));
    expect(idle?.rate).toBeCloseTo(7.7);
    expect(idle?.permits).toBe(20);
  });

  it('at the same time go down to seven tenths of those in flight, and to half where that comes again soon', () => {
    const few = seen({ throttled: 'concurrency', used: { rate: 3, permits: 10 } });
    const cut = nextLimit(undefined, few);
    expect(cut).toMatchObject({ rate: 100, permits: 7, top: { permits: 10 } });
    expect(nextLimit(cut, { ...few, now: NOW + 1_000 })?.permits).toBe(3.5);
    expect(nextLimit(cut, { ...few, now: NOW + 9_000 })?.permits).toBeCloseTo(4.9);
  });

  it('go down once in a second, and keep since when they are low', () => {
    const soon = nextLimit(CUT, seen({ now: NOW + 900, throttled: 'rate' }));
    expect(soon?.cutAt).toBe(NOW);
    const later = nextLimit(CUT, seen({ now: NOW + 1_000, throttled: 'rate' }));
    expect(later).toMatchObject({ since: NOW, cutAt: NOW + 1_000 });
    expect(later?.rate).toBeCloseTo(49);
  });

  it('go down in a window in which most calls fail, but not for slow answers', () => {
    expect(nextLimit(CUT, seen({ now: NOW + 1_000, failing: true }))?.rate).toBeCloseTo(49);
    expect(nextLimit(CUT, seen({ now: NOW + 1_000, slow: true }))?.rate).toBe(70);
  });

  it('grow to just below what was too much, and are as configured within a minute', () => {
    expect(heldAfter(FOUND, 14)?.rate).toBeCloseTo(97, 0);
    expect(heldAfter(FOUND, 3)?.rate).toBeLessThan(90);
    // While it is searched for, four times as fast.
    expect(heldAfter(CUT, 3)?.rate).toBeCloseTo(97, 0);
    const low = { ...FOUND, rate: 7, permits: 2, top: { rate: 10, permits: 3 } } as LoweredLimit;
    expect(heldAfter(low, 20)?.rate).toBeLessThan(10);
    expect(heldAfter(low, 50)).toBeUndefined();
  });

  it('do not grow while less than half of them is used, while answers are slow, or while most calls fail', () => {
    expect(heldAfter(CUT, 30, { used: { rate: 30, permits: 4 } })?.rate).toBe(70);
    expect(heldAfter(CUT, 30, { slow: true })?.rate).toBe(70);
  });

  it('never grow beyond twice what was measured', () => {
    const low = { ...CUT, rate: 7, permits: 2, top: { rate: 10, permits: 3 } } as LoweredLimit;
    expect(heldAfter(low, 60, { used: { rate: 8, permits: 1 } })?.rate).toBeLessThanOrEqual(16);
  });

  it('are as configured ten minutes after the last "slow down", used or not', () => {
    expect(heldAfter(CUT, 599, { used: { rate: 0, permits: 0 } })).toBeDefined();
    expect(heldAfter(CUT, 601, { used: { rate: 0, permits: 0 } })).toBeUndefined();
  });

  it('are free again without a configured rate once three times as much was borne', () => {
    const ceiling = { rate: Number.POSITIVE_INFINITY, permits: 20 };
    const free = nextLimit(undefined, seen({ ceiling, throttled: 'rate', used: { rate: 100, permits: 4 } }));
    expect(free?.rate).toBeCloseTo(77);
    expect(heldAfter(free, 5, { ceiling })?.rate).toBeLessThan(330);
    expect(heldAfter(free, 60, { ceiling })).toBeUndefined();
  });

  it('never exceed what is configured, nor fall below a call at a time, whatever is seen', () => {
    const flag = fc.boolean();
    const window = fc.record({
      ms: fc.integer({ min: 1, max: 700_000 }),
      rate: fc.oneof(
        fc.double({ min: 0.01, max: 5_000, noNaN: true }),
        fc.constant(Number.POSITIVE_INFINITY),
      ),
      permits: fc.integer({ min: 1, max: 500 }),
      usedRate: fc.double({ min: 0, max: 9_000, noNaN: true }),
      usedPermits: fc.double({ min: 0, max: 600, noNaN: true }),
      throttled: fc.constantFrom(undefined, 'rate' as const, 'concurrency' as const),
      pausedUntil: fc.oneof(fc.constant(0), fc.integer({ min: NOW, max: NOW + 9_000_000 })),
      ...{ failing: flag, slow: flag },
    });
    fc.assert(
      fc.property(fc.array(window, { maxLength: 60 }), (windows) => {
        let now = NOW;
        let held: LoweredLimit | undefined;
        for (const { ms, rate, permits, usedRate, usedPermits, ...flags } of windows) {
          now += ms;
          const ceiling = { rate, permits };
          held = nextLimit(held, { now, ceiling, used: { rate: usedRate, permits: usedPermits }, ...flags });
          if (held === undefined) continue;
          expect(held.rate).toBeLessThanOrEqual(rate);
          expect(held.rate).toBeGreaterThan(0);
          expect(held.permits).toBeLessThanOrEqual(permits);
          expect(Math.floor(held.permits)).toBeGreaterThanOrEqual(1);
          expect(JSON.parse(JSON.stringify(held.at))).toBe(now);
        }
      }),
    );
  });
});

it('calls of one kind are those of one source, about as many keys, and something new or not', () => {
  expect(kindOfCall('quote', 100, false)).toBe(kindOfCall('quote', 128, false));
  expect(kindOfCall('quote', 100, false)).not.toBe(kindOfCall('quote', 1, false));
  expect(kindOfCall('quote', 1, true)).not.toBe(kindOfCall('quote', 1, false));
});
