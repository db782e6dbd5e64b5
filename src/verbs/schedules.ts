/** Schedules: when each fires, and making one fire now. */
import { z } from 'zod';
import { nominalTimes } from '../policy/nominal-times.ts';
import { type FiringDeps, fire, type ScheduleAction } from '../schedules/fire.ts';
import { time } from './shapes.ts';

export const scheduleView = z.object({
  name: z.string(),
  kind: z.enum(['refresh', 'run', 'probe', 'gc']).describe('What it does when it fires.'),
  cron: z.string(),
  timezone: z.string().nullable(),
  selector: z.string(),
  nextAt: time().nullable(),
  lastAt: time().nullable().describe('The nominal time of the last tick.'),
  lastRun: z.string().nullable(),
});
export type ScheduleView = z.infer<typeof scheduleView>;

/** The shapes that the API describes by name. */
export const scheduleShapes = { Schedule: scheduleView };

export interface ScheduleVerbs {
  schedules(): Promise<ScheduleView[]>;
  /**
   * Makes a schedule fire now. Returns the run it made, or null where its action makes none, such as a refresh. Rejects
   * with `E_NOT_FOUND` for a schedule that is not configured.
   */
  trigger(name: string): Promise<{ schedule: string; run: string | null }>;
}

export function scheduleVerbs(deps: FiringDeps): ScheduleVerbs {
  return {
    schedules: () => describe(deps),
    async trigger(name) {
      const run = await fire(deps, { schedule: name, nominal: deps.clock.now() });
      return { schedule: name, run: run ?? null };
    },
  };
}

async function describe({ schedules, registry, clock }: FiringDeps): Promise<ScheduleView[]> {
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
