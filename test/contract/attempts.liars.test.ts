/** For each clause of the contract of attempts, a broken record that it must reject. */
import type { Attempts } from '../../src/catalog/attempts.ts';
import { RedisAttempts } from '../../src/catalog/redis-attempts.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { ATTEMPTS_CLAUSES, ATTEMPTS_LIARS } from './attempts.ts';
import { describeLiars } from './suite.ts';

describeLiars<Attempts>(
  'the contract of attempts',
  ATTEMPTS_CLAUSES,
  () => new RedisAttempts({ redis: connectRedis(), prefix: uniquePrefix() }),
  ATTEMPTS_LIARS,
);
