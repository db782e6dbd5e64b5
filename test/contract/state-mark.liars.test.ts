/** For each clause of the contract of the state mark, a broken store that it must reject. */
import { RedisStateMark } from '../../src/catalog/redis-state-mark.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { describeLiars } from './clauses.ts';
import { stateMarkClauses } from './state-mark.ts';

describeLiars(
  'the contract of the state mark',
  stateMarkClauses,
  () => new RedisStateMark({ redis: connectRedis(), prefix: uniquePrefix() }),
);
