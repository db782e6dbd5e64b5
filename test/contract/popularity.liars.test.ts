import type { Popularity } from '../../src/catalog/popularity.ts';
import { RedisPopularity } from '../../src/catalog/redis-popularity.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { POPULARITY_CLAUSES, POPULARITY_LIARS } from './popularity.ts';
import { describeLiars } from './suite.ts';

const create = (): Popularity =>
  new RedisPopularity({ redis: connectRedis(), prefix: uniquePrefix(), holder: 'me' });

describeLiars('the contract of popularity', POPULARITY_CLAUSES, create, POPULARITY_LIARS);
