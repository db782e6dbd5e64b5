/** The leases of two processes, on the tests' Redis. */
import { once } from 'node:events';
import { RedisLeases } from '../../src/client/misses/redis-leases.ts';
import { systemClock } from '../../src/core/clock.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';

export async function twoLeases() {
  const prefix = uniquePrefix();
  const redis = connectRedis();
  await redis.ping();
  const leasesOf = (holder: string) => new RedisLeases({ redis, prefix, holder, clock: systemClock });
  return {
    redis,
    prefix,
    here: leasesOf('here'),
    there: leasesOf('there'),
    async cutOff() {
      const ended = once(redis, 'end');
      redis.disconnect();
      await ended;
    },
  };
}
