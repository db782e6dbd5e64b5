/** Schedules: when each fires, how its times ended, and what people may want otherwise. */
import { z } from 'zod';
import type { StateMark } from '../../catalog/state-mark.ts';
import { type Methods, withChecks } from '../../core/arguments.ts';
import { type Asker, noteOf } from '../../core/asker.ts';
import type { Clock } from '../../core/clock.ts';
import { ForewarmError } from '../../core/errors.ts';
import { type Firing, preview, type TimePreview } from '../../policy/preview.ts';
import { firingOf, NO_WISHES } from '../../policy/tick-rules.ts';
import { resume } from '../../schedules/advance.ts';
import { Calendars } from '../../schedules/calendars.ts';
import { type SchedulingSettings, schedulesOf } from '../../schedules/configured.ts';
import { type FiringDeps, fire, type Schedule, unknownSchedule } from '../../schedules/fire.ts';
import { tickId } from '../../schedules/tick.ts';
import type { TickStore } from '../../schedules/tick-store.ts';
import {
  type AskedTime,
  askedTime,
  byArgument,
  limitArgument,
  type ReasonRequest,
  reasonRequest,
} from '../shapes.ts';
import { ALL_RECORDS, backfill } from './backfill.ts';
import { clockChangesOf } from './clock-changes.ts';
import { timeFor } from './local-times.ts';
import { pause } from './pausing.ts';
import { MOST_RESULTS, type ScheduleResults } from './schedule-result-shapes.ts';
import { checkResultsLimit, ResultsReader } from './schedule-results.ts';
import {
  type BackfillRequest,
  type BackfillView,
  backfillRequest,
  CHANGES_SHOWN,
  type ClockChangeView,
  MOST_PREVIEWED,
  type PauseRequest,
  pauseRequest,
  type ScheduleFilter,
  type ScheduleReport,
  type ScheduleView,
  type SkipRequest,
  scheduleFilter,
  skipRequest,
  type TickView,
} from './schedule-shapes.ts';
import { describeSchedules, seeSchedules } from './schedule-views.ts';
import { skip } from './skipping.ts';
import { fits, isSelected } from './star-pattern.ts';
import { interventionView, tickViews } from './tick-views.ts';
import { withWishes } from './wished-times.ts';

export interface ScheduleVerbs {
  schedules(): Promise<ScheduleView[]>;
  /**
   * The next `count` times after `from`, by the function that fires; what a pause or a request will skip says so in its note.
   * Rejects with `E_NOT_FOUND` for an unknown schedule.
   */
  previewSchedule(name: string, from: AskedTime, count: number): Promise<TimePreview[]>;
  /**
   * The next change of the clocks in each zone that schedules name, within a year after `from`, by default now, and what it does to
   * their times: the first `count` of each, by default 3; or to those of one schedule alone. Rejects with `E_NOT_FOUND` for an unknown one.
   */
  clockChanges(from?: AskedTime | null, schedule?: string | null, count?: number): Promise<ClockChangeView[]>;
  /**
   * A schedule, how its last `limit` times ended, what people did to it (as many), and the next three at which it fires. Rejects with
   * `E_NOT_FOUND` for an unknown schedule.
   */
  schedule(name: string, limit?: number): Promise<ScheduleReport>;
  /** How the last times of a schedule ended, the newest first. Rejects with `E_NOT_FOUND` for an unknown schedule. */
  ticks(name: string, limit?: number): Promise<TickView[]>;
  /**
   * How the last `limit` times of each schedule ended, with what came of their runs, or of one alone: of all, 50 times each at the
   * most. Rejects with `E_NOT_FOUND` for an unknown schedule.
   */
  scheduleResults(name?: string | null, limit?: number): Promise<ScheduleResults[]>;
  /**
   * Lets schedules skip their times, for a while, until a time, or until they are resumed, and returns them. A pause that one has is
   * replaced; at the very end of it a schedule fires again. `by` names who asked. Rejects with `E_NOT_FOUND` when the filter names none,
   * and with `E_REQUEST_INVALID` for an end that has passed, or without a zone for schedules of several; then it pauses none.
   */
  pauseSchedules(filter: ScheduleFilter, request?: PauseRequest, by?: string): Promise<ScheduleView[]>;
  /** Ends pauses; the times that they skipped are not made up for. A schedule that is not paused stays as it is. */
  resumeSchedules(filter: ScheduleFilter, request?: ReasonRequest, by?: string): Promise<ScheduleView[]>;
  /**
   * Leaves out one coming time of a schedule, and returns the schedule. Rejects with `E_REQUEST_INVALID` for a time that it does
   * not name, or that has passed.
   */
  skipTick(name: string, request?: SkipRequest, by?: string): Promise<ScheduleView>;
  /**
   * Makes the runs of times that have passed and did not run, such as those of a time when the schedule was paused. Times are named
   * by the rule that the schedule had then; deadlines count from now. Rejects with `E_REQUEST_INVALID` for a schedule that makes no runs, and for too many times.
   */
  backfill(name: string, request: BackfillRequest, by?: string): Promise<BackfillView>;
  /**
   * Makes a schedule fire now, whether it is paused or not, without moving its times. Returns the run it made, or null where its action makes none, such as a refresh. Rejects
   * with `E_NOT_FOUND` for a schedule that is not configured.
   */
  trigger(
    name: string,
    request?: ReasonRequest,
    by?: string,
  ): Promise<{ schedule: string; run: string | null }>;
}

export interface ScheduleVerbsDeps extends FiringDeps {
  readonly ticks: TickStore;
  readonly calendars: Calendars;
  readonly stateMark: Pick<StateMark, 'read'>;
  /** Makes the id of a request. */
  readonly newId: () => string;
}

/** How many times, and acts by hand, are shown. */
const MOST_SHOWN = 1_000;
/** How many coming times the report of a schedule has. */
const NEXT_TIMES = 3;

const name = ['name', z.string()] as const;
const filter = ['filter', scheduleFilter] as const;
export const scheduleMethods = {
  schedule: [name, limitArgument(20, MOST_SHOWN)],
  previewSchedule: [name, ['from', askedTime()], ['count', z.int().min(1).max(MOST_PREVIEWED).default(10)]],
  clockChanges: [
    ['from', askedTime().nullable().default(null)],
    ['schedule', z.string().nullable().default(null)],
    ['count', z.int().min(1).max(MOST_PREVIEWED).default(CHANGES_SHOWN)],
  ],
  ticks: [name, limitArgument(50, MOST_SHOWN)],
  scheduleResults: [['name', z.string().nullable().default(null)], limitArgument(20, MOST_RESULTS)],
  pauseSchedules: [filter, ['request', pauseRequest.prefault({})], byArgument],
  resumeSchedules: [filter, ['request', reasonRequest.prefault({})], byArgument],
  skipTick: [name, ['request', skipRequest.prefault({})], byArgument],
  backfill: [name, ['request', backfillRequest], byArgument],
  trigger: [name, ['request', reasonRequest.prefault({})], byArgument],
} as const satisfies Methods;

export function scheduleVerbs(deps: ScheduleVerbsDeps): ScheduleVerbs {
  const { schedules, ticks, newId } = deps;
  const checked = withChecks(scheduleMethods, {
    schedule: (name, limit) => report(deps, name, limit),
    async previewSchedule(name, from, count) {
      const [{ times, beginsAt }, view] = await Promise.all([
        previewOf(deps, name, from, count),
        one(deps, name),
      ]);
      return withWishes(times, view, beginsAt);
    },
    clockChanges: (from, schedule, count) =>
      changesOf(deps.schedules, { from: from ?? deps.clock.now(), schedule, count }, deps.clock),
    async ticks(name, limit) {
      findSchedule(schedules, name);
      return tickViews(...(await recordsOf(deps, name, limit)), limit);
    },
    scheduleResults: resultsOf(deps),
    async pauseSchedules(filter, request, by) {
      const chosen = selected(schedules, filter);
      await pause(ticks, chosen, request, { by, id: newId() });
      return describeSchedules(deps, chosen);
    },
    async resumeSchedules(filter, { why = '' }, by) {
      const chosen = selected(schedules, filter);
      const id = newId();
      for (const { name } of chosen) await resume(ticks, name, { by, why, id });
      return describeSchedules(deps, chosen);
    },
    async skipTick(name, request, by) {
      await skip(deps, findSchedule(schedules, name), request, by);
      return one(deps, name);
    },
    backfill: (name, request, by) => backfill(deps, findSchedule(schedules, name), request, by),
    trigger: (name, { why = '' }, by) => trigger(deps, name, { why, by }),
  });
  return { schedules: () => describeSchedules(deps, schedules), ...checked };
}

function resultsOf(deps: ScheduleVerbsDeps) {
  const { schedules } = deps;
  const results = new ResultsReader(deps);
  return async (name: string | null, limit: number): Promise<ScheduleResults[]> => {
    checkResultsLimit(name, limit);
    return results.read(name === null ? schedules : [findSchedule(schedules, name)], limit);
  };
}

async function trigger(deps: ScheduleVerbsDeps, name: string, asker: Asker) {
  const tick = { schedule: name, nominal: deps.clock.now() };
  const run = await fire(deps, tick, { note: noteOf(asker) });
  await deps.ticks.note(name, [{ kind: 'triggered', id: tickId(tick), ...asker, run }]);
  return { schedule: name, run: run ?? null };
}

interface ClockChangesQuery {
  readonly from: AskedTime;
  /** Null: all of them. */
  readonly schedule: string | null;
  readonly count: number;
}

async function changesOf(
  schedules: readonly Schedule[],
  { from, schedule, count }: ClockChangesQuery,
  clock: Clock,
): Promise<ClockChangeView[]> {
  checkCount(count);
  const meant = schedule === null ? schedules : [findSchedule(schedules, schedule)];
  // A time without a zone is of the one schedule that is meant; those of all have several.
  const at = timeFor(from, schedule === null ? [] : meant);
  return clockChangesOf(meant, { from: at, count }, clock);
}

async function report(deps: ScheduleVerbsDeps, name: string, limit: number): Promise<ScheduleReport> {
  const { calendars, schedules } = deps;
  const windows = (path: string | undefined) => calendars.windows(path);
  const [[seen], [records, interventions]] = await Promise.all([
    seeSchedules(deps, [findSchedule(schedules, name)], windows),
    recordsOf(deps, name, limit),
  ]);
  if (seen === undefined) throw unknownSchedule(schedules, name);
  const { schedule, after, firing } = seen.coming;
  return {
    ...seen.view,
    ticks: tickViews(records, interventions, limit),
    byHand: interventions.slice(0, limit).map(interventionView),
    next: preview(schedule.rule, after, NEXT_TIMES, firing),
  };
}

/** How the last times ended, and all that was done by hand: back-fills of any of them. */
function recordsOf({ ticks }: ScheduleVerbsDeps, name: string, limit: number) {
  return Promise.all([ticks.history(name, limit), ticks.interventions(name, ALL_RECORDS)]);
}

/**
 * A preview from the configuration alone: it needs no Redis. Rejects with `E_NOT_FOUND` for an unknown schedule.
 */
export async function previewConfigured(
  settings: SchedulingSettings,
  name: string,
  from: AskedTime,
  count: number,
): Promise<TimePreview[]> {
  const deps = { schedules: schedulesOf(settings), calendars: new Calendars() };
  return (await previewOf(deps, name, from, count)).times;
}

/** Clock changes from the configuration alone: they need no Redis. */
export async function configuredClockChanges(
  settings: SchedulingSettings,
  query: ClockChangesQuery,
  clock: Clock,
): Promise<ClockChangeView[]> {
  return changesOf(schedulesOf(settings), query, clock);
}

async function previewOf(
  { schedules, calendars }: Pick<ScheduleVerbsDeps, 'schedules' | 'calendars'>,
  name: string,
  from: AskedTime,
  count: number,
): Promise<{ readonly times: TimePreview[]; readonly beginsAt: Firing['beginsAt'] }> {
  checkCount(count);
  const schedule = findSchedule(schedules, name);
  const windows = await calendars.windows(schedule.rules.calendar);
  const firing = firingOf({ ...schedule, windows }, NO_WISHES);
  const times = preview(schedule.rule, timeFor(from, [schedule]), count, firing);
  return { times, beginsAt: firing.beginsAt };
}

function checkCount(count: number): void {
  if (count >= 1 && count <= MOST_PREVIEWED) return;
  const message = `a preview shows 1 to ${MOST_PREVIEWED} times, not ${count}`;
  throw new ForewarmError('E_REQUEST_INVALID', message);
}

function findSchedule(schedules: readonly Schedule[], name: string): Schedule {
  const found = schedules.find((schedule) => schedule.name === name);
  if (found === undefined) throw unknownSchedule(schedules, name);
  return found;
}

/** Each name must fit one at least: a name that is misspelled must not leave a schedule running that was to be paused. */
function selected(schedules: readonly Schedule[], filter: ScheduleFilter): Schedule[] {
  const strange = filter.names.find((pattern) => !schedules.some(({ name }) => fits(pattern, name)));
  if (strange !== undefined) throw unknownSchedule(schedules, strange);
  return schedules.filter(({ name, action: { kind } }) => isSelected(filter, { name, kind }));
}

async function one(deps: ScheduleVerbsDeps, name: string): Promise<ScheduleView> {
  const [view] = await describeSchedules(deps, [findSchedule(deps.schedules, name)]);
  if (view === undefined) throw unknownSchedule(deps.schedules, name);
  return view;
}
