/** Fences of two processes on the tests' Redis, and the ledger that stamps fetches beside them. */

import { RedisLedger } from '../../src/budget/redis-ledger.ts';
import { systemClock } from '../../src/core/clock.ts';
import { Events } from '../../src/core/events.ts';
import { RedisFences, type RedisFencesDeps } from '../../src/tiers/invalidation/redis-fences.ts';
import { FENCED_SOURCES, type FencesSubject } from '../contract/fences.ts';
import { FETCHED_AT } from './entries.ts';
import { FakeTimeFences } from './fake-time-fences.ts';
import { connectRedis, uniquePrefix } from './redis.ts';

export type TwoFences = FencesSubject & { readonly here: RedisFences; readonly there: RedisFences };

export function fencesOf(change: Partial<RedisFencesDeps> & { readonly prefix: string }) {
  const redis = change.redis ?? connectRedis();
  const always = { redis, failFast: redis, clock: systemClock, events: new Events() };
  return new RedisFences({
    ...always,
    sources: FENCED_SOURCES,
    longest: 600_000,
    piggybackTier: undefined,
    ...change,
  });
}

export function twoFences(change: Partial<RedisFencesDeps> = {}): TwoFences & { readonly prefix: string } {
  const prefix = change.prefix ?? uniquePrefix();
  return {
    prefix,
    here: fencesOf({ ...change, prefix }),
    there: fencesOf({ ...change, prefix }),
    stamp: stamper(prefix),
  };
}

/** As tests of jobs have them: stamped by the test's own clock. */
export function twoFakeTimeFences(): FencesSubject {
  const prefix = uniquePrefix();
  // Ahead of the clock of Redis, as the clocks of tests are.
  let last = FETCHED_AT * 1_000;
  const stamp = async () => {
    last += 1;
    return last;
  };
  const create = () => {
    const redis = connectRedis();
    const always = {
      redis,
      failFast: redis,
      clock: systemClock,
      events: new Events(),
      piggybackTier: undefined,
    };
    return new FakeTimeFences({ ...always, prefix, sources: FENCED_SOURCES, longest: 600_000, stamp });
  };
  return { here: create(), there: create(), stamp };
}

/** Stamps as fetches get them. */
export function stamper(prefix: string): (origin: string) => Promise<number> {
  const ledger = new RedisLedger({
    ...{ redis: connectRedis(), prefix, clock: systemClock, events: new Events() },
    ...{ holder: 'test', budgets: new Map(), leaseMs: 15_000, patienceMs: 2_000 },
  });
  return (origin) => ledger.stamp(origin);
}
