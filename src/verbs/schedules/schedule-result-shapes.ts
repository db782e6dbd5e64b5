/** How the last times of schedules ended, as people and programs see it. */
import { z } from 'zod';
import { ENDED_REASONS, RUN_STATES } from '../../catalog/runs/runs.ts';
import { tickView } from './schedule-shapes.ts';

/** Times of one schedule that are shown. */
export const MOST_RESULTS = 1_000;
/** Times of each, where all schedules are asked for. */
export const MOST_RESULTS_EACH = 50;

export const runResult = z.object({
  state: z.enum(RUN_STATES),
  endedReason: z.enum(ENDED_REASONS).nullable(),
  total: z.int().describe('Keys in its manifest.'),
  failed: z.int().describe('Keys of which every attempt failed, or whose value a guard refused.'),
  excluded: z
    .int()
    .describe('Keys that were left out, as keys in quarantine are; of a run of what is missing alone, 0.'),
  took: z.number().nullable().describe('From its creation to its end, in ms; null: it has not ended.'),
});
export type RunResult = z.infer<typeof runResult>;

export const tickResult = tickView.extend({
  result: runResult.nullable().describe('What came of its run; null: it made none, or that is gone.'),
});

export const scheduleResults = z.object({
  name: z.string(),
  running: z
    .string()
    .nullable()
    .describe('The newest of its last runs, also of those made by hand, that has not ended.'),
  ticks: z.array(tickResult).describe('How its last times ended, the newest first.'),
});
export type ScheduleResults = z.infer<typeof scheduleResults>;

/** The shapes that the API describes by name. */
export const scheduleResultShapes = {
  ScheduleResults: scheduleResults,
  TickResult: tickResult,
  RunResult: runResult,
};
