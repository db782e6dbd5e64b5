import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MISSED_POLICIES,
  type MissedRules,
  PLAIN,
  passedTimes,
  type TickTiming,
  whilePaused,
} from '../../src/policy/missed.ts';
import { nominalTimes } from '../../src/policy/nominal-times.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NIGHTLY = nominalTimes({ cron: '0 2 * * *', timezone: 'UTC' });
const EACH_SECOND = nominalTimes({ every: 1_000 });
const RULES: MissedRules = { missed: 'once', catchUp: 12 * HOUR, latest: 0 };
const at = (text: string) => Date.parse(`2026-12-${text}Z`);

function ends(cursor: number, now: number, rules: Partial<MissedRules> = {}, times = NIGHTLY): string[] {
  const { ticks } = passedTimes(times, cursor, now, { ...RULES, ...rules });
  return ticks.map((tick) => {
    const day = new Date(tick.nominal).toISOString().slice(8, 10);
    return tick.end === 'fire' ? `${day} fires` : `${day} ${tick.reason}`;
  });
}

describe('the times that have passed', () => {
  it('fire on time whatever the policy', () => {
    for (const missed of MISSED_POLICIES) {
      expect(ends(at('01T01:59:59'), at('01T02:00:30'), { missed })).toEqual(['01 fires']);
    }
  });

  it('are made up for once after a restart, with the newest', () => {
    const [cursor, now] = [at('01T12:00:00'), at('04T05:00:00')];
    expect(ends(cursor, now)).toEqual(['02 missed', '03 missed', '04 fires']);
    expect(ends(cursor, now, { missed: 'skip' })).toEqual(['02 missed', '03 missed', '04 missed']);
    expect(ends(cursor, now, { missed: 'all', catchUp: 30 * HOUR })).toEqual([
      '02 missed',
      '03 fires',
      '04 fires',
    ]);
  });

  it('are not made up for when they are older than the catch-up window', () => {
    expect(ends(at('01T12:00:00'), at('02T15:00:00'))).toEqual(['02 missed']);
  });

  it('are too late where a tick is of no use any more', () => {
    expect(ends(at('01T12:00:00'), at('02T05:00:00'), { latest: 2 * HOUR })).toEqual(['02 too-late']);
  });

  it('begin in no window that opened while nobody looked, however late they are', () => {
    const opens = at('01T02:00:01');
    const timing: TickTiming = {
      ...PLAIN,
      leftOut: (_, begins) => (begins >= opens ? 'excepted' : undefined),
    };
    const endOf = (now: string) => passedTimes(NIGHTLY, at('01T01:59:59'), at(now), RULES, timing).ticks[0];
    expect(endOf('01T02:00:00')).toMatchObject({ end: 'fire' });
    expect(endOf('01T02:00:02'), 'a tick that is merely begun').toMatchObject({ end: 'fire' });
    for (const now of ['01T02:00:03', '01T02:00:40', '01T02:30:00'])
      expect(endOf(now)).toMatchObject({ end: 'skip', reason: 'excepted' });
  });

  it('do not fire twice when the newest is on time and others were missed', () => {
    const { ticks } = passedTimes(EACH_SECOND, 0, 5_400, RULES);
    expect(ticks.map(({ end }) => end)).toEqual(['skip', 'skip', 'skip', 'skip', 'fire']);
  });

  it('of a month of seconds are told as a range, soon', () => {
    const month = 30 * 24 * HOUR;
    const { ticks, ranges, cursor } = passedTimes(EACH_SECOND, 0, month, { ...RULES, missed: 'skip' });
    expect(cursor).toBe(month);
    expect(ticks.length).toBeLessThanOrEqual(1_000);
    const to = (ticks[0]?.nominal ?? 0) - 1_000;
    expect(ranges).toEqual([{ from: 1_000, to, reason: 'missed', count: undefined }]);
  });

  it('and are more than are listed end by their own reasons: missed, excepted, asked', () => {
    const times = nominalTimes({ cron: '* * * * *' });
    const [cursor, now] = [at('01T00:00:00'), at('04T00:00:00')];
    const day = at('02T00:00:00');
    const timing: TickTiming = {
      ...PLAIN,
      leftOut: (nominal) =>
        nominal === day ? 'asked' : nominal > day && nominal <= day + HOUR ? 'excepted' : undefined,
    };
    const { ticks, ranges } = passedTimes(times, cursor, now, { ...RULES, missed: 'all' }, timing);
    expect(ticks[0]).toEqual({ nominal: day, end: 'skip', reason: 'asked' });
    expect(ranges).toContainEqual({ from: day + MINUTE, to: day + HOUR, reason: 'excepted', count: 60 });
    const [missed] = ranges;
    const listed = ticks.slice(1).map(({ nominal }) => nominal);
    expect(missed).toMatchObject({ from: cursor + MINUTE, reason: 'missed' });
    expect(missed?.to).toBe((listed[0] ?? 0) - MINUTE);
    expect((missed?.count ?? 0) + 60 + 1 + listed.length).toBe(3 * 24 * 60);
    expect(whilePaused({ ticks, ranges, cursor }).ranges).toEqual([
      { from: missed?.from, to: missed?.to, reason: 'paused', count: (missed?.count ?? 0) + 60 },
    ]);
  });

  it('and come in bursts are made up for, though all of them are long ago', () => {
    const burst = nominalTimes({ cron: '* * 2 * * *' });
    const [cursor, now] = [at('01T01:00:00'), at('01T12:30:00')];
    const { ticks, ranges, cursor: moved } = passedTimes(burst, cursor, now, RULES);
    expect(ticks.at(-1)).toEqual({ nominal: at('01T02:59:59'), end: 'fire' });
    expect(ranges[0]?.count ?? 0).toBe(3_600 - ticks.length);
    expect(moved).toBe(at('01T02:59:59'));
  });

  it('end exactly once each, in order, whenever they are looked at', () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 300 * MINUTE }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(
        gaps,
        fc.constantFrom(...MISSED_POLICIES),
        fc.constantFrom(5, 15, 60),
        (steps, missed, minutes) => {
          const times = nominalTimes({ every: minutes * MINUTE });
          let [cursor, now] = [0, 0];
          const seen: number[] = [];
          for (const step of steps) {
            now += step;
            const passed = passedTimes(times, cursor, now, { ...RULES, missed });
            seen.push(...passed.ticks.map(({ nominal }) => nominal));
            cursor = passed.cursor;
          }
          const all = Array.from(
            { length: Math.floor(now / (minutes * MINUTE)) },
            (_, i) => (i + 1) * minutes * MINUTE,
          );
          expect(seen).toEqual(all);
        },
      ),
    );
  });
});
