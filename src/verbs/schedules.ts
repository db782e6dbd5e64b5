/** Schedules: when each fires, how its times ended, and making one fire now. */
import { z } from 'zod';
import { ForewarmError } from '../core/errors.ts';
import { nominalTimes } from '../policy/nominal-times.ts';
import { preview, type TimePreview } from '../policy/preview.ts';
import { resume } from '../schedules/advance.ts';
import { type SchedulingSettings, schedulesOf } from '../schedules/configured.ts';
import {
  type FiringDeps,
  fire,
  type Schedule,
  type ScheduleAction,
  unknownSchedule,
} from '../schedules/fire.ts';
import { ruleText } from '../schedules/rule.ts';
import type { TickStore } from '../schedules/tick-store.ts';
import { time } from './shapes.ts';

/** A year: a schedule that is not wanted for longer goes from the configuration. */
const LONGEST_PAUSE_MS = 366 * 86_400_000;

export const scheduleView = z.object({
  name: z.string(),
  kind: z.enum(['refresh', 'run', 'probe', 'gc']).describe('What it does when it fires.'),
  cron: z.string(),
  timezone: z.string().nullable(),
  selector: z.string(),
  nextAt: time().nullable(),
  lastAt: time().nullable().describe('The nominal time of the last tick.'),
  lastRun: z.string().nullable(),
  paused: z
    .object({
      by: z.string(),
      why: z.string(),
      since: time(),
      until: time().nullable().describe('Null: until it is resumed.'),
    })
    .nullable(),
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

export const pauseRequest = z.strictObject({
  why: z.string().trim().max(500).default('').describe('For people.'),
  for: z.number().min(0).max(LONGEST_PAUSE_MS).default(0).describe('Milliseconds; 0: until it is resumed.'),
});
export type PauseRequest = z.infer<typeof pauseRequest>;

/** A preview shows no more times. */
export const MOST_PREVIEWED = 1_000;

export interface ScheduleVerbs {
  schedules(): Promise<ScheduleView[]>;
  /** The next `count` times after `from` (ms), by the function that fires. Rejects with `E_NOT_FOUND` for an unknown schedule. */
  previewSchedule(name: string, from: number, count: number): Promise<TimePreview[]>;
  /** How the last times of a schedule ended, the newest first. Rejects with `E_NOT_FOUND` for an unknown schedule. */
  ticks(name: string, limit: number): Promise<TickView[]>;
  /**
   * Lets a schedule skip its times, for a while or until it is resumed, and returns it. A pause that it has is replaced. `by`
   * names who asked. Rejects with `E_NOT_FOUND` for an unknown schedule.
   */
  pauseSchedule(name: string, request: PauseRequest, by: string): Promise<ScheduleView>;
  /** Ends a pause; the times that it skipped are not made up for. One that is not paused stays as it is. */
  resumeSchedule(name: string): Promise<ScheduleView>;
  /**
   * Makes a schedule fire now, whether it is paused or not, without moving its times. Returns the run it made, or null where its action makes none, such as a refresh. Rejects
   * with `E_NOT_FOUND` for a schedule that is not configured.
   */
  trigger(name: string): Promise<{ schedule: string; run: string | null }>;
}

export interface ScheduleVerbsDeps extends FiringDeps {
  readonly ticks: TickStore;
}

async function pause(
  { schedules, ticks }: ScheduleVerbsDeps,
  name: string,
  { why, for: ms }: PauseRequest,
  by: string,
): Promise<void> {
  const schedule = find(schedules, name);
  const { now } = await ticks.states([name]);
  const length = ms === 0 ? undefined : ms;
  await ticks.pause(name, { cursor: now, rule: ruleText(schedule) }, { by, why, length });
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
    async pauseSchedule(name, request, by) {
      await pause(deps, name, request, by);
      return one(deps, name);
    },
    async resumeSchedule(name) {
      find(deps.schedules, name);
      await resume(deps.ticks, name);
      return one(deps, name);
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

async function one(deps: ScheduleVerbsDeps, name: string): Promise<ScheduleView> {
  const view = (await describe({ ...deps, schedules: [find(deps.schedules, name)] }))[0];
  if (view === undefined) throw unknownSchedule(deps.schedules, name);
  return view;
}

async function describe({ schedules, registry, ticks }: ScheduleVerbsDeps): Promise<ScheduleView[]> {
  const [last, { states, now }] = await Promise.all([
    registry.ticks(),
    ticks.states(schedules.map(({ name }) => name)),
  ]);
  const byName = new Map(last.map((tick) => [tick.schedule, tick]));
  return schedules.map(({ name, cron, timezone, action }, i) => {
    const last = byName.get(name);
    const paused = states[i]?.paused;
    return {
      name,
      kind: action.kind,
      cron,
      timezone: timezone ?? null,
      selector: selectorOf(action),
      nextAt: nominalTimes({ cron, timezone }).next(now) ?? null,
      lastAt: last?.nominal ?? null,
      lastRun: last?.run ?? null,
      paused: paused === undefined ? null : { ...paused, until: paused.until ?? null },
    };
  });
}

function selectorOf(action: ScheduleAction): string {
  if (action.kind === 'run') return action.selector;
  if (action.kind === 'refresh') return `temperature=${action.temperature}`;
  return action.kind === 'probe' ? `source=${action.source}` : '';
}
