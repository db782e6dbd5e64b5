import { type Source, TEMPERATURES, type Temperature } from '../core/source.ts';
import { gapsOf } from '../policy/gaps.ts';
import { USUAL_TIMEZONE } from '../policy/local-time.ts';
import { ANY_TIME, nominalTimes } from '../policy/nominal-times.ts';
import type { TickRules } from '../policy/tick-rules.ts';
import type { Schedule } from './fire.ts';
import type { ScheduleSettings } from './options.ts';

/** Of what refreshes, probes and cleans up: one tick does the work of all that were missed, however long ago. */
const ONCE: TickRules = {
  ...{ missed: 'once', catchUp: Number.MAX_SAFE_INTEGER, latest: 0, overlap: 'allow', jitter: 0 },
  ...{ except: [], calendar: undefined, deadline: { after: 0 } },
};
/** Of what has no option for a time zone. */
const plainCron = (cron: string) => ({ cron, timezone: USUAL_TIMEZONE });
/** The name of the schedule that cleans up. */
const GC_SCHEDULE = 'gc';

/** Schedules that exist without being configured under `schedules`: no configured schedule may have such a name. */
export const BUILT_IN_SCHEDULES: readonly string[] = [...TEMPERATURES, GC_SCHEDULE];

/** The part of the settings that schedules come from. */
export interface SchedulingSettings {
  readonly sources: ReadonlyMap<string, Pick<Source, 'origin' | 'temperature'>>;
  readonly temperatures: Readonly<
    Record<Temperature, { readonly schedule: string; readonly timezone: string; readonly recover: number }>
  >;
  readonly schedules: ReadonlyMap<string, ScheduleSettings>;
  /** The cron expression of each source that has a version probe. */
  readonly versionProbes: ReadonlyMap<string, string>;
  readonly jobs: { readonly gc: { readonly cron: string } };
}

/** Everything that fires: each temperature's refresh, version probes, the named schedules, and housekeeping. */
export function schedulesOf(settings: SchedulingSettings): Schedule[] {
  const gc: Schedule = {
    ...{ name: GC_SCHEDULE, rule: plainCron(settings.jobs.gc.cron), rules: ONCE },
    action: { kind: 'gc' },
  };
  return [...refreshesOf(settings), ...probesOf(settings), ...namedOf(settings), gc];
}

/** Temperatures that no source has need no refresh. */
function refreshesOf({ sources, temperatures }: SchedulingSettings): Schedule[] {
  const used = new Set([...sources.values()].map(({ temperature }) => temperature));
  return TEMPERATURES.filter((temperature) => used.has(temperature)).flatMap((temperature) => {
    const { schedule, timezone, recover } = temperatures[temperature];
    const rule = { cron: schedule, timezone };
    const tick: Schedule = { name: temperature, rule, rules: ONCE, action: { kind: 'refresh', temperature } };
    // A schedule that fires as often leaves nothing waiting.
    if (recover === 0 || (gapsOf(nominalTimes(rule), ANY_TIME, FEW_TICKS)?.longest ?? 0) <= recover)
      return [tick];
    // No configured schedule has a dot in its name.
    const name = `${temperature}.recover`;
    return [tick, { name, rule: { every: recover }, rules: ONCE, action: { kind: 'recover', temperature } }];
  });
}

const FEW_TICKS = 10;

function probesOf({ versionProbes, sources }: SchedulingSettings): Schedule[] {
  return [...versionProbes].map(([source, cron]) => {
    const origin = sources.get(source)?.origin ?? '';
    // No configured schedule has a dot in its name.
    const name = `${source}.version`;
    return { name, rule: plainCron(cron), rules: ONCE, action: { kind: 'probe', source, origin } };
  });
}

function namedOf({ schedules }: SchedulingSettings): Schedule[] {
  return [...schedules.values()].map((schedule) => {
    const { name, rule, selector, force, missing, limit, rules } = schedule;
    const action = { kind: 'run', selector, options: { force, missing, limit } } as const;
    return { name, rule, rules, action };
  });
}
