import { z } from 'zod';
import { LOG_LEVELS } from '../core/log-level.ts';
import { words } from '../core/options.ts';
import { quote } from '../core/quote.ts';
import { DAY_MS, parseDuration, UnitError } from '../core/units.ts';

export const logOptions = z.strictObject({
  level: z.enum(LOG_LEVELS).default('info').describe('Least severe level that is logged.'),
  format: z
    .enum(['auto', 'json', 'text'])
    .default('auto')
    .describe('`json` for machines, `text` for people; `auto` is text on a terminal, and JSON elsewhere.'),
  summary: words(parseSummary, 'summary')
    .prefault('1m')
    .describe('How often a role logs what it did, in one line; not while it does nothing. `off`: never.'),
});

/** Less would be a line for everything, a day is the longest that timers wait. */
const [SHORTEST_MS, LONGEST_MS] = [1_000, DAY_MS];

/** Ms; 0 is never. */
function parseSummary(text: string): number {
  if (text.trim() === 'off') return 0;
  const ms = parseDuration(text);
  if (ms >= SHORTEST_MS && ms <= LONGEST_MS) return ms;
  throw new UnitError(`${quote(text)} is not from 1s to 1d; to have no summary, write off`);
}
