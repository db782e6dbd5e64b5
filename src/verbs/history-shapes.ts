/** The shapes of what `history` takes and returns. */
import { z } from 'zod';
import { HOUR_DAYS, MINUTE_DAYS } from '../catalog/history.ts';
import {
  HISTORY_SERIES,
  SERIES_KINDS,
  SERIES_LABELS,
  SERIES_NAMES,
  SERIES_UNITS,
} from '../core/metrics/history-series.ts';
import { DAY_MS, MINUTE_MS } from '../core/units.ts';
import { askedTime, time } from './shapes.ts';

/** What one answer holds at the most: series, rows of all of them, and steps of a row. */
export const MOST = { series: 20, rows: 100, steps: 1_500 } as const;
/** How far apart points may be, in ms. */
export const STEP = { least: MINUTE_MS, most: HOUR_DAYS * DAY_MS } as const;
const LONGEST_NAME = 200;

const about = SERIES_NAMES.map((name) => `\`${name}\`: ${HISTORY_SERIES[name].meaning}`).join(' ');

/** Only rows with these labels. */
export const rowFilter = Object.fromEntries(
  SERIES_LABELS.map((label) => [label, z.string().min(1).max(LONGEST_NAME).optional()]),
) as Record<(typeof SERIES_LABELS)[number], z.ZodOptional<z.ZodString>>;

export const historyRequest = z.strictObject({
  series: z.array(z.enum(SERIES_NAMES)).min(1).max(MOST.series).describe(about),
  ...rowFilter,
  from: askedTime()
    .optional()
    .describe(`Since when; a day before \`to\` unless told. ${HOUR_DAYS} days are kept.`),
  to: askedTime().optional().describe('Until when; now unless told.'),
  step: z
    .number()
    .int()
    .min(STEP.least)
    .max(STEP.most)
    .optional()
    .describe(
      `How long each step is, in ms: whole minutes, or hours before the last ${MINUTE_DAYS * 24} hours. As it fits in some 300 steps unless told.`,
    ),
});
export type HistoryRequest = z.input<typeof historyRequest>;

const numbers = (what: string) => z.array(z.number().nullable()).describe(what);

export const historyRow = z.object({
  series: z.enum(SERIES_NAMES),
  labels: z.partialRecord(z.enum(SERIES_LABELS), z.string()),
  kind: z
    .enum(SERIES_KINDS)
    .describe(
      '`gauge`: the mean of its step. `count`: what happened in its step, as far as minutes are known. `peak`: the highest percentile of its minutes, since percentiles cannot be added up.',
    ),
  unit: z.enum(SERIES_UNITS),
  values: numbers('One for each step; null: not known, which is not 0.'),
  lowest: numbers('The lowest minute of each step.'),
  highest: numbers('The highest minute of each step.'),
});
export type HistoryRow = z.infer<typeof historyRow>;

export const historyView = z.object({
  at: time(),
  from: time().describe('When the first step begins.'),
  step: z.int().describe('How long each step is, in ms; longer than asked for where only hours are kept.'),
  steps: z.int(),
  incompleteFrom: time().describe(
    'Steps that end later than this may still change: the minute that runs is not over.',
  ),
  rows: z.array(historyRow),
  left: z.int().describe('Rows that were left out, since there are too many: narrow them by a label.'),
});
export type HistoryView = z.infer<typeof historyView>;

/** The shapes that the API describes by name. */
export const historyShapes = { History: historyView, HistoryRow: historyRow };
