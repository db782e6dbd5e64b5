/**
 * Redis did what it was told, and the reply was lost: the client connects again and tells it once more. Each test makes
 * its call once before, so that Redis knows the script and the reply that is lost is the script's.
 */
import { Redis } from 'ioredis';
import { expect, inject, onTestFinished, test } from 'vitest';
import { RedisCatalog } from '../../src/catalog/redis-catalog.ts';
import { RedisDeadLetters } from '../../src/catalog/redis-dead-letters.ts';
import { RedisRuns } from '../../src/catalog/runs/redis-runs.ts';
import type { Runs } from '../../src/catalog/runs/runs.ts';
import { countsOf } from '../../src/core/outcome.ts';
import { begun, marks, specOf } from '../contract/runs.steps.ts';
import { type LossyProxy, startLossyProxy } from '../support/lossy-proxy.ts';
import { uniquePrefix } from '../support/redis.ts';

async function throughProxy(): Promise<{ redis: Redis; prefix: string; proxy: LossyProxy }> {
  const proxy = await startLossyProxy(inject('redisUrl'));
  const redis = new Redis(proxy.url, { maxRetriesPerRequest: null, retryStrategy: () => 5 });
  redis.on('error', () => {});
  onTestFinished(async () => {
    redis.disconnect();
    await proxy.close();
  });
  return { redis, prefix: uniquePrefix(), proxy };
}

test('tells the creator of a run that it is new', async () => {
  const { redis, prefix, proxy } = await throughProxy();
  const runs: Runs = new RedisRuns({ redis, prefix });
  await runs.create(specOf('r0', 10));
  proxy.loseReplyTo('source=quote');
  expect(await runs.create(specOf('r1'))).toMatchObject({ created: true, run: { revision: 1 } });
  expect(proxy.lost()).toBe(1);
  expect((await runs.active()).map(({ id }) => id)).toEqual(['r0', 'r1']);
});

test('records each outcome once and still tells the last caller', async () => {
  const { redis, prefix, proxy } = await throughProxy();
  const runs: Runs = new RedisRuns({ redis, prefix });
  await begun(runs, [['a', 'b']]);
  await runs.record('r1', 0, []);
  proxy.loseReplyTo('wf');
  const told = await runs.record('r1', 0, marks({ 0: 'warmed', 1: 'failed' }));
  expect(proxy.lost()).toBe(1);
  expect(told).toEqual({ state: 'verifying', last: true });
  const counts = countsOf({ warmed: 1, failed: 1 });
  expect(await runs.get('r1')).toMatchObject({ counts, pending: 0 });
});

test('counts a failure of a key and the attempts of a dead letter once', async () => {
  const { redis, prefix, proxy } = await throughProxy();
  const catalog = new RedisCatalog({ redis, prefix });
  const deadLetters = new RedisDeadLetters({ redis, prefix });
  const failure = { outcome: 'failed', reason: 'status 500', at: 20 } as const;
  await catalog.settle('quote', [{ key: 'a', dueAt: 30, failure }]);
  await catalog.track('quote', ['a'], 10);
  proxy.loseReplyTo('status 500');
  await catalog.settle('quote', [{ key: 'a', dueAt: 30, failure }]);
  expect((await catalog.get('quote', ['a']))[0]?.failure).toMatchObject({ ...failure, count: 1 });
  const lostKey = { source: 'quote', key: 'a', run: undefined, reason: 'status 404', at: 20, attempts: 3 };
  await deadLetters.add([{ ...lostKey, key: 'b' }]);
  proxy.loseReplyTo('status 404');
  await deadLetters.add([lostKey]);
  expect(await deadLetters.list(2)).toMatchObject([{ attempts: 3 }, { attempts: 3 }]);
  expect(proxy.lost()).toBe(2);
});

test('loses no key of a claim: what it took unheard is due again at its time', async () => {
  const { redis, prefix, proxy } = await throughProxy();
  const catalog = new RedisCatalog({ redis, prefix });
  await catalog.track('quote', ['a', 'b'], 10);
  await catalog.track('quote', ['c', 'd'], 11);
  await catalog.claim('quote', 9, 88888, 2);
  proxy.loseReplyTo('77777');
  expect(await catalog.claim('quote', 11, 77777, 2)).toEqual(['c', 'd']);
  expect(proxy.lost()).toBe(1);
  expect(await catalog.claim('quote', 77777, 99999, 2)).toEqual(['a', 'b']);
});

test('removes the dead letters that it was told to', async () => {
  const { redis, prefix, proxy } = await throughProxy();
  const deadLetters = new RedisDeadLetters({ redis, prefix });
  const lostKey = { source: 'quote', key: 'a', run: 'r1', reason: 'status 404', at: 2_000, attempts: 3 };
  await deadLetters.add([lostKey, { ...lostKey, key: 'b', at: 1_000 }]);
  const [a, b] = await deadLetters.list(2);
  if (a === undefined || b === undefined) throw new Error('they are not listed');
  await deadLetters.remove([b]);
  proxy.loseReplyTo(a.id);
  await deadLetters.remove([a]);
  expect(proxy.lost()).toBe(1);
  expect(await deadLetters.total()).toBe(0);
});
