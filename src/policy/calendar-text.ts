/**
 * Calendars: files of windows. An iCalendar file (RFC 5545) gives one for each event; any other text has one window a line, as
 * `window-text.ts` reads them, and comments behind `#`. What would be read wrongly is refused, never left out: a freeze that a
 * schedule does not know of is no freeze.
 */
import { quote } from '../core/quote.ts';
import { DAY_MS, UnitError } from '../core/units.ts';
import { type WrittenTime, writtenTimeOf } from '../core/written-time.ts';
import { instantOf, isTimezone, offsetsOf } from './local-time.ts';
import { parseWindow } from './window-text.ts';
import type { Window } from './windows.ts';

/** No calendar has more windows. */
export const MOST_WINDOWS = 10_000;
/** Characters of a line that says something of a window. */
const LONGEST_LINE = 4_096;
const LINE_END = /\r\n|\r|\n/g;

/**
 * The windows of a calendar, in steps of one line or event: thousands of them take long. Throws a `UnitError` that names the line.
 * `mustBeEvents`: only iCalendar will do, as the name of the file says.
 */
export function* readCalendar(text: string, mustBeEvents = false): Generator<undefined, Window[]> {
  const plain = text.replace(/^\uFEFF/, '');
  // A file that is cut off, or was emptied while it is written, is no calendar without a freeze.
  if (plain.search(/\S/) === -1)
    throw new UnitError(
      'is empty; a calendar without windows has a comment (#), or BEGIN:VCALENDAR and END:VCALENDAR',
    );
  const [first = ''] = plain.slice(0, LONGEST_LINE).split(LINE_END, 1);
  const hasEvents = first.trim().toUpperCase() === 'BEGIN:VCALENDAR';
  if (mustBeEvents && !hasEvents)
    throw new UnitError('does not begin with BEGIN:VCALENDAR, as an .ics file does');
  const windows: Window[] = [];
  for (const window of hasEvents ? eventsOf(plain) : windowsOf(plain)) {
    if (window !== undefined) windows.push(window);
    if (windows.length > MOST_WINDOWS)
      throw new UnitError(`has more than ${MOST_WINDOWS} windows, which are the most`);
    yield;
  }
  return windows;
}

interface Line {
  readonly text: string;
  readonly number: number;
}

function* linesOf(text: string): Generator<Line> {
  let from = 0;
  let number = 1;
  for (const { index, 0: end } of text.matchAll(LINE_END)) {
    yield { text: text.slice(from, index), number };
    from = index + end.length;
    number += 1;
  }
  yield { text: text.slice(from), number };
}

/** A window, or undefined: nothing yet. */
type Step = Window | undefined;

function* windowsOf(text: string): Generator<Step> {
  for (const line of linesOf(text)) {
    const comment = line.text.indexOf('#');
    const words = (comment === -1 ? line.text : line.text.slice(0, comment)).trim();
    if (words.length > LONGEST_LINE) throw tooLong(line.number, 'the line');
    yield words === '' ? undefined : atLine(line.number, () => parseWindow(words));
  }
}

function tooLong(line: number, what: string): UnitError {
  return new UnitError(`line ${line}: ${what} has more than ${LONGEST_LINE} characters`);
}

function atLine<T>(line: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new UnitError(`line ${line}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

interface Property {
  readonly name: string;
  readonly params: ReadonlyMap<string, string>;
  readonly value: string;
  readonly line: number;
}

/** Times at which somebody is busy, in another form. */
const UNREAD = ['VFREEBUSY', 'VAVAILABILITY'];
const REPEATING = ['RRULE', 'RDATE', 'EXRULE', 'EXDATE'];
const TITLES = ['SUMMARY', 'UID'];
/** What is read of an event. It may hold anything besides, such as the bytes of a picture. */
const READ = ['BEGIN', 'END', 'DTSTART', 'DTEND', 'DURATION', 'STATUS', ...TITLES, ...REPEATING];

function* eventsOf(text: string): Generator<Step> {
  let event: Property[] | undefined;
  let depth = 0;
  let last = '';
  for (const unfolded of unfoldedLines(text)) {
    yield;
    if (unfolded === undefined) continue;
    last = unfolded.text;
    const property = propertyOf(unfolded);
    if (property === undefined) continue;
    const { name, value, line } = property;
    const part = value.toUpperCase();
    if (name === 'BEGIN' && UNREAD.includes(part))
      throw new UnitError(
        `line ${line}: ${part} is not read, and what it says would be left out; write events`,
      );
    if (name === 'BEGIN' && part === 'VEVENT') {
      if (event !== undefined) throw new UnitError(`line ${line}: the event before does not end`);
      [event, depth] = [[], 0];
    } else if (name === 'END' && part === 'VEVENT') {
      const ended = event ?? [];
      yield atLine(line, () => windowOf(ended));
      event = undefined;
    } else if (name === 'BEGIN') depth += 1;
    else if (name === 'END') depth -= 1;
    // What is inside of an alarm is not the event's. A third of a name says no more than a second.
    else if (depth === 0 && (event?.filter((known) => known.name === name).length ?? 2) < 2)
      event?.push(property);
  }
  if (event !== undefined) throw new UnitError('its last event does not end');
  if (last.trim().toUpperCase() !== 'END:VCALENDAR')
    throw new UnitError('does not end with END:VCALENDAR: it may have been cut off');
}

/** Lines that go on in the next one begin it with a blank (RFC 5545 3.1). Of one that is too long, its beginning; undefined: not yet. */
function* unfoldedLines(text: string): Generator<Line | undefined> {
  let open: Line | undefined;
  for (const line of linesOf(text)) {
    const goesOn = open !== undefined && /^(?:[ \t]|$)/.test(line.text);
    yield goesOn ? undefined : open;
    const whole: Line =
      goesOn && open !== undefined ? { ...open, text: open.text + line.text.slice(1) } : line;
    open = { ...whole, text: whole.text.slice(0, LONGEST_LINE + 1) };
  }
  yield open;
}

/** Undefined where it says nothing of a window. */
function propertyOf({ text, number: line }: Line): Property | undefined {
  const name = /^[\w-]{1,20}/.exec(text)?.[0].toUpperCase() ?? '';
  if (!READ.includes(name)) return undefined;
  if (text.length > LONGEST_LINE && !TITLES.includes(name)) throw tooLong(line, name);
  const [, params = '', value] = /^[\w-]+((?:;(?:[^:"]|"[^"]*")*)?):(.*)$/.exec(text) ?? [];
  if (value === undefined) return undefined;
  const pairs = params
    .split(';')
    .filter(Boolean)
    .map((pair) => pair.replaceAll('"', '').split('='));
  const known = new Map(pairs.map(([key = '', word = '']) => [key.toUpperCase(), word]));
  return { name, params: known, value, line };
}

/** Undefined for an event that was called off. */
function windowOf(event: readonly Property[]): Window | undefined {
  const of = (name: string) => event.find((property) => property.name === name);
  const title = of('SUMMARY')?.value ?? of('UID')?.value ?? '';
  for (const name of REPEATING) {
    if (of(name) !== undefined)
      throw new UnitError(
        `event ${quote(title)} has ${name}: events that repeat are not read; write each out, or the days of a week`,
      );
  }
  const begins = event.filter(({ name }) => name === 'DTSTART');
  const ends = event.filter(({ name }) => name === 'DTEND' || name === 'DURATION');
  if (begins.length > 1 || ends.length > 1)
    throw new UnitError(`event ${quote(title)} says more than once when it begins or ends`);
  if (of('STATUS')?.value.toUpperCase() === 'CANCELLED') return undefined;
  const [begin] = begins;
  if (begin === undefined) throw new UnitError(`event ${quote(title)} has no DTSTART`);
  const from = timeOf(begin);
  const to = endOf(from, of('DTEND'), of('DURATION'));
  if (to.at <= from.at || to.isInstant !== from.isInstant)
    throw new UnitError(`event ${quote(title)} does not end after it begins`);
  return { kind: from.isInstant ? 'instants' : 'local', from: from.at, to: to.at };
}

/** `20261225`, `20261224T180000` (local, or of a TZID), `20261224T180000Z`. */
function timeOf({ name, params, value }: Property): WrittenTime {
  const plain = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?$/;
  const time = writtenTimeOf(
    value.replace(
      plain,
      (_, y, mo, d, h, mi, s, z) => `${y}-${mo}-${d}${h === undefined ? '' : `T${h}:${mi}:${s}${z}`}`,
    ),
  );
  if (time === undefined || !plain.test(value)) throw new UnitError(`${name} ${quote(value)} is not a time`);
  const zone = params.get('TZID');
  if (time.isInstant || time.isDay || zone === undefined) return time;
  if (!isTimezone(zone))
    throw new UnitError(`${name} is of the time zone ${quote(zone)}, which is not one of the IANA database`);
  return { ...time, at: instantOf(time.at, offsetsOf(zone)), isInstant: true };
}

/** Without an end an event of a day lasts a day (RFC 5545 3.6.1). */
function endOf(from: WrittenTime, end: Property | undefined, duration: Property | undefined): WrittenTime {
  if (end !== undefined) return timeOf(end);
  const [, weeks, days, hours, minutes, seconds] =
    /^\+?P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(duration?.value ?? 'P') ?? [];
  const units = [7 * DAY_MS, DAY_MS, 3_600_000, 60_000, 1_000];
  const counts = [weeks, days, hours, minutes, seconds].map((count) => Number(count ?? 0));
  const length = counts.reduce((sum, count, i) => sum + count * (units[i] ?? 0), 0);
  return { ...from, at: from.at + (length === 0 && from.isDay ? DAY_MS : length) };
}
