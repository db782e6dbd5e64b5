import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { readCalendar } from '../../src/policy/calendar-text.ts';
import { instantOf, localText, offsetsOf } from '../../src/policy/local-time.ts';
import { firingOf, NO_WISHES } from '../../src/policy/tick-rules.ts';
import { parseWindow } from '../../src/policy/window-text.ts';
import { coveredBy, freeFrom, joinWindows, type Window } from '../../src/policy/windows.ts';
import { PLAIN_RULES } from '../support/schedules.ts';

const DENVER = offsetsOf('America/Denver');
const BERLIN = offsetsOf('Europe/Berlin');

/** Whether a window, as text, covers a local time of Denver. */
function isCovered(window: string, local: string): boolean {
  return coveredBy(joinWindows([parseWindow(window)]), instantOf(Date.parse(`${local}Z`), DENVER), DENVER);
}

describe('a window', () => {
  it.each([
    ['2026-12-25', '2026-12-25T00:00', true],
    ['2026-12-25', '2026-12-25T23:59', true],
    ['2026-12-25', '2026-12-26T00:00', false],
    ['2026-12-24..2026-12-26', '2026-12-26T23:59', true],
    ['2026-12-24T18:00..2026-12-27T06:00', '2026-12-24T17:59', false],
    ['2026-12-24T18:00..2026-12-27T06:00', '2026-12-24T18:00', true],
    ['2026-12-24T18:00..2026-12-27T06:00', '2026-12-27T06:00', false],
    ['2026-12-24T18:00Z..2026-12-24T20:00Z', '2026-12-24T11:30', true],
    ['2026-12-24T18:00Z..2026-12-24T20:00Z', '2026-12-24T18:30', false],
    ['2026-12-24T18:00+01:00..2026-12-24T20:00+01:00', '2026-12-24T10:30', true],
    ['sat,sun', '2026-11-28T12:00', true],
    ['sat,sun', '2026-11-27T23:59', false],
    ['fri-mon', '2026-11-29T12:00', true],
    ['fri-mon', '2026-12-01T00:00', false],
    ['22:00-06:00', '2026-11-27T23:00', true],
    ['22:00-06:00', '2026-11-28T05:59', true],
    ['22:00-06:00', '2026-11-28T06:00', false],
    ['mon-fri 09:30-16:00', '2026-11-27T15:59', true],
    ['mon-fri 09:30-16:00', '2026-11-28T12:00', false],
    ['fri 22:00-06:00', '2026-11-28T03:00', true],
    ['fri 22:00-06:00', '2026-11-27T03:00', false],
    ['Mon-Fri 9:30 - 16:00', '2026-11-27T09:30', true],
  ])('%s covers %s: %s', (window, local, covers) => {
    expect(isCovered(window, local)).toBe(covers);
  });

  it.each([
    '',
    '2026-13-01',
    '2026-02-30',
    '2026-12-26..2026-12-24',
    '2026-12-24T18:00Z..2026-12-25',
    'someday',
    '25:00-26:00',
    '10:00-10:00',
    'mon-fri 9-17',
    'mon-',
    '2026-01-01..2026-01-02..2026-01-03',
    '10:00',
    'x'.repeat(10_000),
  ])('such as %j is refused, with what can be written', (text) => {
    expect(() => parseWindow(text.slice(0, 10_000))).toThrow('is not a window; write a day (2026-12-25)');
  });

  it('ends at the first instant that is free, also behind others and over a change of clocks', () => {
    const windows = ['2026-10-24..2026-10-25', 'mon 00:00-06:00'].map(parseWindow);
    const cover = joinWindows(windows);
    const free = freeFrom(cover, Date.parse('2026-10-24T12:00:00Z'), BERLIN) ?? 0;
    expect(localText(free, BERLIN(free))).toBe('2026-10-26T06:00:00+01:00');
    expect(freeFrom(joinWindows([parseWindow('mon-sun')]), free, BERLIN)).toBeUndefined();
  });

  it.each(['22:00-02:30', '2026-10-24T22:00..2026-10-25T02:30'])(
    'that ends in the hour that clocks show twice ends there twice: %s',
    (text) => {
      const free = (from: string) => freeFrom(joinWindows([parseWindow(text)]), Date.parse(from), BERLIN);
      expect(free('2026-10-25T00:10:00Z')).toBe(Date.parse('2026-10-25T00:30:00Z'));
      expect(free('2026-10-25T00:40:00Z')).toBe(Date.parse('2026-10-25T00:40:00Z'));
      expect(free('2026-10-25T01:10:00Z')).toBe(Date.parse('2026-10-25T01:30:00Z'));
      const rules = { ...PLAIN_RULES, except: [parseWindow(text)] };
      const rule = { cron: '*/30 * * * *', timezone: 'Europe/Berlin' };
      const { next } = firingOf({ name: 's', windows: [], rule, rules }, NO_WISHES);
      expect(next(Date.parse('2026-10-25T00:30:00Z'))).toBe(Date.parse('2026-10-25T01:30:00Z'));
    },
  );

  it('is over where it says so, from wherever it is asked, in any zone', () => {
    const zones = fc.constantFrom(...Intl.supportedValuesOf('timeZone'));
    const window = fc.constantFrom(
      '2027-03-28',
      '22:00-06:00',
      'sun 01:00-03:30',
      '2026-10-25T02:30..2026-10-25T03:30',
      '22:00-02:30',
      '2026-10-24T22:00..2026-10-25T02:15',
    );
    const at = fc.oneof(
      fc.integer({ min: Date.UTC(2026, 9, 1), max: Date.UTC(2027, 4, 1) }),
      // Clocks of Europe are set back.
      fc.integer({ min: Date.UTC(2026, 9, 24, 23), max: Date.UTC(2026, 9, 25, 3) }),
    );
    fc.assert(
      fc.property(zones, window, at, (zone, text, from) => {
        const offsetAt = offsetsOf(zone);
        const windows = joinWindows([parseWindow(text)]);
        const free = freeFrom(windows, from, offsetAt) ?? Number.NaN;
        expect(free).toBeGreaterThanOrEqual(from);
        expect(coveredBy(windows, free, offsetAt)).toBe(false);
        expect(free === from || coveredBy(windows, from, offsetAt)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

/** The windows of a calendar. */
function parseCalendar(text: string, mustBeEvents?: boolean): readonly Window[] {
  const steps = readCalendar(text, mustBeEvents);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

test('windows together cover what each of them covers, and nothing else', () => {
  const HOUR = 3_600_000;
  const monday = Date.UTC(2026, 9, 19);
  const hours = fc.integer({ min: -200, max: 400 });
  const length = fc.integer({ min: 1, max: 60 });
  const day = fc.subarray([0, 1, 2, 3, 4, 5, 6], { minLength: 1 });
  const hour = fc.integer({ min: 0, max: 23 });
  const kinds = fc.constantFrom('instants' as const, 'local' as const);
  const window = fc.oneof(
    fc.record({ kind: kinds, begin: hours, length }).map(({ kind, begin, length }): Window => {
      const from = monday + begin * HOUR;
      return { kind, from, to: from + length * HOUR };
    }),
    fc
      .record({ days: day, begin: hour, end: hour })
      .filter(({ begin, end }) => begin !== end)
      .map(({ days, begin, end }): Window => ({ kind: 'weekly', days, from: begin * HOUR, to: end * HOUR })),
  );
  fc.assert(
    fc.property(fc.array(window, { maxLength: 6 }), hours, (windows, begin) => {
      const at = monday + begin * HOUR;
      const cover = joinWindows(windows);
      expect(coveredBy(cover, at, BERLIN)).toBe(windows.some((one) => isIn(one, at)));
      const free = freeFrom(cover, at, BERLIN);
      const search = Array.from({ length: 1_500 }, (_, i) => at + i * HOUR);
      expect(free).toBe(search.find((time) => !windows.some((one) => isIn(one, time))));
    }),
    { numRuns: 300 },
  );
});

/** By the definition of each kind, for Berlin. */
function isIn(window: Window, at: number): boolean {
  const wall = at + BERLIN(at);
  if (window.kind !== 'weekly') {
    const time = window.kind === 'instants' ? at : wall;
    return time >= window.from && time < window.to;
  }
  const [day, time] = [new Date(wall).getUTCDay(), wall % 86_400_000];
  if (window.to > window.from) return window.days.includes(day) && time >= window.from && time < window.to;
  const isLate = window.days.includes(day) && time >= window.from;
  return isLate || (window.days.includes((day + 6) % 7) && time < window.to);
}

const ics = (...lines: string[]) =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', ...lines.flatMap((line) => line.split('|')), 'END:VCALENDAR', ''].join(
    '\r\n',
  );
const event = (...lines: string[]) => ['BEGIN:VEVENT', ...lines, 'END:VEVENT'].join('|');

describe('a calendar', () => {
  it('of text has one window a line, and comments', () => {
    expect(parseCalendar('\uFEFF# freeze\n2026-12-24..2026-12-26  # Christmas\r\n\nsat,sun\n')).toHaveLength(
      2,
    );
    expect(() => parseCalendar('sat\nsometimes\n')).toThrow('line 2: "sometimes" is not a window');
    expect(() => parseCalendar('sat\n'.repeat(10_001))).toThrow('more than 10000 windows');
  });

  it.each(['', '\uFEFF', '\n', ' \r\n\t\n'])(
    'that is empty, as %j is, is refused: it may have been cut off',
    (text) => {
      expect(() => parseCalendar(text)).toThrow('is empty');
      expect(parseCalendar(`${text}# no freeze this year`)).toEqual([]);
    },
  );

  it('of iCalendar is whole, and is what its name says', () => {
    expect(parseCalendar(ics(), true)).toEqual([]);
    expect(() => parseCalendar('BEGIN:VCALENDAR\r\n')).toThrow('it may have been cut off');
    expect(() => parseCalendar(ics().replace('END:VCALENDAR', ''))).toThrow('it may have been cut off');
    for (const text of ['# no freeze', '2026-12-25', ics(event('UID:1')).replace('BEGIN:VCALENDAR', '')])
      expect(() => parseCalendar(text, true)).toThrow('does not begin with BEGIN:VCALENDAR');
  });

  it('of iCalendar has a window for each event', () => {
    const windows = parseCalendar(
      ics(
        event(
          'UID:1',
          'DTSTART;VALUE=DATE:20261224',
          'DTEND;VALUE=DATE:20261227',
          'SUMMARY:a title, which',
          ' goes on',
        ),
        event('DTSTART;VALUE=DATE:20270101'),
        event('DTSTART:20261224T180000Z', 'DURATION:PT2H', 'BEGIN:VALARM', 'DURATION:PT9H', 'END:VALARM'),
        event('DTSTART;TZID="Europe/Berlin":20260701T080000', 'DTEND;TZID=Europe/Berlin:20260701T090000'),
        event('DTSTART:20260701T080000', 'DTEND:20260701T090000'),
        event('DTSTART:20260701T080000', 'STATUS:CANCELLED', 'DTEND:20260701T090000'),
      ),
    );
    const utc = (text: string) => Date.parse(`${text}Z`);
    expect(windows).toEqual([
      { kind: 'local', from: utc('2026-12-24T00:00'), to: utc('2026-12-27T00:00') },
      { kind: 'local', from: utc('2027-01-01T00:00'), to: utc('2027-01-02T00:00') },
      { kind: 'instants', from: utc('2026-12-24T18:00'), to: utc('2026-12-24T20:00') },
      { kind: 'instants', from: utc('2026-07-01T06:00'), to: utc('2026-07-01T07:00') },
      { kind: 'local', from: utc('2026-07-01T08:00'), to: utc('2026-07-01T09:00') },
    ]);
  });

  it.each([
    [
      event('DTSTART:20261224', 'RRULE:FREQ=YEARLY', 'SUMMARY:Noel'),
      'event "Noel" has RRULE: events that repeat are not read',
    ],
    [event('DTSTART:2026-12-24'), 'DTSTART "2026-12-24" is not a time'],
    [event('SUMMARY:x'), 'has no DTSTART'],
    [event('DTSTART:20261224T100000', 'DTEND:20261224T100000'), 'does not end after it begins'],
    [event('DTSTART;TZID=Mars/Base:20261224T100000', 'DURATION:PT1H'), 'time zone "Mars/Base"'],
    ['BEGIN:VEVENT|DTSTART:20261224', 'its last event does not end'],
    [`BEGIN:VEVENT|DTSTART:20261224|${event('DTSTART:20270101')}`, 'line 5: the event before does not end'],
    [event('DTSTART:20261224', 'EXRULE:FREQ=DAILY'), 'has EXRULE: events that repeat'],
    [event('DTSTART:20261224', 'DTSTART:20261231'), 'says more than once when it begins or ends'],
    [event('DTSTART:20261224', 'DTEND:20261225', 'DURATION:P9D'), 'says more than once'],
    [event(`DTSTART;X-A=${'a'.repeat(5_000)}:20261224`), 'line 4: DTSTART has more than 4096 characters'],
    [
      event('DTSTART:20261224', `DTEND:${'2|  '.repeat(5_000)}`),
      'line 5: DTEND has more than 4096 characters',
    ],
    ['BEGIN:VFREEBUSY|FREEBUSY:20261224T000000Z/P3D|END:VFREEBUSY', 'line 3: VFREEBUSY is not read'],
  ])('with %s is refused: %s', (lines, says) => {
    expect(() => parseCalendar(ics(lines))).toThrow(says);
  });
});
