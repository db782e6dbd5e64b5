/** Schedules as people see them. */
import type { Registry } from '../../catalog/registry.ts';
import { recentLoss, type StateMark } from '../../catalog/state-mark.ts';
import type { Calendars } from '../../schedules/calendars.ts';
import type { Schedule, ScheduleAction } from '../../schedules/fire.ts';
import type { ScheduleAccount } from '../../schedules/schedule-account.ts';
import type { TickStore } from '../../schedules/tick-store.ts';
import { type ComingTimes, comingTimes } from './coming-times.ts';
import { ruleView } from './rule-view.ts';
import type { ScheduleView } from './schedule-shapes.ts';

export interface ScheduleViewsDeps {
  readonly registry: Pick<Registry, 'ticks'>;
  readonly stateMark: Pick<StateMark, 'read'>;
  readonly ticks: Pick<TickStore, 'states'>;
  readonly calendars: Calendars;
}

/** A schedule as people see it, and what comes of it. */
interface SeenSchedule {
  readonly view: ScheduleView;
  readonly coming: ComingTimes;
}

/** `windows`: of a calendar; where that cannot be read, what whoever asks makes of it. */
export async function seeSchedules(
  { registry, ticks, stateMark }: ScheduleViewsDeps,
  schedules: readonly Schedule[],
  windows: Calendars['windows'],
): Promise<SeenSchedule[]> {
  const [last, mark, { states, now }] = await Promise.all([
    registry.ticks(),
    stateMark.read(),
    ticks.states(schedules.map(({ name }) => name)),
  ]);
  const lostAt = recentLoss(mark, now) ?? null;
  const byName = new Map(last.map((tick) => [tick.schedule, tick]));
  return Promise.all(
    schedules.map(async (schedule, i) => {
      const account = states[i];
      const whole = { ...schedule, windows: await windows(schedule.rules.calendar) };
      const coming = comingTimes(whole, account, now);
      const { nominal, run } = byName.get(schedule.name) ?? {};
      const ended = { lastAt: nominal ?? null, lastRun: run ?? null };
      return { coming, view: { ...viewOf(schedule, account, coming), ...ended, lostAt } };
    }),
  );
}

export async function describeSchedules(
  deps: ScheduleViewsDeps,
  schedules: readonly Schedule[],
): Promise<ScheduleView[]> {
  // Whoever lists schedules learns of a calendar that cannot be read from the doctor.
  const windows = (path: string | undefined) => deps.calendars.windows(path).catch(() => []);
  return (await seeSchedules(deps, schedules, windows)).map(({ view }) => view);
}

function viewOf(
  { name, rule, action }: Schedule,
  account: ScheduleAccount | undefined,
  { firing, after, isOther, schedule: led }: ComingTimes,
): Omit<ScheduleView, 'lastAt' | 'lastRun' | 'lostAt'> {
  const paused = account?.paused;
  return {
    ...{ name, kind: action.kind, selector: selectorOf(action), ...ruleView(rule) },
    cron: 'cron' in rule ? rule.cron : null,
    nextAt: firing.next(after) ?? null,
    waitingAt: account?.waiting ?? null,
    asked: [...(account?.asked ?? [])],
    heardAt: account?.heardAt ?? null,
    leading: isOther ? ruleView(led.rule) : null,
    paused: paused === undefined ? null : { ...paused, until: paused.until ?? null },
  };
}

function selectorOf(action: ScheduleAction): string {
  if (action.kind === 'run') return action.selector;
  if (action.kind === 'refresh' || action.kind === 'recover') return `temperature=${action.temperature}`;
  return action.kind === 'probe' ? `source=${action.source}` : '';
}
