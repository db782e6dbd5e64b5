import { RedisShrinks } from '../../src/catalog/redis-shrinks.ts';
import type { Shrinks } from '../../src/catalog/shrinks.ts';
import { describeContract } from '../contract/clauses.ts';
import { shrinksClauses } from '../contract/shrinks.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';

const create = (): Shrinks => new RedisShrinks({ redis: connectRedis(), prefix: uniquePrefix() });

describeContract('shrinks on Redis', shrinksClauses, create);
