import { expect, test } from 'vitest';
import { RedisCatalog } from '../../src/catalog/redis-catalog.ts';
import { apart, describeContract, describeLiars } from '../contract/suite.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { type CreateQuarantine, QUARANTINE_RULE } from './quarantine-rule.ts';

const create = (): CreateQuarantine => {
  const redis = connectRedis();
  return (quarantine) => new RedisCatalog({ redis, prefix: uniquePrefix(), quarantine });
};

test('a key is in quarantine for processes with another rule, too, which can list and release it', async () => {
  const store = { redis: connectRedis(), prefix: uniquePrefix() };
  const strict = new RedisCatalog({ ...store, quarantine: { after: 1, retryMs: 60_000 } });
  await strict.track('quote', ['quote:a'], 0);
  const failure = { outcome: 'refused', reason: 'empty', at: 100 } as const;
  await strict.settle('quote', [{ key: 'quote:a', dueAt: 200, failure }]);
  for (const after of [0, 3]) {
    const raised = new RedisCatalog({ ...store, quarantine: { after, retryMs: 60_000 } });
    const aside = { dueAt: 60_100, failure: { ...failure, count: 1, quarantined: true } };
    expect(await raised.get('quote', ['quote:a'])).toMatchObject([aside]);
    expect((await raised.scan('quote', undefined, 10, 'quarantined')).records).toMatchObject([aside]);
  }
  // The next failure is counted by the rule of whoever settles it.
  const raised = new RedisCatalog({ ...store, quarantine: { after: 3, retryMs: 60_000 } });
  await raised.settle('quote', [{ key: 'quote:a', dueAt: 60_500, failure: { ...failure, at: 60_200 } }]);
  expect(await strict.get('quote', ['quote:a'])).toMatchObject([
    { dueAt: 60_500, failure: { count: 2, quarantined: false } },
  ]);
});

const { clauses, liars } = apart(QUARANTINE_RULE);
describeContract('the rule of quarantine', clauses, create);
describeLiars('the rule of quarantine', clauses, create, liars);
