import { RedisShrinks } from '../../src/catalog/redis-shrinks.ts';
import type { Shrinks } from '../../src/catalog/shrinks.ts';
import { SHRINKS_CLAUSES } from '../contract/shrinks.ts';
import { describeContract } from '../contract/suite.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';

const create = (): Shrinks => new RedisShrinks({ redis: connectRedis(), prefix: uniquePrefix() });

describeContract('shrinks on Redis', SHRINKS_CLAUSES, create);
