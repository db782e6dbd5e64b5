/**
 * The fields that owners declare their options with. Each owner exports one zod object beside its code
 * (`export const memoryOptions = z.strictObject({ ... })`), with a default and a `.describe()` on every field; `settings`
 * collects them into the one schema, the JSON Schema and the reference page.
 */
import { z } from 'zod';
import {
  DAY_MS,
  formatDuration,
  formatSize,
  parseDuration,
  parsePercent,
  parseRates,
  parseSize,
  type Rate,
  UnitError,
} from './units.ts';

/** Text that a parser reads; what it throws as `UnitError` is the message. */
export function words<T>(parse: (text: string) => T, format: string) {
  return z.string().meta({ format }).transform(parsed(parse));
}

/** What cannot be parsed is an issue, in the parser's words. */
function parsed<I, T>(parse: (input: I) => T) {
  return (input: I, context: z.RefinementCtx): T => {
    try {
      return parse(input);
    } catch (error) {
      if (!(error instanceof UnitError)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
      return z.NEVER;
    }
  };
}

/** A duration in words; milliseconds inside. */
export const duration = () => words(parseDuration, 'duration');

/** A size in words; bytes inside. */
export const size = () => words(parseSize, 'size');

/** A duration that is at least this many ms: less would stop what it is about. */
export const durationFrom = (least: number) =>
  words((text) => atLeast(parseDuration(text), least, formatDuration(least)), 'duration');

/** Node's timers and those of its packages end at 24 days, and a longer one fires at once. */
const LONGEST_WAIT_MS = DAY_MS;

/** A duration that something is waited for by a timer: at least this many ms, and a day at the most. */
export const timerFrom = (least: number) =>
  durationFrom(least).refine((ms) => ms <= LONGEST_WAIT_MS, { message: 'must be at most 1d' });

/** A size that is at least this many bytes. */
export const sizeFrom = (least: number) =>
  words((text) => atLeast(parseSize(text), least, formatSize(least)), 'size');

function atLeast(value: number, least: number, words: string): number {
  if (value >= least) return value;
  throw new UnitError(`must be at least ${words}`);
}

/** One or more rates in words (`50/s`; `10/s, 1000/d`; a list of them); each a {@link Rate} inside, shortest window first. */
export const rates = () =>
  z
    .union([z.string().meta({ format: 'rate' }), z.array(z.string().meta({ format: 'rate' })).min(1)])
    .transform(parsed<string | string[], Rate[]>(parseRates));

/** A percentage in words (`80%`); a fraction from 0 to 1 inside. */
export const percent = () => words(parsePercent, 'percent');

/** A string that must not be printed: `config print`, logs and errors show `[redacted]` in its place. */
export const secret = () => z.string().meta({ secret: true });

/** A name chosen by the user. Names occur in selectors, job ids and environment variables, so they are plain. */
export const name = () =>
  z.string().regex(/^[A-Za-z][A-Za-z0-9]*([-_][A-Za-z0-9]+)*$/, {
    message:
      'is not a name; a name begins with a letter, and has letters, digits, and single "-" or "_" between them',
  });

/** A file or folder, resolved against the folder of the configuration file that names it. */
export const path = () =>
  z
    .string()
    .min(1)
    .refine((text) => !text.includes('\0'), { message: 'has a zero byte, which no path can have' })
    .meta({ format: 'path' });
