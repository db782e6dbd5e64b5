import { RedisCatalog } from '../../src/catalog/redis-catalog.ts';
import { apart, describeContract, describeLiars } from '../contract/suite.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { type CreateQuarantine, QUARANTINE_RULE } from './quarantine-rule.ts';

const create = (): CreateQuarantine => {
  const redis = connectRedis();
  return (quarantine) => new RedisCatalog({ redis, prefix: uniquePrefix(), quarantine });
};

const { clauses, liars } = apart(QUARANTINE_RULE);
describeContract('the rule of quarantine', clauses, create);
describeLiars('the rule of quarantine', clauses, create, liars);
