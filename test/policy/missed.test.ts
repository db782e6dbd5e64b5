import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MISSED_POLICIES, type MissedRules, passedTimes } from '../../src/policy/missed.ts';
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

  it('do not fire twice when the newest is on time and others were missed', () => {
    const { ticks } = passedTimes(EACH_SECOND, 0, 5_400, RULES);
    expect(ticks.map(({ end }) => end)).toEqual(['skip', 'skip', 'skip', 'skip', 'fire']);
  });

  it('of a month of seconds are told as a range, soon', () => {
    const month = 30 * 24 * HOUR;
    const { ticks, skippedRange, cursor } = passedTimes(EACH_SECOND, 0, month, { ...RULES, missed: 'skip' });
    expect(cursor).toBe(month);
    expect(ticks.length).toBeLessThanOrEqual(1_000);
    expect(skippedRange?.from).toBe(1_000);
    expect(skippedRange?.to).toBeLessThan(ticks[0]?.nominal ?? 0);
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
