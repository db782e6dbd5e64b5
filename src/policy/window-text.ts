/**
 * Windows as people write them, one a text:
 *
 *     2026-12-25                             a day
 *     2026-12-24..2026-12-26                 days, the last one included
 *     2026-12-24T18:00..2026-12-27T06:00     from a time to a time, local; with Z or +01:00 behind both they are instants
 *     sat,sun                                days of each week
 *     22:00-06:00                            a time of each day, here over midnight
 *     mon-fri 09:30-16:00                    a time of some days
 */
import { quote } from '../core/quote.ts';
import { DAY_MS, UnitError } from '../core/units.ts';
import { writtenTimeOf } from '../core/written-time.ts';
import type { Window } from './windows.ts';

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6];

/** Throws a `UnitError` that quotes the text. */
export function parseWindow(text: string): Window {
  const words = text.trim().toLowerCase();
  const window = words.includes('..') ? spanOf(words) : (dayOf(words) ?? weeklyOf(words));
  if (window !== undefined) return window;
  throw new UnitError(
    `${quote(text)} is not a window; write a day (2026-12-25), days (2026-12-24..2026-12-26), times (2026-12-24T18:00..2026-12-27T06:00), or times of a week (sat,sun or mon-fri 09:30-16:00)`,
  );
}

function dayOf(words: string): Window | undefined {
  const day = /^\d{4}-\d\d-\d\d$/.test(words) ? writtenTimeOf(words) : undefined;
  return day === undefined ? undefined : { kind: 'local', from: day.at, to: day.at + DAY_MS };
}

function spanOf(words: string): Window | undefined {
  const [begin, end, ...more] = words.split('..').map((word) => writtenTimeOf(word.trim()));
  if (begin === undefined || end === undefined || more.length > 0 || begin.isInstant !== end.isInstant)
    return undefined;
  const to = end.isDay ? end.at + DAY_MS : end.at;
  return to > begin.at ? { kind: begin.isInstant ? 'instants' : 'local', from: begin.at, to } : undefined;
}

function weeklyOf(words: string): Window | undefined {
  const [, named, begin, end] = /^([a-z,-]+)?\s*(?:(\d\d?:\d\d)\s*-\s*(\d\d?:\d\d))?$/.exec(words) ?? [];
  const days = named === undefined ? EVERY_DAY : daysOf(named);
  if (days === undefined || (named === undefined && begin === undefined)) return undefined;
  const [from, to] = begin === undefined ? [0, DAY_MS] : [timeOfDay(begin), timeOfDay(end ?? '')];
  if (from === undefined || to === undefined || from === to) return undefined;
  return { kind: 'weekly', days, from, to };
}

function daysOf(named: string): number[] | undefined {
  const days = new Set<number>();
  for (const part of named.split(',')) {
    const [first = -1, last = first, ...more] = part.split('-').map((name) => DAYS.indexOf(name));
    if (first < 0 || last < 0 || more.length > 0) return undefined;
    for (let day = first; ; day = (day + 1) % 7) {
      days.add(day);
      if (day === last) break;
    }
  }
  return [...days];
}

/** `6:00`, `06:00`, `24:00`: ms of a day; undefined when it is none. */
export function timeOfDay(text: string): number | undefined {
  const [, hour, minute] = /^(\d\d?):(\d\d)$/.exec(text) ?? [];
  const ms = (Number(hour) * 60 + Number(minute)) * 60_000;
  return Number(minute) < 60 && ms <= DAY_MS ? ms : undefined;
}
