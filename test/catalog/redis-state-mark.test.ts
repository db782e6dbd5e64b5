import { RedisStateMark } from '../../src/catalog/redis-state-mark.ts';
import type { StateMark } from '../../src/catalog/state-mark.ts';
import { describeContract } from '../contract/clauses.ts';
import { stateMarkClauses } from '../contract/state-mark.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';

const create = (): StateMark => new RedisStateMark({ redis: connectRedis(), prefix: uniquePrefix() });

describeContract('the state mark on Redis', stateMarkClauses, create);
