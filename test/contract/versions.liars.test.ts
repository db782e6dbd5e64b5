import { RedisVersions } from '../../src/catalog/redis-versions.ts';
import type { Versions } from '../../src/catalog/versions.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { describeLiars } from './suite.ts';
import { VERSIONS_CLAUSES, VERSIONS_LIARS } from './versions.ts';

const create = (): Versions => new RedisVersions({ redis: connectRedis(), prefix: uniquePrefix() });

describeLiars('the contract of versions', VERSIONS_CLAUSES, create, VERSIONS_LIARS);
