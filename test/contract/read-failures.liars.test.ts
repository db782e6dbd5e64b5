/** For each clause of the contract of read failures, a broken store that it must reject. */
import type { ReadFailures } from '../../src/catalog/read-failures.ts';
import { RedisReadFailures } from '../../src/catalog/redis-read-failures.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { READ_FAILURES_CLAUSES, READ_FAILURES_LIARS } from './read-failures.ts';
import { describeLiars } from './suite.ts';

describeLiars<ReadFailures>(
  'the contract of read failures',
  READ_FAILURES_CLAUSES,
  () => new RedisReadFailures({ redis: connectRedis(), prefix: uniquePrefix() }),
  READ_FAILURES_LIARS,
);
