import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fractionOf } from '../../src/core/fraction.ts';
import type { SkipReason } from '../../src/core/skip-reason.ts';
import { jitterOf } from '../../src/policy/jitter.ts';
import { passedTimes } from '../../src/policy/missed.ts';
import { nominalTimes } from '../../src/policy/nominal-times.ts';
import { OVERLAP_POLICIES, type Overlap, settleOverlap } from '../../src/policy/overlap.ts';
import { deadlinesOf, deadlineText, parseDeadline } from '../../src/policy/run-deadline.ts';
import { beforeNext, firingOf, NO_WISHES, type TickRules, timingOf } from '../../src/policy/tick-rules.ts';
import { parseWindow } from '../../src/policy/window-text.ts';
import { PLAIN_RULES } from '../support/schedules.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const at = (text: string) => Date.parse(`2026-12-${text}Z`);

describe('a tick while the run of an earlier one goes on', () => {
  const settled = (change: Partial<Overlap>) => {
    const { fire, skipped, waiting } = settleOverlap({
      policy: 'skip',
      busy: true,
      fire: [2],
      waiting: undefined,
      ...change,
    });
    return [fire, skipped, waiting];
  };

  it('is skipped, waits, or fires, as the policy says', () => {
    expect(settled({ policy: 'skip' })).toEqual([[], [2], undefined]);
    expect(settled({ policy: 'queue' })).toEqual([[], [], 2]);
    expect(settled({ policy: 'cancel' })).toEqual([[2], [], undefined]);
    expect(settled({ policy: 'allow' })).toEqual([[2], [], undefined]);
    for (const policy of OVERLAP_POLICIES)
      expect(settled({ policy, busy: false })).toEqual([[2], [], undefined]);
  });

  it('takes the place of one that waits', () => {
    expect(settled({ policy: 'queue', waiting: 1 })).toEqual([[], [1], 2]);
    expect(settled({ policy: 'queue', waiting: 1, busy: false })).toEqual([[2], [1], undefined]);
    expect(settled({ policy: 'queue', waiting: 1, busy: false, fire: [] })).toEqual([[1], [], undefined]);
    expect(settled({ policy: 'queue', waiting: 1, fire: [] })).toEqual([[], [], 1]);
  });

  it('ends exactly once, whatever happens when', () => {
    const steps = fc.array(fc.record({ busy: fc.boolean(), ticks: fc.integer({ min: 0, max: 2 }) }), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(fc.constantFrom(...OVERLAP_POLICIES), steps, (policy, all) => {
        let [waiting, next] = [undefined as number | undefined, 1];
        const ended: number[] = [];
        for (const { busy, ticks } of all) {
          const fire = Array.from({ length: ticks }, () => next++);
          const ends = settleOverlap({ policy, busy, fire, waiting });
          ended.push(...ends.fire, ...ends.skipped);
          waiting = ends.waiting;
        }
        const open = waiting === undefined ? [] : [waiting];
        expect([...ended, ...open].sort((a, b) => a - b)).toEqual(
          Array.from({ length: next - 1 }, (_, i) => i + 1),
        );
      }),
    );
  });
});

describe('jitter', () => {
  const nightly = nominalTimes({ cron: '0 2 * * *', timezone: 'UTC' });

  it('is the same for the same schedule and time, and differs between schedules', () => {
    const nominal = at('01T02:00:00');
    const own = jitterOf('nightly', nominal, HOUR, nightly);
    expect(jitterOf('nightly', nominal, HOUR, nightly)).toBe(own);
    expect(jitterOf('weekly', nominal, HOUR, nightly)).not.toBe(own);
    expect(jitterOf('nightly', nominal, 0, nightly)).toBe(0);
  });

  it('spreads over what it may take, and never reaches the next time', () => {
    const each = nominalTimes({ every: 5 * MINUTE });
    const late = Array.from({ length: 2_000 }, (_, i) => jitterOf('s', i * 5 * MINUTE, HOUR, each));
    expect(Math.max(...late)).toBeLessThan(5 * MINUTE);
    expect(Math.max(...late)).toBeGreaterThan(4.9 * MINUTE);
    const mean = late.reduce((sum, ms) => sum + ms, 0) / late.length;
    expect(mean / MINUTE).toBeGreaterThan(2.3);
    expect(mean / MINUTE).toBeLessThan(2.7);
  });

  it('comes from fractions that are even, also of texts that are alike', () => {
    const tenths = new Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i += 1) {
      const tenth = Math.floor(fractionOf(`key:${i}`) * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    for (const count of tenths) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });
});

/** How the times of a nightly schedule end, as `day end`. */
function ends(
  cursor: number,
  now: number,
  change: Partial<TickRules>,
  asked: readonly number[] = [],
): string[] {
  const rules = { ...PLAIN_RULES, catchUp: 12 * HOUR, ...change };
  const rule = { cron: '0 2 * * *', timezone: 'UTC' };
  const times = nominalTimes(rule);
  const timing = timingOf({ name: 'nightly', rule, rules, windows: [] }, times, {
    ...NO_WISHES,
    asked: new Set(asked),
  });
  return passedTimes(times, cursor, now, rules, timing).ticks.map((tick) => {
    const how: SkipReason | 'fires' = tick.end === 'fire' ? 'fires' : tick.reason;
    return `${new Date(tick.nominal).toISOString().slice(8, 10)} ${how}`;
  });
}

describe('the times of a schedule', () => {
  it('are left out in a window, and when somebody asked, whatever else holds', () => {
    const except = [parseWindow('2026-12-02')];
    const cursor = at('01T12:00:00');
    expect(ends(cursor, at('02T02:00:01'), { except })).toEqual(['02 excepted']);
    expect(ends(cursor, at('02T02:00:01'), {}, [at('02T02:00:00')])).toEqual(['02 asked']);
    expect(ends(cursor, at('04T02:00:01'), { except })).toEqual(['02 excepted', '03 missed', '04 fires']);
  });

  it('are not made up for inside a window', () => {
    const except = [parseWindow('04:00-08:00')];
    expect(ends(at('01T12:00:00'), at('02T05:00:00'), { except })).toEqual(['02 excepted']);
    expect(ends(at('01T12:00:00'), at('02T09:00:00'), { except })).toEqual(['02 fires']);
  });

  it('end when their jitter is over, and not before', () => {
    const jitter = 2 * HOUR;
    const nominal = at('02T02:00:00');
    const begins =
      nominal + jitterOf('nightly', nominal, jitter, nominalTimes({ cron: '0 2 * * *', timezone: 'UTC' }));
    expect(begins).toBeGreaterThan(nominal + MINUTE);
    expect(ends(at('01T12:00:00'), begins - 1, { jitter })).toEqual([]);
    expect(ends(at('01T12:00:00'), begins, { jitter, missed: 'skip' })).toEqual(['02 fires']);
    expect(ends(at('01T00:00:00'), begins - 1, { jitter })).toEqual(['01 missed']);
  });

  it('are too late once the deadline of their run has passed', () => {
    const deadline = parseDeadline('06:00');
    expect(ends(at('01T12:00:00'), at('02T05:59:00'), { deadline })).toEqual(['02 fires']);
    expect(ends(at('01T12:00:00'), at('02T06:00:00'), { deadline })).toEqual(['02 too-late']);
    expect(ends(at('01T12:00:00'), at('02T06:00:00'), { deadline: parseDeadline('3h') })).toEqual([
      '02 too-late',
    ]);
  });
});

describe('what fires next', () => {
  const next = (change: Partial<TickRules>, asked: readonly number[] = []) => {
    const rule = { cron: '0 2 * * *', timezone: 'UTC' };
    const schedule = { name: 'nightly', rule, rules: { ...PLAIN_RULES, ...change }, windows: [] };
    const found = firingOf(schedule, { ...NO_WISHES, asked: new Set(asked) }).next(at('01T12:00:00'));
    return found === undefined ? undefined : new Date(found).toISOString().slice(0, 16);
  };

  it('passes over windows and times that are left out', () => {
    expect(next({})).toBe('2026-12-02T02:00');
    expect(next({}, [at('02T02:00:00'), at('03T02:00:00')])).toBe('2026-12-04T02:00');
    expect(next({ except: [parseWindow('2026-12-02..2028-12-01')] })).toBe('2028-12-02T02:00');
    expect(next({ except: [parseWindow('01:00-03:00')] })).toBeUndefined();
    expect(next({ except: [parseWindow('mon-thu'), parseWindow('fri-sun 00:00-12:00')] })).toBeUndefined();
  });

  it('passes over a pause, and what begins in it late by intention', () => {
    const rule = { cron: '0 2 * * *', timezone: 'UTC' };
    const schedule = { name: 'nightly', rule, rules: PLAIN_RULES, windows: [] };
    const from = at('01T12:00:00');
    const paused = (end: number | undefined, jitter = 0) => {
      const wishes = { ...NO_WISHES, pause: { since: from, until: end } };
      return firingOf({ ...schedule, rules: { ...PLAIN_RULES, jitter } }, wishes).next(from);
    };
    expect(paused(at('03T02:00:00'))).toBe(at('03T02:00:00'));
    expect(paused(at('03T02:00:00') + 1)).toBe(at('04T02:00:00'));
    expect(paused(undefined)).toBeUndefined();
    const begins = firingOf({ ...schedule, rules: { ...PLAIN_RULES, jitter: HOUR } }, NO_WISHES).beginsAt(
      at('03T02:00:00'),
    );
    expect(begins).toBeGreaterThan(at('03T02:00:00'));
    // At its time it is paused, and when it would begin it is not any more: it fires.
    expect(paused(begins, HOUR)).toBe(at('03T02:00:00'));
    expect(paused(begins + 1, HOUR)).toBe(at('04T02:00:00'));
  });

  it('is one that has passed and waits for its jitter, and none that has ended', () => {
    const rule = { cron: '0 2 * * *', timezone: 'UTC' };
    const nominal = at('03T02:00:00');
    const rules = { ...PLAIN_RULES, jitter: HOUR };
    const firing = firingOf({ name: 'nightly', rule, rules, windows: [] }, NO_WISHES);
    const nextAt = (now: number, cursor = at('02T02:00:00')) =>
      firing.next(beforeNext(firing, HOUR, cursor, now));
    const begins = firing.beginsAt(nominal);
    expect(nextAt(nominal - 1)).toBe(nominal);
    expect(nextAt(begins - 1)).toBe(nominal);
    expect(nextAt(begins)).toBe(at('04T02:00:00'));
    // It has ended already, by a scheduler whose clock is ahead of this one.
    expect(nextAt(nominal - 5, nominal)).toBe(at('04T02:00:00'));
  });

  it('keeps between a start and an end', () => {
    const rule = { every: 7 * MINUTE, start: at('01T00:00:00'), end: at('01T00:14:00') };
    const times = nominalTimes(rule);
    const shown = [0, at('01T00:00:00'), at('01T00:07:00'), at('01T00:14:00')].map((after) =>
      times.next(after),
    );
    expect(shown).toEqual([at('01T00:00:00'), at('01T00:07:00'), at('01T00:14:00'), undefined]);
  });
});

describe('a deadline', () => {
  it('is a length of time after the tick, or the next time of day', () => {
    const nominal = Date.parse('2027-03-13T09:00:00Z'); // 02:00 in Denver, the day before clocks go forward
    const zone = 'America/Denver';
    const of = (text: string, from = nominal) =>
      new Date(deadlinesOf(parseDeadline(text), zone, () => false)(from) ?? 0).toISOString();
    expect(of('4h')).toBe('2027-03-13T13:00:00.000Z');
    expect(of('06:00')).toBe('2027-03-13T13:00:00.000Z');
    expect(of('01:30')).toBe('2027-03-14T08:30:00.000Z');
    expect(of('06:00', nominal + 24 * HOUR)).toBe('2027-03-14T12:00:00.000Z');
    expect(deadlinesOf(parseDeadline('0'), zone, () => false)(nominal)).toBeUndefined();
  });

  it.each(['24:00', '6:60', '25:00', ':', 'soon', '4'])('such as %j is refused', (text) => {
    expect(() => parseDeadline(text)).toThrow(/is not a d(eadline|uration)/);
  });

  it('is shown as it was written', () => {
    expect(['4h', '06:00', '0'].map((text) => deadlineText(parseDeadline(text)))).toEqual([
      '4h',
      '06:00',
      '0',
    ]);
  });
});
