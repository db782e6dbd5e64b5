import { ForewarmError } from './errors.ts';

/** Whether the jobs Redis is what failed: who can tell something without it goes on. */
export function isRedisAway(thrown: unknown): thrown is ForewarmError {
  return thrown instanceof ForewarmError && thrown.code === 'E_REDIS_UNAVAILABLE';
}
