/** Twenty schedules of every kind of rule and policy, for the run of many schedulers. */
import type { TickRules } from '../../../src/policy/tick-rules.ts';
import type { ScheduledTimes } from '../../../src/schedules/known-accounts.ts';

const RULES: TickRules = {
  ...{ missed: 'once', catchUp: 3_600_000, latest: 0, overlap: 'allow', jitter: 0 },
  ...{ except: [], calendar: undefined, deadline: { after: 0 } },
};
const POLICIES: readonly Partial<TickRules>[] = [
  { missed: 'once' },
  { missed: 'skip' },
  { missed: 'all' },
  { latest: 4_000 },
  { jitter: 700 },
];
const TIMES = [
  { cron: '* * * * * *', timezone: 'Europe/Berlin' },
  { every: 2_000 },
  { cron: '*/3 * * * * *', timezone: 'America/Denver' },
  { every: 5_000, start: 1_000 },
] as const;

/** `deploys`: how often the configuration was changed. From then on the times lie half a step elsewhere. */
export function schedulesOf(deploys: number): ScheduledTimes[] {
  return TIMES.flatMap((rule, i) =>
    POLICIES.map((policy, j) => {
      const moved = 'every' in rule && deploys % 2 === 1 ? { ...rule, every: rule.every + 1_000 } : rule;
      return { name: `s${i}${j}`, rule: moved, rules: { ...RULES, ...policy } };
    }),
  );
}
