/** A connection to the tests' shared Redis, and a prefix that no other test uses. */
import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { inject, onTestFinished } from 'vitest';

export function uniquePrefix(): string {
  return `t${randomBytes(6).toString('hex')}`;
}

/** To the shared Redis unless told; closed when the test ends. */
export function connectRedis(url = inject('redisUrl')): Redis {
  const redis = new Redis(url, { maxRetriesPerRequest: null });
  onTestFinished(async () => {
    await redis.quit().catch(() => redis.disconnect());
  });
  return redis;
}

/**
 * To a database of the shared Redis that no file which runs beside this one uses: for what is counted over all keys of a database,
 * and only estimated where there are very many.
 */
export function connectQuietRedis(): Redis {
  const url = new URL(inject('redisUrl'));
  // From 1 on; as many as workers. A server has 16 databases unless told.
  url.pathname = `/${process.env.VITEST_POOL_ID}`;
  return connectRedis(url.href);
}
