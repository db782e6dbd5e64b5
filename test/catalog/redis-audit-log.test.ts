import { expect, test } from 'vitest';
import { RedisAuditLog } from '../../src/catalog/redis-audit-log.ts';
import { redisKeys } from '../../src/redis/keys.ts';
import { AUDIT_LOG_CLAUSES, actionOf } from '../contract/audit-log.ts';
import { describeContract } from '../contract/suite.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';

function create({ kept = 1_000, maxAge = 86_400_000 } = {}) {
  const redis = connectRedis();
  const prefix = uniquePrefix();
  const key = redisKeys(prefix).audit();
  return { redis, key, log: new RedisAuditLog({ redis, prefix, kept, maxAge }) };
}

describeContract('the audit log on Redis', AUDIT_LOG_CLAUSES, () => create().log);

test('the latest are kept, as many as are configured', async () => {
  const { log, redis, key } = create({ kept: 3 });
  for (let i = 0; i < 7; i += 1) await log.add(`k${i}`, actionOf(`verb${i}`));
  const { actions } = await log.list({}, 10, undefined);
  expect([actions.map(({ verb }) => verb), await redis.xlen(key)]).toEqual([['verb6', 'verb5', 'verb4'], 3]);
});

test('what is older than is configured is forgotten when the next one comes', async () => {
  const { log, redis, key } = create({ maxAge: 60_000 });
  const [seconds] = await redis.time();
  const old = Number(seconds) * 1_000 - 61_000;
  await redis.xadd(key, `${old}-0`, 'key', 'old', 'action', JSON.stringify(actionOf('old')));
  expect((await log.list({}, 10, undefined)).actions).toHaveLength(1);
  await log.add('new', actionOf('new'));
  expect((await log.list({}, 10, undefined)).actions.map(({ verb }) => verb)).toEqual(['new']);
});

test('the time is that of the server', async () => {
  const { log, redis } = create();
  const now = async () => {
    const [seconds = 0, micros = 0] = (await redis.time()).map(Number);
    return seconds * 1_000 + Math.floor(micros / 1_000);
  };
  const before = await now();
  await log.add('a', actionOf('warm'));
  const [action] = (await log.list({}, 1, undefined)).actions;
  expect(action?.at).toBeGreaterThanOrEqual(before);
  expect(action?.at).toBeLessThanOrEqual(await now());
});

test('an action that another version wrote otherwise hides no other, also where there are very many', async () => {
  const { log, redis, key } = create({ kept: 5_000 });
  await log.add('first', actionOf('first', { who: 'bob' }));
  const many = redis.pipeline();
  for (let i = 0; i < 1_200; i += 1) many.xadd(key, '*', 'key', `k${i}`, 'action', '{"verb":7}');
  await many.exec();
  await redis.xadd(key, '*', 'something', 'else');
  await log.add('last', actionOf('last'));
  expect((await log.list({ who: 'bob' }, 10, undefined)).actions.map(({ verb }) => verb)).toEqual(['first']);
  expect((await log.list({ who: 'ann' }, 10, undefined)).actions.map(({ verb }) => verb)).toEqual(['last']);
});
