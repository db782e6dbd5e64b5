import { RedisVersions } from '../../src/catalog/redis-versions.ts';
import type { Versions } from '../../src/catalog/versions.ts';
import { describeContract, describeLiars } from '../contract/clauses.ts';
import { versionsClauses } from '../contract/versions.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';

const create = (): Versions => new RedisVersions({ redis: connectRedis(), prefix: uniquePrefix() });

describeContract('versions on Redis', versionsClauses, create);
describeLiars('the contract of versions', versionsClauses, create);
