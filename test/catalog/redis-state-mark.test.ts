import { RedisStateMark } from '../../src/catalog/redis-state-mark.ts';
import type { StateMark } from '../../src/catalog/state-mark.ts';
import { STATE_MARK_CLAUSES } from '../contract/state-mark.ts';
import { describeContract } from '../contract/suite.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';

const create = (): StateMark => new RedisStateMark({ redis: connectRedis(), prefix: uniquePrefix() });

describeContract('the state mark on Redis', STATE_MARK_CLAUSES, create);
