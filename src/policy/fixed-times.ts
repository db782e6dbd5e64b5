/**
 * Cron expressions that name times of day, and no steps through them: plain numbers for second, minute and hour, or lists of such.
 * Where clocks change, each of these times is for itself: it is moved out of a gap, and is left out the second time.
 */

interface FixedTimes {
  /** In ms of the day, each once, in their order. */
  readonly times: readonly number[];
  /** An expression for each of them, of six fields. */
  readonly expressions: readonly string[];
}

/** Words for a time of day, which is midnight. */
export const ALIASES_OF_MIDNIGHT = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight'];
/** Each is asked for its next time. A schedule of more is one of steps that are written out. */
const MOST_TIMES = 96;

/** Undefined for an expression that has a wildcard, a range or a step in second, minute or hour. */
export function fixedTimesOf(expression: string): FixedTimes | undefined {
  const fields = expression.trim().split(/\s+/);
  if (ALIASES_OF_MIDNIGHT.includes(fields[0]?.toLowerCase() ?? ''))
    return { times: [0], expressions: [expression] };
  const [second = '', minute = '', hour = '', ...days] = fields.length === 6 ? fields : ['0', ...fields];
  const [hours = [], minutes = [], seconds = []] = [hour, minute, second].map(numbersOf);
  const count = hours.length * minutes.length * seconds.length;
  if (count === 0 || count > MOST_TIMES) return undefined;
  const all = hours.flatMap((h) => minutes.flatMap((m) => seconds.map((s) => [h, m, s] as const)));
  return {
    times: all.map(([h, m, s]) => ((h * 60 + m) * 60 + s) * 1_000),
    expressions: all.map(([h, m, s]) => [s, m, h, ...days].join(' ')),
  };
}

/** Empty where the field is no list of plain numbers. */
function numbersOf(field: string): number[] {
  if (!/^[\d,]+$/.test(field)) return [];
  const parts = field.split(',');
  return parts.includes('') ? [] : [...new Set(parts.map(Number))].sort((a, b) => a - b);
}
