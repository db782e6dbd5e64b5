/** Numbers and times as people read them. */
import { count } from '../../core/counted.ts';
import { roundDuration } from '../../core/units.ts';

/** `99.9 %`: rounded down, so that only the whole is 100 %; and only nothing of it is 0 %. Of nothing it is `-`. */
export function share(part: number, whole: number): string {
  if (whole === 0) return '-';
  if (part > 0 && part / whole < 0.001) return '<0.1 %';
  const tenths = Math.floor((part / whole) * 1_000);
  return `${tenths % 10 === 0 ? tenths / 10 : (tenths / 10).toFixed(1)} %`;
}

/** Characters of a selector that are shown; more tell a person nothing. */
const SELECTOR = 200;

/** A selector, cut where it is long: one of thousands of keys would fill the screen. */
export function shownSelector(selector: string): string {
  if (selector === '') return 'everything';
  if (selector.length <= SELECTOR) return selector;
  return `${selector.slice(0, SELECTOR)}… (${count(selector.length)} characters)`;
}

/** Whether it can be part of a command to paste. */
export function isLongSelector(selector: string): boolean {
  return selector.length > SELECTOR;
}

/** `3m20s ago`, or `just now`; `-` for no time. */
export function ago(at: number | null, now: number): string {
  if (at === null) return '-';
  return now - at < 1_000 ? 'just now' : `${roundDuration(now - at)} ago`;
}

/** `in 3m20s`, or `now`; `-` for no time. */
export function until(at: number | null, now: number): string {
  if (at === null) return '-';
  return at <= now ? 'now' : `in ${roundDuration(at - now)}`;
}

/** `in 3m20s`, or `3m20s ago`. */
export function around(at: number | null, now: number): string {
  return at !== null && at <= now ? ago(at, now) : until(at, now);
}

/** Local time: `14:03:07`, with the day in front when it is another one. For tables, whose head names the zone: `zonedHead`. */
export function clockTime(at: number, now: number): string {
  const day = (time: number) => new Date(time).toDateString();
  const text = new Date(at).toLocaleString('sv-SE');
  return day(at) === day(now) ? text.slice(11) : text;
}

/** The head of a column of times: `next (Europe/Berlin)`. */
export function zonedHead(head: string): string {
  return `${head} (${localZone()})`;
}

/** When an hour began, in a table of hours of several days: `11-28 14:00`. */
export function hourTime(at: number): string {
  return new Date(at).toLocaleString('sv-SE').slice(5, 16);
}

/** The same as `clockTime` in a sentence: `14:03:07 Europe/Berlin`. */
export function zonedTime(at: number, now: number): string {
  return `${clockTime(at, now)} ${localZone()}`;
}

/** `250us`, `3.14ms`, `1.20s`: how long a call took; `-` for none. */
export function latency(ms: number | null): string {
  if (ms === null) return '-';
  if (ms < 1) return `${Number((ms * 1_000).toPrecision(3))}us`;
  return ms < 1_000 ? `${Number(ms.toPrecision(3))}ms` : `${Number((ms / 1_000).toPrecision(3))}s`;
}

/** The time zone in which times are shown. */
export function localZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** `41s (33s to 1m10s)`: a figure with its spread; without one where there is none. */
export function spread(
  { low, likely, high }: { readonly low: number; readonly likely: number; readonly high: number },
  text: (value: number) => string,
): string {
  const [from, middle, to] = [low, likely, high].map(text);
  return from === to ? (middle ?? '') : `${middle} (${from} to ${to})`;
}
