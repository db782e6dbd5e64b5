/** For each clause of the contract of shrinks, a broken store that it must reject. */
import { RedisShrinks } from '../../src/catalog/redis-shrinks.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { describeLiars } from './clauses.ts';
import { shrinksClauses } from './shrinks.ts';

describeLiars(
  'the contract of shrinks',
  shrinksClauses,
  () => new RedisShrinks({ redis: connectRedis(), prefix: uniquePrefix() }),
);
