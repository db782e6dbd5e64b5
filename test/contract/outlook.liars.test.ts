import { RedisCatalog } from '../../src/catalog/redis-catalog.ts';
import { RedisOutlook } from '../../src/catalog/redis-outlook.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { OUTLOOK_CLAUSES, OUTLOOK_LIARS, type OutlookSubject } from './outlook.ts';
import { describeContract, describeLiars } from './suite.ts';

function create(): OutlookSubject {
  const store = { redis: connectRedis(), prefix: uniquePrefix() };
  return { catalog: new RedisCatalog(store), outlook: new RedisOutlook(store) };
}

describeContract('the outlook on Redis', OUTLOOK_CLAUSES, create);
describeLiars('the contract of the outlook', OUTLOOK_CLAUSES, create, OUTLOOK_LIARS);
