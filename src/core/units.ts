/**
 * Durations, sizes, rates and percentages as people write them, and back.
 *
 * Inside the code a duration is a number of milliseconds and a size a number of bytes; the words appear only at the
 * edges (configuration, selectors, flags, reports).
 */
import { quote } from './quote.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
/** A day without a change of the clocks, in ms. */
export const DAY_MS = 86_400_000;

const DURATION_UNITS = new Map<string, number>([
  ['ms', 1],
  ['s', 1_000],
  ['m', MINUTE_MS],
  ['h', HOUR_MS],
  ['d', DAY_MS],
  ['w', 604_800_000],
]);

const SIZE_UNITS = new Map<string, number>([
  ['b', 1],
  ['kb', 1e3],
  ['mb', 1e6],
  ['gb', 1e9],
  ['tb', 1e12],
  ['kib', 2 ** 10],
  ['mib', 2 ** 20],
  ['gib', 2 ** 30],
  ['tib', 2 ** 40],
]);

/** A hundred years: a time that long from now is still one that dates can hold. */
const LONGEST_MS = 100 * 365.25 * DAY_MS;
/** A call waits for its turn until then, and what is mistyped would hold an origin up for good. */
const LONGEST_WINDOW_MS = 366 * DAY_MS;

/** How often something may happen: `calls` in every `perMs` milliseconds. */
export interface Rate {
  readonly calls: number;
  readonly perMs: number;
}

/** Thrown by the parsers below. The caller knows the place and adds it. */
export class UnitError extends Error {
  override readonly name = 'UnitError';
}

/**
 * Milliseconds from words: `250ms`, `5s`, `1h30m`, `7d`. Units are ms, s, m, h, d, w; each appears once, largest
 * first. A bare number is refused, since nobody can tell its unit; `0` is the one exception.
 */
export function parseDuration(text: string): number {
  const trimmed = text.trim();
  if (trimmed === '0') return 0;
  let total = 0;
  let previous = Number.POSITIVE_INFINITY;
  let rest = trimmed;
  while (rest !== '') {
    const part = /^(\d+(?:\.\d+)?)(ms|[smhdw])/.exec(rest);
    const unit = part?.[2] === undefined ? undefined : DURATION_UNITS.get(part[2]);
    if (part === null || unit === undefined || unit >= previous) throw durationError(text);
    total += Number(part[1]) * unit;
    previous = unit;
    rest = rest.slice(part[0].length);
  }
  if (trimmed === '' || Number.isNaN(total)) throw durationError(text);
  if (total > LONGEST_MS)
    throw new UnitError(`${quote(text)} is longer than 100 years; write a shorter duration`);
  return Math.round(total);
}

function durationError(text: string): UnitError {
  return new UnitError(
    `${quote(text)} is not a duration; write a number and a unit, such as 250ms, 5s, 1h30m or 7d`,
  );
}

/** The shortest exact words for a whole number of milliseconds; `parseDuration` reads them back. */
export function formatDuration(ms: number): string {
  let rest = Math.round(ms);
  if (rest === 0) return '0';
  const sign = rest < 0 ? '-' : '';
  rest = Math.abs(rest);
  let words = '';
  for (const [unit, size] of [...DURATION_UNITS].reverse()) {
    if (unit === 'w' && rest % size !== 0) continue;
    const count = Math.floor(rest / size);
    if (count > 0) words += `${count}${unit}`;
    rest -= count * size;
  }
  return sign + words;
}

/** A duration for people: two units at the most, such as `1m20s` or `340ms`. Not meant to be read back. */
export function roundDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  if (ms < MINUTE_MS) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)}s`;
  const grain = ms < HOUR_MS ? 1_000 : ms < DAY_MS ? MINUTE_MS : HOUR_MS;
  return formatDuration(Math.round(ms / grain) * grain);
}

/** Bytes from words: `512B`, `64KB`, `1.5GB` (powers of 1000) or `64KiB`, `1GiB` (powers of 1024). */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/i.exec(text.trim());
  const unit = match?.[2] === undefined ? undefined : SIZE_UNITS.get(match[2].toLowerCase());
  const bytes = unit === undefined ? Number.NaN : Math.round(Number(match?.[1]) * unit);
  if (!Number.isSafeInteger(bytes)) {
    throw new UnitError(
      `${quote(text)} is not a size; write a number and a unit, such as 512B, 64KB, 256MB or 4GiB`,
    );
  }
  return bytes;
}

/** A size for people, in powers of 1000 and three digits: `1.23 MB`. */
export function formatSize(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

/** A rate from words: `50/s`, `100/m`, `10000/d`, `20/10s`. */
export function parseRate(text: string): Rate {
  const match = /^(\d+(?:\.\d+)?)\s*\/\s*(\d*)(ms|[smhdw])$/.exec(text.trim());
  const calls = Number(match?.[1]);
  const unit = match?.[3] === undefined ? undefined : DURATION_UNITS.get(match[3]);
  const perMs = (match?.[2] === '' ? 1 : Number(match?.[2])) * (unit ?? Number.NaN);
  if (!(calls > 0) || !(perMs > 0)) {
    throw new UnitError(`${quote(text)} is not a rate; write calls per time, such as 50/s, 100/m or 20/10s`);
  }
  if (perMs > LONGEST_WINDOW_MS * Math.min(1, calls))
    throw new UnitError(`${quote(text)} is less than one call a year; write a shorter window`);
  return { calls, perMs };
}

/** `parseRate` reads this back to an equal rate. */
export function formatRate(rate: Rate): string {
  return `${rate.calls}/${formatDuration(rate.perMs).replace(/^1(?=\D)/, '')}`;
}

/** More windows than any origin has. */
const MOST_WINDOWS = 8;

/**
 * Rates that hold together, shortest window first: `10/s, 1000/d`. Refuses two for one window, and one that the shorter
 * ones can never reach, since it would limit nothing.
 */
export function parseRates(texts: string | readonly string[]): Rate[] {
  const words = [texts].flat().flatMap((text) => text.split(','));
  if (words.length > MOST_WINDOWS)
    throw new UnitError(`has ${words.length} rates; ${MOST_WINDOWS} are the most`);
  const rates = words.map(parseRate).sort((a, b) => a.perMs - b.perMs);
  for (const [i, longer] of rates.entries()) {
    for (const shorter of rates.slice(0, i)) {
      const [these, those] = [formatRate(shorter), formatRate(longer)];
      if (shorter.perMs === longer.perMs)
        throw new UnitError(`has two rates for one window: ${these} and ${those}; leave one out`);
      const most = (shorter.calls / shorter.perMs) * longer.perMs;
      if (longer.calls >= most)
        throw new UnitError(`has ${those}, which ${these} can never reach; leave it out, or lower it`);
    }
  }
  return rates;
}

/** `parseRates` reads this back to equal rates. */
export function formatRates(rates: readonly Rate[]): string {
  return rates.map(formatRate).join(', ');
}

/** A fraction from a percentage: `80%` is 0.8. */
export function parsePercent(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*%$/.exec(text.trim());
  const fraction = match === null ? Number.NaN : Number(match[1]) / 100;
  if (!(fraction >= 0 && fraction <= 1)) {
    throw new UnitError(`${quote(text)} is not a percentage from 0% to 100%`);
  }
  return fraction;
}

/**
 * A share of a whole, from 0 to 1, as people demand it: `99%`, `99.5 %` or `0.995`. A bare number above 1 is refused, since it may
 * mean either. It is the number that is nearest to what is written, so that 999 of 1,000 reach `99.9%`.
 */
export function parseShare(text: string): number {
  const [, digits, percent] = /^(\d+(?:\.\d+)?|\.\d+)\s*(%?)$/.exec(text.trim()) ?? [];
  const share = digits === undefined ? Number.NaN : Number(percent === '%' ? `${digits}e-2` : digits);
  if (!(share >= 0 && share <= 1)) {
    throw new UnitError(`${quote(text)} is not a share from 0% to 100%; write it as 99% or 0.99`);
  }
  return share;
}
