import type { Catalog } from '../../src/catalog/catalog.ts';
import { RedisCatalog } from '../../src/catalog/redis-catalog.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { CATALOG_CLAUSES, CATALOG_LIARS } from './catalog.ts';
import { describeLiars } from './suite.ts';

const create = (): Catalog => new RedisCatalog({ redis: connectRedis(), prefix: uniquePrefix() });

describeLiars('the contract of the catalog', CATALOG_CLAUSES, create, CATALOG_LIARS);
