import { RedisRegistry } from '../../src/catalog/redis-registry.ts';
import type { Registry } from '../../src/catalog/registry.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { REGISTRY_CLAUSES, REGISTRY_LIARS } from './registry.ts';
import { describeLiars } from './suite.ts';

const create = (): Registry => new RedisRegistry({ redis: connectRedis(), prefix: uniquePrefix() });

describeLiars('the contract of the registry', REGISTRY_CLAUSES, create, REGISTRY_LIARS);
