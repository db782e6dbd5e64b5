/** For each clause of the contract of shrinks, a broken store that it must reject. */
import { RedisShrinks } from '../../src/catalog/redis-shrinks.ts';
import type { Shrinks } from '../../src/catalog/shrinks.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { SHRINKS_CLAUSES, SHRINKS_LIARS } from './shrinks.ts';
import { describeLiars } from './suite.ts';

describeLiars<Shrinks>(
  'the contract of shrinks',
  SHRINKS_CLAUSES,
  () => new RedisShrinks({ redis: connectRedis(), prefix: uniquePrefix() }),
  SHRINKS_LIARS,
);
