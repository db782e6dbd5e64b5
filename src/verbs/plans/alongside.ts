/** What uses the origins of a plan while it runs: schedules that fire then, and runs that go on. */
import type { Run, Runs } from '../../catalog/runs/runs.ts';
import { parseSelector, selectsSource } from '../../core/selector/selector-grammar.ts';
import type { Source } from '../../core/source.ts';
import type { Sources } from '../../core/sources.ts';
import type { PlannedCalls } from '../../policy/call-time.ts';
import { exactly, sumOf } from '../../policy/estimate.ts';
import type { Schedule } from '../../schedules/fire.ts';
import { type PlanTimes, rounded } from '../../warming/planning/plan-figures.ts';
import { reachesSource, reachOf } from '../runs/run-reach.ts';
import type { ComingTimes } from '../schedules/coming-times.ts';
import { type CallsAhead, type CallsAheadDeps, callsLeft, callsTaken } from './calls-ahead.ts';
import type { PlanReport } from './plan-shapes.ts';

type Alongside = PlanReport['alongside'];

/** Times of a schedule that are counted: each is looked for in a calendar, and of many schedules that takes long. */
export const MOST_TIMES = 10;

export interface AlongsideDeps extends Omit<CallsAheadDeps, 'runs'> {
  readonly runs: Pick<Runs, 'active' | 'list' | 'chunk'>;
}

/** What runs at the same time, with its calls; undefined where they are not known. */
export interface AlongsideCalls {
  readonly view: Omit<Alongside[number], 'calls'>;
  readonly calls: CallsAhead | undefined;
}

/** From when until when, in ms since the epoch. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** At worst a run takes so many times as long for the rest of its keys as for those that are done. */
const SLOWER = 3;

export async function runsAlongside(
  deps: AlongsideDeps,
  origins: ReadonlySet<string>,
  { now, startsAt }: PlanTimes,
): Promise<AlongsideCalls[]> {
  const active = await deps.runs.active();
  const found = active.map(async (run): Promise<AlongsideCalls | undefined> => {
    if (now + restMs(run, now) < startsAt) return undefined;
    const shared = shareOf(originsOfRun(deps.sources, run), origins);
    if (shared.length === 0) return undefined;
    const view = {
      kind: 'run' as const,
      name: run.id,
      at: run.startedAt ?? run.createdAt,
      times: 1,
      origins: shared,
    };
    return { view, calls: startsAt > now ? undefined : await callsLeft(deps, run) };
  });
  return (await Promise.all(found)).filter((each) => each !== undefined);
}

/** How long a run goes on at worst, by how far it came; without end where none of it is done. */
function restMs({ startedAt, total, pending }: Run, now: number): number {
  const done = total - pending;
  if (startedAt === undefined || done === 0) return Number.POSITIVE_INFINITY;
  return ((now - startedAt) / done) * pending * SLOWER;
}

interface Coming {
  readonly schedule: Schedule;
  readonly coming: ComingTimes;
  readonly view: { readonly lastRun: string | null } | undefined;
}

export async function schedulesAlongside(
  deps: AlongsideDeps,
  coming: readonly Coming[],
  origins: ReadonlySet<string>,
  span: TimeRange,
): Promise<AlongsideCalls[]> {
  const found = coming.map(
    async ({ schedule, coming: { firing }, view: seen }): Promise<AlongsideCalls | undefined> => {
      const shared = shareOf(originsOfSchedule(deps.sources, schedule), origins);
      if (shared.length === 0) return undefined;
      const first = firing.next(span.from - 1);
      let times = 0;
      for (let at = first; at !== undefined && at <= span.to && times < MOST_TIMES; at = firing.next(at))
        times += 1;
      if (first === undefined || times === 0) return undefined;
      const view = { kind: 'schedule' as const, name: schedule.name, at: first, times, origins: shared };
      const isRun = schedule.action.kind === 'run';
      return { view, calls: isRun ? await callsTaken(deps, seen?.lastRun ?? null, times) : undefined };
    },
  );
  return (await Promise.all(found)).filter((each) => each !== undefined);
}

/** With the calls on the origins of the plan. */
export function alongsideView({ view, calls }: AlongsideCalls): Alongside[number] {
  const own = view.origins.flatMap((origin) => calls?.get(origin) ?? []).map((each) => each.calls);
  return { ...view, calls: calls === undefined ? null : rounded(sumOf([exactly(0), ...own])) };
}

/** Calls of all of them on an origin, as far as they are known. */
export function aheadOn(origin: string, beside: readonly AlongsideCalls[]): readonly PlannedCalls[] {
  return beside.flatMap(({ calls }) => calls?.get(origin) ?? []);
}

function shareOf(own: ReadonlySet<string>, origins: ReadonlySet<string>): string[] {
  return [...own].filter((origin) => origins.has(origin));
}

function originsOfSchedule(sources: Sources, { action }: Schedule): ReadonlySet<string> {
  switch (action.kind) {
    case 'refresh':
    case 'recover':
      return originsOf(sources, ({ temperature }) => temperature === action.temperature);
    case 'run':
      return originsOfSelector(sources, action.selector);
    case 'probe':
      return new Set([action.origin]);
    case 'gc':
      return new Set();
  }
}

/** One that this version cannot read may use any. */
function originsOfRun(sources: Sources, run: Run): ReadonlySet<string> {
  const reach = reachOf(run);
  return originsOf(sources, (source) => reachesSource(reach, source));
}

function originsOfSelector(sources: Sources, text: string): ReadonlySet<string> {
  const selector = parseSelector(text);
  return originsOf(sources, (source) => selectsSource(selector, source));
}

function originsOf(sources: Sources, isMeant: (source: Source) => boolean): ReadonlySet<string> {
  return new Set([...sources.values()].filter(isMeant).map(({ origin }) => origin));
}
