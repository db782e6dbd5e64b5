import { RedisHistory } from '../../src/catalog/redis-history.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { HISTORY_CLAUSES, HISTORY_LIARS } from './history.ts';
import { describeLiars } from './suite.ts';

const create = () => new RedisHistory({ redis: connectRedis(), prefix: uniquePrefix() });

describeLiars('the contract of the history', HISTORY_CLAUSES, create, HISTORY_LIARS);
