/** What people see of schedules. */
import { nextTimes } from '../schedules/cron.ts';
import type { FiringDeps, ScheduleAction } from '../schedules/fire.ts';
import type { ScheduleView } from './verbs.ts';

/** The schedules as people see them. */
export async function describeSchedules({
  schedules,
  registry,
}: Pick<FiringDeps, 'schedules' | 'registry'>): Promise<ScheduleView[]> {
  const ticks = new Map((await registry.ticks()).map((tick) => [tick.schedule, tick]));
  return schedules.map(({ name, cron, timezone, action }) => {
    const last = ticks.get(name);
    return {
      name,
      kind: action.kind,
      cron,
      timezone: timezone ?? null,
      selector: selectorOf(action),
      nextAt: nextTimes(cron, timezone, 1)[0] ?? null,
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
