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
