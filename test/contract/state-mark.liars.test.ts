/** For each clause of the contract of the state mark, a broken store that it must reject. */
import { RedisStateMark } from '../../src/catalog/redis-state-mark.ts';
import type { StateMark } from '../../src/catalog/state-mark.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { STATE_MARK_CLAUSES, STATE_MARK_LIARS } from './state-mark.ts';
import { describeLiars } from './suite.ts';

describeLiars<StateMark>(
  'the contract of the state mark',
  STATE_MARK_CLAUSES,
  () => new RedisStateMark({ redis: connectRedis(), prefix: uniquePrefix() }),
  STATE_MARK_LIARS,
);
