/** Schedules as people see them. */
import type { Registry } from '../../catalog/registry.ts';
import { recentLoss, type StateMark } from '../../catalog/state-mark.ts';
import type { Calendars } from '../../schedules/calendars.ts';
import type { Schedule, ScheduleAction } from '../../schedules/fire.ts';
import { ruleWords } from '../../schedules/rule.ts';
import type { TickStore } from '../../schedules/tick-store.ts';
import { type ComingTimes, comingTimes } from './coming-times.ts';
import type { ScheduleView } from './schedule-shapes.ts';

export interface ScheduleViewsDeps {
  readonly registry: Pick<Registry, 'ticks'>;
  readonly stateMark: Pick<StateMark, 'read'>;
  readonly ticks: Pick<TickStore, 'states'>;
  readonly calendars: Calendars;
}

export async function describeSchedules(
  { registry, ticks, calendars, stateMark }: ScheduleViewsDeps,
  schedules: readonly Schedule[],
): Promise<ScheduleView[]> {
  const [last, mark, { states, now }] = await Promise.all([
    registry.ticks(),
    stateMark.read(),
    ticks.states(schedules.map(({ name }) => name)),
  ]);
  const lostAt = recentLoss(mark, now) ?? null;
  const byName = new Map(last.map((tick) => [tick.schedule, tick]));
  return Promise.all(
    schedules.map(async (schedule, i) => {
      const { name, rule, rules, action } = schedule;
      // Whoever lists schedules learns of a calendar that cannot be read from the doctor.
      const windows = await calendars.windows(rules.calendar).catch(() => []);
      const account = states[i];
      const paused = account?.paused;
      const coming = comingTimes({ ...schedule, windows }, account, now);
      return {
        ...{ name, kind: action.kind, selector: selectorOf(action), times: ruleWords(rule) },
        cron: 'cron' in rule ? rule.cron : null,
        timezone: rule.timezone ?? null,
        nextAt: coming.firing.next(coming.after) ?? null,
        lastAt: byName.get(name)?.nominal ?? null,
        lastRun: byName.get(name)?.run ?? null,
        waitingAt: account?.waiting ?? null,
        asked: [...(account?.asked ?? [])],
        heardAt: account?.heardAt ?? null,
        leading: coming.isOther ? leadingRule(coming) : null,
        lostAt,
        paused: paused === undefined ? null : { ...paused, until: paused.until ?? null },
      };
    }),
  );
}

function leadingRule({ schedule: { rule } }: ComingTimes): ScheduleView['leading'] {
  return { times: ruleWords(rule), timezone: rule.timezone ?? null };
}

function selectorOf(action: ScheduleAction): string {
  if (action.kind === 'run') return action.selector;
  if (action.kind === 'refresh' || action.kind === 'recover') return `temperature=${action.temperature}`;
  return action.kind === 'probe' ? `source=${action.source}` : '';
}
