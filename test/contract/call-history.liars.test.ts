import { RedisCallHistory } from '../../src/catalog/redis-call-history.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { CALL_HISTORY_CLAUSES, CALL_HISTORY_LIARS, type HistoryOf } from './call-history.ts';
import { describeLiars } from './suite.ts';

function create(): HistoryOf {
  const store = { redis: connectRedis(), prefix: uniquePrefix() };
  return (holder) => new RedisCallHistory({ ...store, holder });
}

describeLiars('the contract of the history of calls', CALL_HISTORY_CLAUSES, create, CALL_HISTORY_LIARS);
