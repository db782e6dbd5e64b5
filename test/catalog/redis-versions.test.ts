import { RedisVersions } from '../../src/catalog/redis-versions.ts';
import type { Versions } from '../../src/catalog/versions.ts';
import { describeContract } from '../contract/suite.ts';
import { VERSIONS_CLAUSES } from '../contract/versions.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';

const create = (): Versions => new RedisVersions({ redis: connectRedis(), prefix: uniquePrefix() });

describeContract('versions on Redis', VERSIONS_CLAUSES, create);
