/** Schedules: when each fires, how its times ended, and making one fire now. */
import { z } from 'zod';
import { ForewarmError } from '../core/errors.ts';
import { nominalTimes } from '../policy/nominal-times.ts';
import { preview, type TimePreview } from '../policy/preview.ts';
import { type SchedulingSettings, schedulesOf } from '../schedules/configured.ts';
import {
  type FiringDeps,
  fire,
  type Schedule,
  type ScheduleAction,
  unknownSchedule,
} from '../schedules/fire.ts';
import type { TickStore } from '../schedules/tick-store.ts';
import { time } from './shapes.ts';

export const scheduleView = z.object({
  name: z.string(),
  kind: z.enum(['refresh', 'run', 'probe', 'gc']).describe('What it does when it fires.'),
  cron: z.string(),
  timezone: z.string().nullable(),
  selector: z.string(),
  nextAt: time().nullable(),
  lastAt: time().nullable().describe('The nominal time of the last tick.'),
  lastRun: z.string().nullable(),
});
export type ScheduleView = z.infer<typeof scheduleView>;

export const timePreview = z.object({
  at: z.string().describe('ISO 8601, in UTC.'),
  local: z.string().describe("What a clock in the schedule's zone shows, with its distance from UTC."),
  note: z.string().nullable().describe('What a clock change does to this time.'),
});

export const tickView = z.object({
  nominal: time().describe('The time that the schedule named; of a range of skipped times, the last one.'),
  from: time().describe('The first time of a range; the same as `nominal` otherwise.'),
  end: z.enum(['ran', 'skipped']),
  reason: z.string().nullable().describe('Why it was skipped: `missed`, `too-late`.'),
  at: time().describe('When it ended.'),
  run: z.string().nullable(),
});
export type TickView = z.infer<typeof tickView>;

/** The shapes that the API describes by name. */
export const scheduleShapes = { Schedule: scheduleView, TimePreview: timePreview, Tick: tickView };

/** A preview shows no more times. */
export const MOST_PREVIEWED = 1_000;

export interface ScheduleVerbs {
  schedules(): Promise<ScheduleView[]>;
  /** The next `count` times after `from` (ms), by the function that fires. Rejects with `E_NOT_FOUND` for an unknown schedule. */
  previewSchedule(name: string, from: number, count: number): Promise<TimePreview[]>;
  /** How the last times of a schedule ended, the newest first. Rejects with `E_NOT_FOUND` for an unknown schedule. */
  ticks(name: string, limit: number): Promise<TickView[]>;
  /**
   * Makes a schedule fire now. Returns the run it made, or null where its action makes none, such as a refresh. Rejects
   * with `E_NOT_FOUND` for a schedule that is not configured.
   */
  trigger(name: string): Promise<{ schedule: string; run: string | null }>;
}

export interface ScheduleVerbsDeps extends FiringDeps {
  readonly ticks: Pick<TickStore, 'history'>;
}

export function scheduleVerbs(deps: ScheduleVerbsDeps): ScheduleVerbs {
  return {
    schedules: () => describe(deps),
    previewSchedule: async (name, from, count) => previewOf(deps.schedules, name, from, count),
    async ticks(name, limit) {
      find(deps.schedules, name);
      const records = await deps.ticks.history(name, limit);
      return records.map(({ reason, run, ...known }) => ({
        ...known,
        reason: reason ?? null,
        run: run ?? null,
      }));
    },
    async trigger(name) {
      const run = await fire(deps, { schedule: name, nominal: deps.clock.now() });
      return { schedule: name, run: run ?? null };
    },
  };
}

/** A preview from the configuration alone: it needs no Redis. Throws `E_NOT_FOUND` for an unknown schedule. */
export function previewConfigured(
  settings: SchedulingSettings,
  name: string,
  from: number,
  count: number,
): TimePreview[] {
  return previewOf(schedulesOf(settings), name, from, count);
}

function previewOf(schedules: readonly Schedule[], name: string, from: number, count: number): TimePreview[] {
  if (!(count >= 1 && count <= MOST_PREVIEWED)) {
    const message = `a preview shows 1 to ${MOST_PREVIEWED} times, not ${count}`;
    throw new ForewarmError('E_REQUEST_INVALID', message);
  }
  const { cron, timezone } = find(schedules, name);
  return preview({ cron, timezone }, from, count);
}

function find(schedules: readonly Schedule[], name: string): Schedule {
  const found = schedules.find((schedule) => schedule.name === name);
  if (found === undefined) throw unknownSchedule(schedules, name);
  return found;
}

async function describe({ schedules, registry, clock }: FiringDeps): Promise<ScheduleView[]> {
  const now = clock.now();
  const ticks = new Map((await registry.ticks()).map((tick) => [tick.schedule, tick]));
  return schedules.map(({ name, cron, timezone, action }) => {
    const last = ticks.get(name);
    return {
      name,
      kind: action.kind,
      cron,
      timezone: timezone ?? null,
      selector: selectorOf(action),
      nextAt: nominalTimes({ cron, timezone }).next(now) ?? null,
      lastAt: last?.nominal ?? null,
      lastRun: last?.run ?? null,
    };
  });
}

function selectorOf(action: ScheduleAction): string {
  if (action.kind === 'run') return action.selector;
  if (action.kind === 'refresh') return `temperature=${action.temperature}`;
  return action.kind === 'probe' ? `source=${action.source}` : '';
}
