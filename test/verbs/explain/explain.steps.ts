/** Steps of the tests that make causes of cold keys happen. */
import type { ProcessBeat } from '../../../src/catalog/registry.ts';
import type { Schedule } from '../../../src/schedules/fire.ts';
import { coverageVerbs } from '../../../src/verbs/coverage.ts';
import { explanationVerbs } from '../../../src/verbs/explain/explain.ts';
import { explanation } from '../../../src/verbs/explain/explanation-shapes.ts';
import { buildJobs, type Jobs, type JobsOptions } from '../../support/build-jobs.ts';
import { PLAIN_RULES } from '../../support/schedules.ts';
import { schedulesOf } from '../verbs.steps.ts';

export const KEY = 'profile:m1';

/** What refreshes the source `profile`, and what makes a run of it. */
export const SCHEDULES: readonly Schedule[] = [
  {
    ...{ name: 'warm', rule: { cron: '*/10 * * * *', timezone: 'UTC' }, rules: PLAIN_RULES },
    action: { kind: 'refresh', temperature: 'warm' },
  },
  {
    ...{ name: 'nightly', rule: { cron: '0 2 * * *', timezone: 'UTC' }, rules: PLAIN_RULES },
    action: {
      kind: 'run',
      selector: 'entities=markets',
      options: { force: false, missing: false, limit: 0 },
    },
  },
];

export interface Explained extends Jobs {
  readonly verbs: ReturnType<typeof explanationVerbs> & ReturnType<typeof coverageVerbs>;
  readonly ticks: ReturnType<typeof schedulesOf>['ticks'];
  /** A process says that it is there. */
  readonly live: (change?: Partial<ProcessBeat>) => Promise<void>;
}

export function explained(
  options: JobsOptions & { readonly schedules?: readonly Schedule[] } = {},
): Explained {
  const { schedules = SCHEDULES, ...rest } = options;
  const jobs = buildJobs(rest);
  const scheduled = schedulesOf(jobs, schedules);
  const deps = { ...jobs, ...scheduled };
  const live = (change: Partial<ProcessBeat> = {}) => {
    const now = jobs.clock.now();
    const process = { id: 'p1', roles: ['worker', 'scheduler'], host: 'here', pid: 7 };
    const beat = { ...process, startedAt: now, seenAt: now, memory: undefined, statistics: undefined };
    return jobs.registry.beat({ ...beat, ...change });
  };
  return {
    ...{ ...jobs, ticks: scheduled.ticks, live },
    verbs: { ...explanationVerbs(deps), ...coverageVerbs(deps) },
  };
}

export async function explain({ verbs }: Pick<Explained, 'verbs'>, key = KEY) {
  return explanation.parse(await verbs.explain(key));
}
