/** Changes in memory, told by the product's own feed: of runs, and of pauses of schedules. */
import { Events } from '../../../src/core/events.ts';
import { ChangeFeed } from '../../../src/verbs/changes/change-feed.ts';
import type { Change } from '../../../src/verbs/changes/change-shapes.ts';
import { CHANGES, type ChangeVerbs } from '../../../src/verbs/changes/changes.ts';
import type { Look } from '../../../src/verbs/changes/looks.ts';
import type { ScheduleVerbs } from '../../../src/verbs/schedules/schedules.ts';
import type { KnownValues } from './known-values.ts';
import type { RunsInMemory } from './runs.ts';

const SEES_ALL = { every: 1, sees: 'all', tellsOfLeaving: false } as const;

export function changesInMemory(
  { clock }: KnownValues,
  runs: RunsInMemory,
  { schedules }: Pick<ScheduleVerbs, 'schedules'>,
): ChangeVerbs {
  const looks: Look[] = [
    {
      ...SEES_ALL,
      name: 'runs',
      read: async () =>
        (await runs.runs(100, undefined)).runs.map((run): Change => {
          const { id, state, cause, total, pending, counts, revision, createdAt } = run;
          const facts = { state, cause, total, pending, counts, revision, createdAt };
          const { endedReason, schedule } = run;
          return { kind: 'run', name: id, gone: false, endedReason, schedule, ...facts };
        }),
    },
    {
      ...SEES_ALL,
      name: 'schedules',
      read: async () =>
        (await schedules()).map(({ name, paused, asked }): Change => {
          const leftOut = asked.map(({ nominal }) => nominal);
          return { kind: 'schedule', name, gone: false, paused, leftOut };
        }),
    },
  ];
  let count = 0;
  const newId = () => `feed${++count}`;
  const feed = new ChangeFeed({ looks, clock, events: new Events(), newId });
  return { changes: (...given) => feed.follow(...CHANGES.read(...given)) };
}
