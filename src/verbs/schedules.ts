/** What people see of schedules. */
import { nominalTimes } from '../policy/nominal-times.ts';
import type { FiringDeps, ScheduleAction } from '../schedules/fire.ts';
import type { ScheduleView } from './verbs.ts';

/** The schedules as people see them. */
export async function describeSchedules({
  schedules,
  registry,
  clock,
}: Pick<FiringDeps, 'schedules' | 'registry' | 'clock'>): Promise<ScheduleView[]> {
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
