import type { Place, PlayedScenario } from '../../../support/doctor-scenarios.ts';

const LANE = '{forewarm:q:markets}:markets';
const GONE = '{forewarm:q:gone}:gone';
const FAILURES = 'forewarm:{c:profile}:failures';

/** As the catalog records a key that failed `count` times and is set aside. */
const failed = (count: number) => ['profile:1', `F|${Date.now()}|${count}|it is broken`] as const;

export const QUEUE_SCENARIOS: readonly PlayedScenario[] = [
  {
    ...{ check: 'dead-letters', wrong: 'a key failed for good', level: 'warning', says: /1 key failed/ },
    spoil: ({ admin }) => admin.zadd('forewarm:{letters}:index', 1, 'a'),
    mend: ({ admin }) => admin.del('forewarm:{letters}:index'),
  },
  {
    ...{ check: 'quarantine', wrong: 'a key is set aside', level: 'warning', says: /1 key in quarantine/ },
    spoil: async ({ admin }) => {
      await admin.zadd('forewarm:{c:profile}:due', Date.now(), 'profile:1');
      await admin.hset(FAILURES, ...failed(99));
    },
    mend: ({ admin }) => admin.del(FAILURES),
  },
  {
    ...{ check: 'failed-jobs', wrong: 'a job failed', level: 'warning', says: /1 job failed/ },
    spoil: ({ admin }) => admin.zadd(`${LANE}:failed`, 1, 'a'),
    mend: ({ admin }) => admin.del(`${LANE}:failed`),
  },
  {
    ...{
      check: 'failed-jobs',
      wrong: 'one of an origin that has left',
      level: 'warning',
      says: /1 job failed/,
    },
    spoil: async ({ admin }: Place) => {
      await admin.sadd('forewarm:{queue}:lanes', 'gone');
      await admin.zadd(`${GONE}:failed`, 1, 'a');
    },
    mend: ({ admin }) => admin.del(`${GONE}:failed`),
  },
  {
    ...{
      check: 'orphan-lanes',
      wrong: 'its worker died with its job',
      level: 'warning',
      says: /1 job of an/,
    },
    spoil: async ({ admin }: Place) => {
      await admin.sadd('forewarm:{queue}:lanes', 'gone');
      await admin.rpush(`${GONE}:active`, 'a');
    },
    mend: ({ admin }) => admin.del(`${GONE}:active`),
  },
  {
    ...{ check: 'orphan-lanes', wrong: 'its origin has left', level: 'warning', says: /1 job of an origin/ },
    spoil: async ({ admin }: Place) => {
      await admin.sadd('forewarm:{queue}:lanes', 'gone', 'markets', 'control');
      await admin.zadd(`${GONE}:prioritized`, 1, 'a');
    },
    mend: ({ admin }) => admin.del(`${GONE}:prioritized`),
  },
];
