import { type Source, TEMPERATURES, type Temperature } from '../core/source.ts';
import type { Schedule } from './fire.ts';
import type { ScheduleSettings } from './options.ts';

/** The name of the schedule that cleans up. */
const GC_SCHEDULE = 'gc';

/** Schedules that exist without being configured under `schedules`: no configured schedule may have such a name. */
export const BUILT_IN_SCHEDULES: readonly string[] = [...TEMPERATURES, GC_SCHEDULE];

/** The part of the settings that schedules come from. */
export interface SchedulingSettings {
  readonly sources: ReadonlyMap<string, Pick<Source, 'origin' | 'temperature'>>;
  readonly temperatures: Readonly<
    Record<Temperature, { readonly schedule: string; readonly timezone?: string | undefined }>
  >;
  readonly schedules: ReadonlyMap<string, ScheduleSettings>;
  /** The cron expression of each source that has a version probe. */
  readonly versionProbes: ReadonlyMap<string, string>;
  readonly jobs: { readonly gc: { readonly cron: string } };
}

/** Everything that fires: each temperature's refresh, the named schedules, and housekeeping. */
export function schedulesOf(settings: SchedulingSettings): Schedule[] {
  const used = new Set([...settings.sources.values()].map(({ temperature }) => temperature));
  const refreshes = TEMPERATURES.filter((temperature) => used.has(temperature)).map(
    (temperature): Schedule => {
      const { schedule, timezone } = settings.temperatures[temperature];
      return { name: temperature, cron: schedule, timezone, action: { kind: 'refresh', temperature } };
    },
  );
  const named = [...settings.schedules.values()].map((schedule): Schedule => {
    const { name, cron, timezone, selector, force, missing, limit, deadline } = schedule;
    return {
      name,
      cron,
      timezone,
      action: { kind: 'run', selector, options: { force, missing, limit }, deadline },
    };
  });
  const probes = [...settings.versionProbes].map(([source, cron]): Schedule => {
    const origin = settings.sources.get(source)?.origin ?? '';
    // No configured schedule has a dot in its name.
    return {
      name: `${source}.version`,
      cron,
      timezone: undefined,
      action: { kind: 'probe', source, origin },
    };
  });
  return [
    ...refreshes,
    ...probes,
    ...named,
    { name: GC_SCHEDULE, cron: settings.jobs.gc.cron, timezone: undefined, action: { kind: 'gc' } },
  ];
}
