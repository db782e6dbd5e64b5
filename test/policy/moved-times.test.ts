/** Fixed times that clocks leave out when they go forward, against whatever else decides about a tick. */
import { describe, expect, it } from 'vitest';
import { writtenTimeOf } from '../../src/core/written-time.ts';
import { isTooLate } from '../../src/policy/missed.ts';
import { nominalTimes, type TimeRule } from '../../src/policy/nominal-times.ts';
import { preview } from '../../src/policy/preview.ts';
import { parseDeadline } from '../../src/policy/run-deadline.ts';
import { firingOf, NO_WISHES, type TickRules, timingOf } from '../../src/policy/tick-rules.ts';
import { parseWindow } from '../../src/policy/window-text.ts';
import { timeRuleOf } from '../../src/schedules/written-rule.ts';
import { PLAIN_RULES } from '../support/schedules.ts';

const timezone = 'America/Denver';
/** In Denver 02:00 to 03:00 does not exist on 14 March 2027. */
const GAP_ENDS = Date.parse('2027-03-14T09:00:00Z');
const atTimes = (...texts: string[]): TimeRule =>
  timeRuleOf({
    timezone,
    at: texts.map((text) => writtenTimeOf(text) ?? { at: 0, isDay: false, isInstant: true }),
  });

/** The local times of that day at which it fires. */
function firesAt(rule: TimeRule, rules: Partial<TickRules> = {}): string[] {
  const schedule = { name: 's', rule, rules: { ...PLAIN_RULES, ...rules }, windows: [] };
  const firing = firingOf(schedule, NO_WISHES);
  return preview(rule, Date.parse('2027-03-14T07:00:00Z'), 4, firing)
    .map(({ local }) => local.slice(0, 16))
    .filter((local) => local.startsWith('2027-03-14'))
    .map((local) => local.slice(11));
}

const NIGHTLY: TimeRule = { cron: '30 2 * * *', timezone };
const except = (...texts: string[]) => ({ except: texts.map(parseWindow) });

describe('a time that clocks leave out', () => {
  it.each([
    ['around the written time', except('02:00-03:00'), []],
    ['from the written time on', except('02:30-04:00'), []],
    ['of the day', except('2027-03-14'), []],
    ['that ends before it', except('01:00-02:30'), ['03:00']],
    ['around the instant at which it runs', except('03:00-03:10'), []],
    ['after that', except('03:01-04:00'), ['03:00']],
    ['of instants, before the change', except('2027-03-14T08:00Z..2027-03-14T09:00Z'), ['03:00']],
    ['of instants, with the change', except('2027-03-14T08:00Z..2027-03-14T09:01Z'), []],
    ['of other days', except('mon-sat'), ['03:00']],
    ['of Sundays', except('sun 02:00-03:00'), []],
  ])('is left out by a window %s', (_, rules, fires) => {
    expect(firesAt(NIGHTLY, rules)).toEqual(fires);
    expect(firesAt(atTimes('2027-03-14T02:30'), rules)).toEqual(fires);
  });

  it('does not fire in any year where a window covers the written time on all other days', () => {
    const rules = { ...PLAIN_RULES, ...except('02:00-03:00') };
    const { next } = firingOf({ name: 's', rule: NIGHTLY, rules, windows: [] }, NO_WISHES);
    expect(next(Date.UTC(2024, 0, 1))).toBeUndefined();
  });

  it('does not take another time away that is due at the same instant', () => {
    const both: TimeRule = { cron: '0,30 2,3 * * *', timezone };
    expect(firesAt(both, except('02:00-03:00'))).toEqual(['03:00', '03:30']);
    expect(firesAt(atTimes('2027-03-14T02:30', '2027-03-14T03:00'), except('02:00-03:00'))).toEqual([
      '03:00',
    ]);
    expect(firesAt({ cron: '15,30 2 * * *', timezone }, except('02:20-03:00'))).toEqual(['03:00']);
    // Steps go by elapsed time: what lies in a gap has no instant.
    expect(firesAt({ cron: '*/30 2-3 * * *', timezone }, except('02:00-03:00'))).toEqual(['03:00', '03:30']);
  });

  it('keeps to the start and the end of its schedule, which are instants', () => {
    for (const [start, end, fires] of [
      ['2027-03-14T02:30', '2027-03-15', ['03:00']],
      ['2027-03-14T03:00', '2027-03-15', ['03:00']],
      ['2027-03-14T03:01', '2027-03-15', []],
      ['2027-03-01', '2027-03-14T01:59', []],
      ['2027-03-01', '2027-03-14T03:00', ['03:00']],
    ] as const) {
      const [from, to] = [writtenTimeOf(start), writtenTimeOf(end)];
      expect(firesAt(timeRuleOf({ cron: '30 2 * * *', timezone, start: from, end: to }))).toEqual(fires);
    }
  });

  it('is too late for a deadline that comes with it, and no day early for one', () => {
    const deadline = (text: string, rule: TimeRule = NIGHTLY) => {
      const rules = { ...PLAIN_RULES, deadline: parseDeadline(text) };
      const schedule = { name: 's', rule, rules, windows: [] };
      return timingOf(schedule, nominalTimes(rule), NO_WISHES).deadlineOf;
    };
    for (const text of ['02:45', '03:00'])
      expect(isTooLate(GAP_ENDS, GAP_ENDS, 0, deadline(text))).toBe(true);
    expect(deadline('06:00')(GAP_ENDS)).toBe(Date.parse('2027-03-14T12:00:00Z'));
    expect(deadline('1h')(GAP_ENDS)).toBe(GAP_ENDS + 3_600_000);
    // A time of its own has until that time of the next day.
    expect(deadline('03:00', { cron: '0 3 * * *', timezone })(GAP_ENDS)).toBe(
      Date.parse('2027-03-15T09:00:00Z'),
    );
  });
});

describe('the preview of times that are listed', () => {
  const notes = (...texts: string[]) =>
    preview(atTimes(...texts), 0, 9).map(({ local, note }) => [local, note?.slice(0, 60) ?? null]);

  it('marks those that were moved, and those that come twice', () => {
    expect(notes('2027-03-14T01:59', '2027-03-14T02:30', '2027-03-14T03:30')).toEqual(
      [
        ['2027-03-14T01:59:00-07:00', null],
        ['2027-03-14T03:00:00-06:00', 'moved: 02:30:00 does not exist on this day, since clocks go f'],
        ['2027-03-14T03:30:00-06:00', null],
      ].map(([local, note]) => [local, note?.slice(0, 60) ?? null]),
    );
    expect(notes('2027-11-07T01:30')[0]?.[1]).toContain('doubled: clocks go back');
    // Written as an instant it was not moved, and is the one that was meant.
    expect(notes('2027-03-14T02:30-07:00')).toEqual([['2027-03-14T03:30:00-06:00', null]]);
    expect(preview(atTimes('2027-11-07T01:30-07:00'), 0, 1)[0]?.note).toMatch(/the second time only$/);
    expect(notes('2027-03-14T09:00Z')[0]?.[1]).toBe('clocks go forward by 60 min at this instant');
  });
});
