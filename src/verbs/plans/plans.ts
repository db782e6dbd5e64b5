/**
 * Plans: what a warm would do, before it does anything.
 *
 *     plan-request.ts    what is asked
 *     plan-subject.ts    which keys, from when, by when
 *     warming/planning   counts keys, by the same choice as a run; what the budget allows now
 *     plan-origins.ts    calls and bytes of each origin, and how long they take (policy/call-time.ts)
 *     plan-rooms.ts      what fits into each tier
 *     alongside.ts       what runs at the same time
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
import type { KeyPage } from '../../catalog/runs/key-lists.ts';
import { type Methods, withChecks } from '../../core/arguments.ts';
import type { Budget } from '../../core/budget.ts';
import { sumOfCalls } from '../../core/call-record.ts';
import { type Backoff, longestWaitsMs } from '../../flow/backoff.ts';
import { errandSignal } from '../../flow/errand.ts';
import { reasonOfRun } from '../../policy/decision.ts';
import { callFigures } from '../../policy/estimate.ts';
import type { Schedule } from '../../schedules/fire.ts';
import { KeyCount, type KeyCountDeps } from '../../warming/planning/key-count.ts';
import type { SelectedKeys } from '../../warming/selected-keys.ts';
import type { Selection } from '../../warming/selection.ts';
import { throwFirst, type UnreadSets } from '../../warming/unread-sets.ts';
import { readSelector } from '../long-selector.ts';
import { type MaintenanceWatch, watchArgument } from '../maintenance/watch.ts';
import { describeNamed, type NamedPagesDeps, namedPages } from '../runs/named-pages.ts';
import { type ComingTimes, comingTimes } from '../schedules/coming-times.ts';
import { type ScheduleViewsDeps, seeSchedules } from '../schedules/schedule-views.ts';
import { type AlongsideDeps, runsAlongside, schedulesAlongside } from './alongside.ts';
import type { CountedSource, OriginOfPlan } from './plan-origins.ts';
import { putTogether } from './plan-report.ts';
import { type CheckedPlan, type PlanRequest, planRequest } from './plan-request.ts';
import type { Room } from './plan-rooms.ts';
import type { PlanReport } from './plan-shapes.ts';
import { type PlanSubject, planSubject } from './plan-subject.ts';
import { Unanswered } from './unanswered.ts';

export interface PlanVerbs {
  /**
   * What a warm of these keys would do and take. Of very many keys a sample is looked up. Rejects as `warm` does, and with `E_NOT_FOUND`
   * for a schedule that is not configured.
   */
  plan(request: PlanRequest, watch?: Partial<MaintenanceWatch>): Promise<PlanReport>;
}

export interface PlanVerbsDeps
  extends Omit<KeyCountDeps, 'startsAt' | 'options' | 'exact' | 'silence'>,
    NamedPagesDeps,
    ScheduleViewsDeps,
    AlongsideDeps {
  readonly selection: Selection;
  readonly callHistory: Pick<CallHistory, 'of'>;
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

/** Keys that are all looked up, over all sources; and of each, however many sources there are. */
const EXACT = 100_000;
const LEAST_EXACT = 1_000;

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
  const comingOf = ({ name }: Schedule) => seen.find(({ schedule }) => schedule.name === name)?.coming;
  const subject = planSubject(deps, request, comingOf);
  const began = deps.clock.elapsed();
  const which = { ...request, selector: subject.selector };
  const counted = await countKeys(deps, which, subject, unknown.silence, { signal, onProgress });
  const { count, unread, selector } = counted;
  const ownMs = deps.clock.elapsed() - began;
  if (count.silence !== undefined) unknown.add('what the catalog knows of keys', count.silence);
  const sources = await Promise.all(
    [...count.sources.values()].map((each) => withFigures(deps, each, unknown)),
  );
  const origins = await Promise.all(originsOf(deps, sources).map((each) => withState(deps, each, unknown)));
  const now = deps.clock.now();
  const report = putTogether({
    ...{ subject, selector, count, sources, origins, rooms, ownMs, now },
    retryWaitMs: longestWaitsMs(deps.attempts, deps.backoff),
  });
  const names = new Set(origins.map(({ origin }) => origin));
  const span = { from: subject.startsAt, to: report.endsAt?.high ?? subject.startsAt + report.shortestNow };
  const others = seen.filter(({ schedule }) => schedule.name !== subject.schedule);
  const running =
    (await unknown.ofJobs('runs that go on', () =>
      runsAlongside(deps, names, { now, startsAt: subject.startsAt }),
    )) ?? [];
  const alongside = [...running, ...schedulesAlongside(deps.sources, others, names, span)];
  const verdict = soberVerdict(report.verdict, alongside, unknown.silence);
  return { ...report, verdict, alongside, unread, unknown: unknown.told };
}

/** What is left of other runs is not in the times; and where the jobs Redis is silent nobody knows what holds now. */
function soberVerdict(
  verdict: PlanReport['verdict'],
  alongside: PlanReport['alongside'],
  silence: string | undefined,
): PlanReport['verdict'] {
  if (verdict === null || verdict === 'impossible') return verdict;
  if (silence !== undefined) return 'unknown';
  return verdict === 'fits' && alongside.some(({ kind }) => kind === 'run') ? 'likely' : verdict;
}

interface ComingSchedule {
  readonly schedule: Schedule;
  readonly coming: ComingTimes;
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
      return { schedule, coming: seen?.[i]?.coming ?? (await configured()) };
    }),
  );
}

interface Counted {
  readonly count: KeyCount;
  readonly unread: PlanReport['unread'];
  readonly selector: string;
}

async function countKeys(
  deps: PlanVerbsDeps,
  request: CheckedPlan,
  { options, startsAt }: PlanSubject,
  silence: string | undefined,
  { signal, onProgress }: MaintenanceWatch,
): Promise<Counted> {
  const pages = await namedPages(deps, request);
  const selector = await readSelector(request.selector);
  const unread: UnreadSets = pages === undefined ? await deps.selection.unread(selector, signal) : new Map();
  const wanted =
    pages === undefined ? deps.selection.expected(selector, signal, unread) : pagesOf(deps, pages);
  const exact = Math.max(LEAST_EXACT, Math.floor(EXACT / Math.max(1, deps.sources.size)));
  const choice = { reason: reasonOfRun(options), since: 0 };
  const count = new KeyCount({ ...deps, options: choice, startsAt, exact, silence });
  let total = 0;
  for await (const page of wanted) {
    const keys = options.limit > 0 ? page.keys.slice(0, options.limit - total) : page.keys;
    total += keys.length;
    await count.add({ ...page, keys }, signal);
    onProgress(total);
    if (options.limit > 0 && total >= options.limit) break;
  }
  count.end();
  if (total === 0) throwFirst(unread);
  return {
    count,
    unread: [...unread].map(([entities, { message: reason }]) => ({ entities, reason })),
    selector: pages === undefined ? request.selector : describeNamed(request, pages),
  };
}

async function* pagesOf({ sources }: PlanVerbsDeps, pages: readonly KeyPage[]): AsyncGenerator<SelectedKeys> {
  for (const page of pages) {
    const source = sources.get(page.source);
    if (source !== undefined) yield { ...page, source, unkeyed: 0 };
  }
}

async function withFigures(
  { callHistory }: PlanVerbsDeps,
  count: CountedSource['count'],
  unknown: Unanswered,
): Promise<CountedSource> {
  const hours = await unknown.ofJobs('what calls took', () => callHistory.of(count.source.name));
  // Of all processes together: what the means of hours tell, those of processes do not.
  const byHour = [...Map.groupBy(hours ?? [], ({ hour }) => hour).values()];
  return { count, figures: callFigures(byHour.map(sumOfCalls)) };
}

type OriginParts = Omit<OriginOfPlan, 'state'>;

function originsOf({ budgets, timeouts }: PlanVerbsDeps, sources: readonly CountedSource[]): OriginParts[] {
  return [...Map.groupBy(sources, ({ count }) => count.source.origin)].map(([origin, own]) => ({
    origin,
    budget: budgets.get(origin) ?? { rate: undefined, concurrency: 1 },
    timeout: timeouts.get(origin) ?? 0,
    sources: own,
  }));
}

async function withState(
  deps: PlanVerbsDeps,
  parts: OriginParts,
  unknown: Unanswered,
): Promise<OriginOfPlan> {
  const state = await unknown.ofJobs('what origins allow now', () => deps.ledger.state(parts.origin));
  return { ...parts, state };
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
