/** Schedules in memory. Nothing fires by itself here. */
import { withChecks } from '../../../src/core/arguments.ts';
import { ForewarmError } from '../../../src/core/errors.ts';
import { nominalTimes } from '../../../src/policy/nominal-times.ts';
import { preview } from '../../../src/policy/preview.ts';
import { clockChangesOf } from '../../../src/verbs/schedules/clock-changes.ts';
import { endOfRange, timeFor } from '../../../src/verbs/schedules/local-times.ts';
import { pauseEndOf } from '../../../src/verbs/schedules/pausing.ts';
import type { ScheduleResults } from '../../../src/verbs/schedules/schedule-result-shapes.ts';
import { checkResultsLimit, resultOf } from '../../../src/verbs/schedules/schedule-results.ts';
import {
  type BackfillView,
  CHANGES_SHOWN,
  type CheckedBackfill,
  type InterventionView,
  MOST_BACKFILLED,
  MOST_PREVIEWED,
  type ScheduleFilter,
  type ScheduleView,
  type TickView,
} from '../../../src/verbs/schedules/schedule-shapes.ts';
import { type ScheduleVerbs, scheduleMethods } from '../../../src/verbs/schedules/schedules.ts';
import { withWishes } from '../../../src/verbs/schedules/wished-times.ts';
import type { KnownValues } from './known-values.ts';
import { type RunsInMemory, warmOf } from './runs.ts';

/** `nightly` makes a run of everything; `warm` refreshes what is due. */
const SCHEDULES = [
  { name: 'nightly', kind: 'run', cron: '0 2 * * *', timezone: 'UTC', selector: '' },
  { name: 'warm', kind: 'refresh', cron: '*/10 * * * *', timezone: 'UTC', selector: 'temperature=warm' },
] as const;

type Row = (typeof SCHEDULES)[number];

const reason = (why: string) => (why === '' ? {} : { why });

const ruled = (rule: Row) => ({ rule });

function scheduleOf(name: string): Row {
  const schedule = SCHEDULES.find((row) => row.name === name);
  if (schedule === undefined) throw new ForewarmError('E_NOT_FOUND', `there is no schedule "${name}"`);
  return schedule;
}

function selected({ names, kinds, all }: ScheduleFilter): Row[] {
  const fits = (row: Row, name: string) =>
    name.endsWith('*') ? row.name.startsWith(name.slice(0, -1)) : row.name === name;
  for (const name of names) if (!SCHEDULES.some((row) => fits(row, name))) scheduleOf(name);
  return SCHEDULES.filter((row) => all || kinds.includes(row.kind) || names.some((name) => fits(row, name)));
}

const refused = (message: string) => new ForewarmError('E_REQUEST_INVALID', message);

export function schedulesInMemory({ clock }: KnownValues, runs: RunsInMemory): ScheduleVerbs {
  const ticks = new Map<string, Pick<ScheduleView, 'lastAt' | 'lastRun'>>();
  const pauses = new Map<string, ScheduleView['paused']>();
  const asked = new Map<string, ScheduleView['asked']>();
  const filled = new Map<string, TickView>();
  const byHand = new Map<string, InterventionView[]>();
  const note = (
    name: string,
    done: Pick<InterventionView, 'kind' | 'by' | 'why'> & Partial<InterventionView>,
  ) => {
    const row = { at: clock.now(), nominal: null, until: null, run: null, ...done };
    byHand.set(name, [row, ...(byHand.get(name) ?? [])]);
  };
  const ticksOf = (name: string, limit: number) =>
    [...filled]
      .flatMap(([at, tick]) => (at.startsWith(`${name} `) ? [tick] : []))
      .sort((a, b) => b.nominal - a.nominal)
      .slice(0, limit);
  const nextOf = ({ name, cron, timezone }: Row) => {
    const left = (asked.get(name) ?? []).map(({ nominal }) => nominal);
    const { next } = nominalTimes({ cron, timezone });
    const paused = pauses.get(name) ?? null;
    if (paused !== null && paused.until === null) return null;
    let at = next(Math.max(clock.now(), (paused?.until ?? 0) - 1)) ?? 0;
    while (left.includes(at)) at = next(at) ?? 0;
    return at;
  };
  const viewOf = (row: Row): ScheduleView => {
    const last = ticks.get(row.name) ?? { lastAt: null, lastRun: null };
    const own = {
      lostAt: null,
      leading: null,
      heardAt: clock.now(),
      paused: pauses.get(row.name) ?? null,
      asked: asked.get(row.name) ?? [],
    };
    return { ...row, times: row.cron, waitingAt: null, nextAt: nextOf(row), ...last, ...own };
  };
  const fill = async (
    { name, selector }: Row,
    nominal: number,
    { dryRun, why = '' }: Pick<CheckedBackfill, 'dryRun' | 'why'>,
    by: string,
  ): Promise<BackfillView['times'][number]> => {
    const known = filled.get(`${name} ${nominal}`);
    if (known !== undefined) return { nominal, run: known.run, state: 'ran' };
    if (dryRun) return { nominal, run: null, state: 'would-make' };
    const { run } = await runs.warm({ ...warmOf(selector), ...reason(why) }, 'schedule', name);
    const at = clock.now();
    const ended = { end: 'ran', reason: null, note: '', at, late: at - nominal } as const;
    filled.set(`${name} ${nominal}`, {
      nominal,
      from: nominal,
      count: 1,
      ...ended,
      run: run.id,
      backfill: { by, why },
    });
    note(name, { kind: 'back-filled', by, why, nominal, run: run.id });
    return { nominal, run: run.id, state: 'made' };
  };
  const previewOf = (row: Row, from: number, count: number) =>
    withWishes(preview(row, from, count), viewOf(row), (nominal) => nominal);
  const checked = withChecks(scheduleMethods, {
    async pauseSchedules(filter, { why = '', ...request }, by) {
      const since = clock.now();
      const chosen = selected(filter);
      const end = pauseEndOf(request, chosen.map(ruled), since);
      const until = end === undefined ? null : 'until' in end ? end.until : since + end.length;
      for (const { name } of chosen) {
        pauses.set(name, { by, why, since, until });
        note(name, { kind: 'paused', by, why, until });
      }
      return chosen.map(viewOf);
    },
    async resumeSchedules(filter, { why = '' }, by) {
      const chosen = selected(filter);
      for (const { name } of chosen) if (pauses.delete(name)) note(name, { kind: 'resumed', by, why });
      return chosen.map(viewOf);
    },
    async skipTick(name, { at, why = '', undo }, by) {
      const row = scheduleOf(name);
      const nominal = at === null ? (nextOf(row) ?? 0) : timeFor(at, [ruled(row)]);
      const { next } = nominalTimes(row);
      if (nominal <= clock.now() || next(nominal - 1) !== nominal) throw refused('it names no such time');
      const others = (asked.get(name) ?? []).filter((skip) => skip.nominal !== nominal);
      asked.set(name, undo ? others : [...others, { nominal, by, why }]);
      note(name, { kind: undo ? 'let-fire' : 'left-out', by, why, nominal });
      return viewOf(row);
    },
    async backfill(name, request, by) {
      const { dryRun } = request;
      const row = scheduleOf(name);
      const from = timeFor(request.from, [ruled(row)]);
      const to = endOfRange(request.to, ruled(row), clock.now());
      if (row.kind !== 'run' || to > clock.now()) throw refused('there is nothing to make up for');
      const { next } = nominalTimes(row);
      const nominals: number[] = [];
      for (let at = next(from - 1); at !== undefined && at <= to; at = next(at)) nominals.push(at);
      if (nominals.length > MOST_BACKFILLED) throw refused('too many times');
      const times: BackfillView['times'] = [];
      for (const nominal of nominals) times.push(await fill(row, nominal, request, by));
      const rules = [{ until: null, times: row.cron, timezone: row.timezone }];
      return { schedule: name, dryRun, rules, times };
    },
    async clockChanges(from, schedule, count = CHANGES_SHOWN) {
      const meant = schedule == null ? SCHEDULES : [scheduleOf(schedule)];
      const rows = meant.map((row) => ({ name: row.name, ...ruled(row), rules: { deadline: { after: 0 } } }));
      return clockChangesOf(rows, { from: timeFor(from ?? clock.now(), []), count }, clock);
    },
    async previewSchedule(name, from, count) {
      const row = scheduleOf(name);
      if (count < 1 || count > MOST_PREVIEWED) throw refused(`a preview shows 1 to ${MOST_PREVIEWED} times`);
      return previewOf(row, timeFor(from, [ruled(row)]), count);
    },
    async schedule(name, limit) {
      const row = scheduleOf(name);
      const done = (byHand.get(name) ?? []).slice(0, limit);
      const first = nextOf(row);
      const next = first === null ? [] : preview(row, first - 1, 3);
      return { ...viewOf(row), ticks: ticksOf(name, limit), byHand: done, next };
    },
    /** What is triggered is no tick. */
    async ticks(name, limit) {
      scheduleOf(name);
      return ticksOf(name, limit);
    },
    async scheduleResults(name, limit) {
      checkResultsLimit(name, limit);
      const resultFor = async (id: string | null) => (id === null ? null : resultOf(await runs.run(id)));
      const rowOf = async (row: string): Promise<ScheduleResults> => {
        const last = ticks.get(row)?.lastRun ?? null;
        const isGoing = last !== null && (await runs.run(last)).state !== 'ended';
        const shown = ticksOf(row, limit).map(async (tick) => ({
          ...tick,
          result: await resultFor(tick.run),
        }));
        return { name: row, running: isGoing ? last : null, ticks: await Promise.all(shown) };
      };
      const meant = name === null ? SCHEDULES : [scheduleOf(name)];
      return Promise.all(meant.map((row) => rowOf(row.name)));
    },
    async trigger(name, { why = '' }, by) {
      const schedule = scheduleOf(name);
      const isRun = schedule.kind === 'run';
      const warm = { ...warmOf(schedule.selector), ...reason(why) };
      const run = isRun ? (await runs.warm(warm, 'schedule', name)).run.id : null;
      note(name, { kind: 'triggered', by, why, run });
      ticks.set(name, { lastAt: clock.now(), lastRun: run });
      return { schedule: name, run };
    },
  });
  return { schedules: async () => SCHEDULES.map(viewOf), ...checked };
}
