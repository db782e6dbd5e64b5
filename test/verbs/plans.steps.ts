/** Plans of the product, beside one schedule. */
import type { ProcessBeat } from '../../src/catalog/registry.ts';
import { Calendars } from '../../src/schedules/calendars.ts';
import type { Schedule } from '../../src/schedules/fire.ts';
import { RedisTickStore } from '../../src/schedules/redis-tick-store.ts';
import type { PlanRequest } from '../../src/verbs/plans/plan-request.ts';
import { planReport } from '../../src/verbs/plans/plan-shapes.ts';
import { type PlanVerbsDeps, planVerbs } from '../../src/verbs/plans/plans.ts';
import type { Jobs } from '../support/build-jobs.ts';
import { PLAIN_RULES } from '../support/schedules.ts';
import { planning } from './verbs.steps.ts';

const HOUR = 3_600_000;
export const NIGHTLY: Schedule = {
  ...{ name: 'nightly', rule: { cron: '0 2 * * *', timezone: 'UTC' } },
  rules: { ...PLAIN_RULES, deadline: { after: 2 * HOUR } },
  action: { kind: 'run', selector: 'source=profile', options: { force: true, missing: false, limit: 0 } },
};

export function planner(jobs: Jobs, change: Partial<PlanVerbsDeps> = {}) {
  const ticks = new RedisTickStore({ ...jobs, holder: 'a', leaseMs: 1_000, kept: 9 });
  // Somebody lives who does it.
  const registry = {
    ticks: () => jobs.registry.ticks(),
    processes: async () => [{ roles: ['worker', 'scheduler'] } as unknown as ProcessBeat],
  };
  const rest = { ticks, registry, calendars: new Calendars(), schedules: [NIGHTLY] };
  const verbs = planVerbs({ ...jobs, ...planning(jobs), ...rest, ...change });
  return async (asked: PlanRequest = {}) => planReport.parse(await verbs.plan(asked));
}
