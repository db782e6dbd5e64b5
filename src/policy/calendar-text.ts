/**
 * Calendars: files of windows. An iCalendar file (RFC 5545) gives one for each event; any other text has one window a line, as
 * `window-text.ts` reads them, and comments behind `#`. What would be read wrongly is refused, never left out: a freeze that a
 * schedule does not know of is no freeze.
 */
import { quote } from '../core/quote.ts';
import { UnitError } from '../core/units.ts';
import { type WrittenTime, writtenTimeOf } from '../core/written-time.ts';
import { instantOf, isTimezone, offsetsOf } from './local-time.ts';
import { parseWindow } from './window-text.ts';
import type { Window } from './windows.ts';

/** No calendar has more windows. */
export const MOST_WINDOWS = 10_000;

/** Throws a `UnitError` that names the line. `mustBeEvents`: only iCalendar will do, as the name of the file says. */
export function parseCalendar(text: string, mustBeEvents = false): Window[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
  // A file that is cut off, or was emptied while it is written, is no calendar without a freeze.
  if (lines.every((line) => line.trim() === ''))
    throw new UnitError(
      'is empty; a calendar without windows has a comment (#), or BEGIN:VCALENDAR and END:VCALENDAR',
    );
  const hasEvents = lines[0]?.trim().toUpperCase() === 'BEGIN:VCALENDAR';
  if (mustBeEvents && !hasEvents)
    throw new UnitError('does not begin with BEGIN:VCALENDAR, as an .ics file does');
  const windows = hasEvents ? eventsOf(lines) : windowsOf(lines);
  if (windows.length <= MOST_WINDOWS) return windows;
  throw new UnitError(`has ${windows.length} windows, and ${MOST_WINDOWS} are allowed`);
}

function windowsOf(lines: readonly string[]): Window[] {
  return lines.flatMap((line, i) => {
    const text = line.replace(/#.*/, '').trim();
    return text === '' ? [] : [atLine(i + 1, () => parseWindow(text))];
  });
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

function eventsOf(lines: readonly string[]): Window[] {
  const windows: Window[] = [];
  let event: Property[] | undefined;
  let depth = 0;
  for (const property of propertiesOf(lines)) {
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
      const window = atLine(line, () => windowOf(event ?? []));
      if (window !== undefined) windows.push(window);
      event = undefined;
    } else if (name === 'BEGIN') depth += 1;
    else if (name === 'END') depth -= 1;
    // What is inside of an alarm is not the event's.
    else if (depth === 0) event?.push(property);
  }
  if (event !== undefined) throw new UnitError('its last event does not end');
  const last = lines.findLast((line) => line.trim() !== '');
  if (last?.trim().toUpperCase() !== 'END:VCALENDAR')
    throw new UnitError('does not end with END:VCALENDAR: it may have been cut off');
  return windows;
}

/** Lines that go on in the next one begin it with a blank (RFC 5545 3.1). */
function propertiesOf(lines: readonly string[]): Property[] {
  const unfolded: { text: string; readonly line: number }[] = [];
  for (const [i, text] of lines.entries()) {
    const last = unfolded.at(-1);
    if (/^[ \t]/.test(text) && last !== undefined) last.text += text.slice(1);
    else if (text !== '') unfolded.push({ text, line: i + 1 });
  }
  return unfolded.map(({ text, line }) => {
    const [, name = '', params = '', value = ''] =
      /^([\w-]+)((?:;(?:[^:"]|"[^"]*")*)?):(.*)$/.exec(text) ?? [];
    const pairs = params
      .split(';')
      .filter(Boolean)
      .map((pair) => pair.replaceAll('"', '').split('='));
    const known = new Map(pairs.map(([key = '', word = '']) => [key.toUpperCase(), word]));
    return { name: name.toUpperCase(), params: known, value, line };
  });
}

/** Undefined for an event that was called off. */
function windowOf(event: readonly Property[]): Window | undefined {
  const of = (name: string) => event.find((property) => property.name === name);
  const title = of('SUMMARY')?.value ?? of('UID')?.value ?? '';
  for (const name of ['RRULE', 'RDATE', 'EXRULE', 'EXDATE']) {
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

const DAY_MS = 86_400_000;

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
