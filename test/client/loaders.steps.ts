/** The loaders of readers, as the app wires them, with a scripted origin; and the scripted loader of the tests. */

import { once } from 'node:events';
import { DirectLoader } from '../../src/client/misses/direct-loader.ts';
import type { MissLoader } from '../../src/client/misses/miss-loader.ts';
import { OriginLoader } from '../../src/client/misses/origin-loader.ts';
import { RedisLeases } from '../../src/client/misses/redis-leases.ts';
import { WorkerLoader } from '../../src/client/misses/worker-loader.ts';
import { WorkerRequests } from '../../src/client/misses/worker-requests.ts';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { ForewarmError } from '../../src/core/errors.ts';
import { NEVER } from '../../src/core/never.ts';
import { MemoryTier } from '../../src/tiers/memory/memory-tier.ts';
import type { MissLoaderSubject } from '../contract/miss-loader.ts';
import { buildLiveJobs, type JobsOptions } from '../support/build-jobs.ts';
import { entryOf, FETCHED_AT } from '../support/entries.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { connectRedis } from '../support/redis.ts';
import { ScriptedLoader } from '../support/scripted-loader.ts';
import { bodyOf, errorOf } from '../support/scripted-origin.ts';
import { sourceWith } from '../support/sources.ts';

const SOURCE = sourceWith({ miss: { policy: 'origin', softDeadline: 0, hardDeadline: 1_000 } });

type Installation = Omit<ReturnType<typeof buildLiveJobs>, 'clock'> & { readonly clock: Clock };

/** A loader of this installation; its leases have a connection of their own. */
type Make = (jobs: Installation, leases: RedisLeases) => MissLoader;

export const LOADERS = {
  origin: (jobs, leases) => new OriginLoader({ ...jobs, leases }),
  direct: (jobs) => new DirectLoader(jobs),
  /** Without a queue: a worker warms the keys in the background, as soon as it is asked. */
  worker(jobs, leases) {
    const options = { reason: 'due', since: 0 } as const;
    const task = {
      options,
      user: 'live',
      run: undefined,
      onEnded: async () => undefined,
      signal: NEVER,
    } as const;
    const requests = new WorkerRequests({
      ...jobs,
      leases,
      async askWorkers(source, keys) {
        jobs.warmer.warm({ ...task, source, keys }).catch(() => undefined);
      },
    });
    return new WorkerLoader({ ...jobs, requests });
  },
} satisfies Record<string, Make>;

export async function loaderSubject(make: Make, options: JobsOptions = {}): Promise<MissLoaderSubject> {
  const jobs = buildLiveJobs({ sources: [SOURCE], ...options });
  const redis = connectRedis();
  await redis.ping();
  const { prefix, origin } = jobs;
  const leases = new RedisLeases({ redis, prefix, holder: 'here', clock: systemClock });
  return {
    loader: make(jobs, leases),
    source: SOURCE,
    tier: jobs.stack,
    now: () => systemClock.now(),
    fail: (keys) =>
      origin.answerEach(({ key }) =>
        keys.includes(key) ? errorOf('permanent', 'no such market') : bodyOf(`"${key}"`),
      ),
    hold: () => ({ begun: origin.hold().arrived() }),
    async cutOff() {
      const ended = once(redis, 'end');
      redis.disconnect();
      await ended;
    },
  };
}

export function scriptedSubject(): MissLoaderSubject {
  const clock = new FakeClock(FETCHED_AT);
  const tier = new MemoryTier({ maxSize: 1e6, clock });
  const failing = new Set<string>();
  let gate: Promise<void> | undefined;
  let failure: Error | undefined;
  const loader = new ScriptedLoader({
    tier,
    entryOf: (key) => (failing.has(key) ? undefined : entryOf(key, '"value"')),
    gate: () => gate,
    failure: () => failure,
  });
  return {
    ...{ loader, tier, source: SOURCE, now: () => clock.now() },
    fail(keys) {
      for (const key of keys) failing.add(key);
    },
    hold() {
      gate = new Promise(() => undefined);
      return { begun: loader.begun };
    },
    async cutOff() {
      failure = new ForewarmError('E_REDIS_UNAVAILABLE', 'away');
    },
  };
}
