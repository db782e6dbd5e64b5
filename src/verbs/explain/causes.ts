/** The causes that an explanation tells apart, each list in the order in which they are looked at. Rules beside this file say which applies. */

export const WHY_CAUSES = ['silent-tier', 'dropped', 'made-stale', 'past-ttl', 'gone', 'not-stored'] as const;
export type WhyCause = (typeof WHY_CAUSES)[number];

export const DELAY_CAUSES = [
  'redis-away',
  'quarantined',
  'refused',
  'failed',
  'read-failed',
  'origin-paused',
  'quota-used-up',
  'budget-used-up',
  'limits-lowered',
  'no-worker',
  'no-worker-knows',
  'not-kept',
  'no-run-yet',
  'no-scheduler',
  'refresh-paused',
  'cancelled',
  'run-unread',
  'run-at-work',
  'in-hand',
  'jobs-before',
  'tick-not-done',
  'next-tick',
  'unexplained',
] as const;
export type DelayCause = (typeof DELAY_CAUSES)[number];

export const KEPT_CAUSES = [
  'constant',
  'listed',
  'named',
  'set-unread',
  'no-set-feeds',
  'in-no-set-any-more',
  'in-no-set',
  'not-looked',
] as const;
export type KeptCause = (typeof KEPT_CAUSES)[number];

export const NEXT_CAUSES = [
  'not-known',
  'never',
  'after-quarantine',
  'after-failure',
  'now',
  'refresh-ahead',
  'in-hand',
] as const;
export type NextCause = (typeof NEXT_CAUSES)[number];
