/**
 * Plans: what a warm would do, before it does anything.
 *
 *     plan-request.ts    what is asked
 *     plan-subject.ts    which keys, from when, by when
 *     warming/planning   counts keys, by the same choice as a run; what the budget allows now
 *     plan-count.ts      goes over the keys
 *     plan-origins.ts    calls of each origin, and how long they take (warming/planning/plan-figures.ts)
 *     plan-notes.ts      what decides the answer, and is no figure
 *     plan-reasons.ts    what keeps it from coming true, whatever the figures (failing-origins.ts)
 *     plan-rooms.ts      what fits into each tier
 *     alongside.ts       what runs at the same time, with its calls (calls-ahead.ts)
 *     plan-report.ts     puts it together
 *
 * What calls take is what calls took (the call history); nothing is invented where none was seen. Whatever does not answer is named in
 * `unknown`, and the plan does without it: of a system whose jobs Redis is away it is made of the configuration, the entity sets and
 * the tiers that answer.
 *
 * What must stay true: nothing is written, nobody's origin is called but for the list of an entity set, and the shortest time is one
 * that no run can beat.
 */
import type { Ledger } from '../../budget/ledger.ts';
import type { CallHistory } from '../../catalog/call-history.ts';
import type { History } from '../../catalog/history.ts';
import type { Registry } from '../../catalog/registry.ts';
import { type Methods, withChecks } from '../../core/arguments.ts';
import type { Budget } from '../../core/budget.ts';
import { type Backoff, longestWaitsMs } from '../../flow/backoff.ts';
import { errandSignal } from '../../flow/errand.ts';
import type { Schedule } from '../../schedules/fire.ts';
import type { KeyCount } from '../../warming/planning/key-count.ts';
import {
  type CountedSource,
  figuresOf,
  type OriginOfPlan,
  originsOf,
} from '../../warming/planning/plan-figures.ts';
import { type MaintenanceWatch, watchArgument } from '../maintenance/watch.ts';
import { heldPlansOf } from '../runs/held-plans.ts';
import { type ComingTimes, comingTimes } from '../schedules/coming-times.ts';
import type { ScheduleView } from '../schedules/schedule-shapes.ts';
import { type ScheduleViewsDeps, seeSchedules } from '../schedules/schedule-views.ts';
import {
  type AlongsideCalls,
  type AlongsideDeps,
  aheadOn,
  alongsideView,
  runsAlongside,
  schedulesAlongside,
} from './alongside.ts';
import { failingOrigins } from './failing-origins.ts';
import { countKeys, type PlanCountDeps } from './plan-count.ts';
import { notesOf } from './plan-notes.ts';
import { type ReasonedParts, reasonsOf, verdictBeside } from './plan-reasons.ts';
import { putTogether } from './plan-report.ts';
import { type CheckedPlan, type PlanRequest, planRequest } from './plan-request.ts';
import type { Room } from './plan-rooms.ts';
import { CALLS_TOOK, type PlanReport } from './plan-shapes.ts';
import { planSubject } from './plan-subject.ts';
import { Unanswered } from './unanswered.ts';

export interface PlanVerbs {
  /**
   * What a warm of these keys would do and take. Of very many keys a sample is looked up. Rejects as `warm` does, and with `E_NOT_FOUND`
   * for a schedule that is not configured.
   */
  plan(request: PlanRequest, watch?: Partial<MaintenanceWatch>): Promise<PlanReport>;
}

export interface PlanVerbsDeps extends PlanCountDeps, ScheduleViewsDeps, AlongsideDeps {
  readonly callHistory: Pick<CallHistory, 'of'>;
  readonly registry: Pick<Registry, 'ticks' | 'processes'>;
  readonly history: Pick<History, 'minutes'>;
  readonly ledger: Pick<Ledger, 'state'>;
  readonly budgets: ReadonlyMap<string, Budget>;
  /** Of one call to each origin, in ms. */
  readonly timeouts: ReadonlyMap<string, number>;
  readonly schedules: readonly Schedule[];
  /** How often a run tries a key, and how long it waits in between. */
  readonly attempts: number;
  readonly backoff: Backoff;
  /** What each tier holds and may hold; memory is that of each process that reads. */
  readonly rooms: ReadonlyMap<string, () => Promise<Room>>;
}

const methods = { plan: [['request', planRequest], watchArgument] } as const satisfies Methods;

export function planVerbs(deps: PlanVerbsDeps): PlanVerbs {
  return withChecks(methods, { plan: (request, watch) => plan(deps, request, watch) });
}

async function plan(
  deps: PlanVerbsDeps,
  request: CheckedPlan,
  { signal: stopped, onProgress }: MaintenanceWatch,
): Promise<PlanReport> {
  const signal = AbortSignal.any([stopped, errandSignal()]);
  const unknown = new Unanswered();
  const [seen, rooms] = await Promise.all([comingSchedules(deps, unknown), roomsOf(deps, unknown)]);
  const seenOf = ({ name }: Pick<Schedule, 'name'>) => seen.find(({ schedule }) => schedule.name === name);
  const subject = planSubject(deps, request, (schedule) => seenOf(schedule)?.coming);
  const which = { ...request, selector: subject.selector };
  const { shrunk, ...counted } = await countKeys(deps, which, subject, unknown, { signal, onProgress });
  const { sources, origins } = await figuresFor(deps, counted.count, unknown);
  const now = deps.clock.now();
  const reportWith = (beside: readonly AlongsideCalls[]) =>
    putTogether({
      ...{ subject, ...counted, sources, rooms, now, timeouts: deps.timeouts },
      origins: origins.map((each) => ({ ...each, ahead: aheadOn(each.origin, beside) })),
      retryWaitMs: longestWaitsMs(deps.attempts, deps.backoff),
    });
  const { schedule: name, startsAt } = subject;
  const names = new Set(origins.map(({ origin }) => origin));
  const runs = await unknown.ofJobs('runs that go on', () => runsAlongside(deps, names, { now, startsAt }));
  const { endsAt, shortestNow } = reportWith(runs ?? []);
  const span = { from: startsAt, to: endsAt?.high ?? startsAt + shortestNow };
  const others = seen.filter(({ schedule }) => schedule.name !== name);
  const coming = await unknown.or('what schedules took', () => schedulesAlongside(deps, others, names, span));
  const beside = [...(runs ?? []), ...(coming ?? [])];
  const report = reportWith(beside);
  const alongside = beside.map(alongsideView);
  const held = name === undefined ? null : await heldFor(deps, name, unknown);
  const view = name === undefined ? undefined : seenOf({ name })?.view;
  const notes = notesOf({ subject, view, sources, origins, shrunk, now });
  const reasons = await reasonsFor(deps, { subject, view, now }, names, unknown);
  const sober = soberVerdict(report.verdict, alongside, unknown.silence);
  const verdict = verdictBeside(sober, reasons, name !== undefined);
  const told = { verdict, reasons, alongside, unread: counted.unread, unknown: unknown.told };
  return { ...report, ...told, notes, held: held ?? null };
}

function heldFor({ runs }: PlanVerbsDeps, name: string, unknown: Unanswered) {
  return unknown.ofJobs('how plans held', () => heldPlansOf(runs, name, undefined));
}

async function reasonsFor(
  { registry, history }: PlanVerbsDeps,
  parts: Omit<ReasonedParts, 'processes'>,
  origins: ReadonlySet<string>,
  unknown: Unanswered,
): Promise<PlanReport['reasons']> {
  const processes = await unknown.ofJobs('who lives', () => registry.processes(parts.now));
  const find = () => failingOrigins(history, [...origins], parts.now);
  const failing = await unknown.ofJobs('whether calls fail now', find);
  return [...reasonsOf({ ...parts, processes }), ...(failing ?? [])];
}

async function figuresFor(deps: PlanVerbsDeps, { sources: counts }: KeyCount, unknown: Unanswered) {
  const sources = await Promise.all([...counts.values()].map((each) => withFigures(deps, each, unknown)));
  const parts = originsOf(deps.budgets, sources);
  const origins = await Promise.all(parts.map((each) => withState(deps, each, unknown)));
  return { sources, origins };
}

/** What is left of some runs is not known, and not in the times; and where the jobs Redis is silent nobody knows what holds now. */
function soberVerdict(
  verdict: PlanReport['verdict'],
  alongside: PlanReport['alongside'],
  silence: string | undefined,
): PlanReport['verdict'] {
  if (verdict === null || verdict === 'impossible') return verdict;
  if (silence !== undefined) return 'unknown';
  return verdict === 'fits' && alongside.some(({ kind, calls }) => kind === 'run' && calls === null)
    ? 'likely'
    : verdict;
}

interface ComingSchedule {
  readonly schedule: Schedule;
  readonly coming: ComingTimes;
  /** Undefined where the jobs Redis is silent. */
  readonly view: ScheduleView | undefined;
}

/** Where nobody says how far schedules are, the configuration says when they fire. */
async function comingSchedules(deps: PlanVerbsDeps, unknown: Unanswered): Promise<ComingSchedule[]> {
  const { schedules, calendars, clock } = deps;
  const windows = (path: string | undefined) => calendars.windows(path).catch(() => []);
  const seen = await unknown.ofJobs('how far schedules are', () => seeSchedules(deps, schedules, windows));
  return Promise.all(
    schedules.map(async (schedule, i) => {
      const configured = async () => {
        const whole = { ...schedule, windows: await windows(schedule.rules.calendar) };
        return comingTimes(whole, undefined, clock.now());
      };
      const { coming, view } = seen?.[i] ?? {};
      return { schedule, coming: coming ?? (await configured()), view };
    }),
  );
}

async function withFigures(
  { callHistory }: PlanVerbsDeps,
  count: CountedSource['count'],
  unknown: Unanswered,
): Promise<CountedSource> {
  const hours = await unknown.ofJobs(CALLS_TOOK, () => callHistory.of(count.source.name));
  return { count, figures: figuresOf(hours ?? []) };
}

async function withState(
  deps: PlanVerbsDeps,
  parts: Omit<OriginOfPlan, 'state' | 'ahead'>,
  unknown: Unanswered,
): Promise<OriginOfPlan> {
  const state = await unknown.ofJobs('what origins allow now', () => deps.ledger.state(parts.origin));
  return { ...parts, state, ahead: [] };
}

async function roomsOf({ rooms }: PlanVerbsDeps, unknown: Unanswered): Promise<ReadonlyMap<string, Room>> {
  const none: Room = { holds: undefined, limit: undefined };
  const found = await Promise.all(
    [...rooms].map(
      async ([tier, room]) => [tier, (await unknown.or(`what tier ${tier} holds`, room)) ?? none] as const,
    ),
  );
  return new Map(found);
}
