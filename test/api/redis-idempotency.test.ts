import { createHash } from 'node:crypto';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { HELD_MS, REMEMBERED_MS, RedisIdempotency } from '../../src/api/redis-idempotency.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { freePort } from '../support/redis-server.ts';

const answer = { status: 202, headers: { location: '/v1/runs/é' }, body: '{"naïve":"\\u0000 ✓"}' };

/** Two processes on one Redis, and the one Redis key of the Idempotency-Key `k`. */
function twoProcesses() {
  const redis = connectRedis();
  const prefix = uniquePrefix();
  const clock = new FakeClock();
  const name = `${prefix}:idem:${createHash('sha256').update('k').digest('hex')}`;
  const process = () => new RedisIdempotency({ redis, prefix, clock });
  return { redis, clock, name, first: process(), second: process() };
}

test('a key is held by one request, in all processes, until it is finished', async () => {
  const { first, second, clock } = twoProcesses();
  expect(await first.begin('k', 'f')).toBe('new');
  expect([await second.begin('k', 'f'), await first.begin('k', 'f')]).toEqual(['busy', 'busy']);
  expect(await second.begin('k', 'other')).toBe('reused');
  expect(await second.begin('another', 'f')).toBe('new');
  await first.finish('k', 'f', answer);
  await second.fail('another');
  expect(await second.begin('k', 'f')).toEqual(answer);
  expect(await second.begin('k', 'other')).toBe('reused');
  expect(clock.timers).toBe(0);
});

test('a failed request frees its key', async () => {
  const { first, second } = twoProcesses();
  await first.begin('k', 'f');
  await first.fail('k');
  expect(await second.begin('k', 'other')).toBe('new');
});

test('an answer is remembered for a day, and a hold only for a minute', async () => {
  const { first, redis, name } = twoProcesses();
  await first.begin('k', 'f');
  const held = await redis.pttl(name);
  expect(held).toBeGreaterThan(HELD_MS - 5_000);
  expect(held).toBeLessThanOrEqual(HELD_MS);
  await first.finish('k', 'f', answer);
  const remembered = await redis.pttl(name);
  expect(remembered).toBeGreaterThan(REMEMBERED_MS - 5_000);
  expect(remembered).toBeLessThanOrEqual(REMEMBERED_MS);
});

test('a process that works longer than a minute keeps its hold', async () => {
  const { first, redis, clock, name } = twoProcesses();
  await first.begin('k', 'f');
  await redis.pexpire(name, 5_000);
  await clock.advance(HELD_MS / 3);
  await expect.poll(async () => redis.pttl(name)).toBeGreaterThan(HELD_MS - 5_000);
  await first.finish('k', 'f', answer);
  expect(clock.timers).toBe(0);
});

test('the hold of a process that died runs out, and what it sends after all changes nothing', async () => {
  const { first, second, redis, name } = twoProcesses();
  await first.begin('k', 'f');
  await redis.pexpire(name, 1);
  await expect.poll(async () => redis.exists(name)).toBe(0);
  expect(await second.begin('k', 'f')).toBe('new');
  await first.fail('k');
  await first.finish('k', 'f', { ...answer, body: 'late' });
  expect(await first.begin('k', 'f')).toBe('busy');
  await second.finish('k', 'f', answer);
  expect(await first.begin('k', 'f')).toEqual(answer);
});

test('a Redis that does not answer is an error after a bounded time', async () => {
  const redis = new Redis(await freePort(), '127.0.0.1', { maxRetriesPerRequest: null });
  redis.on('error', () => undefined);
  onTestFinished(() => redis.disconnect());
  const clock = new FakeClock();
  const begun = new RedisIdempotency({ redis, prefix: 'x', clock }).begin('k', 'f');
  const refused = expect(begun).rejects.toMatchObject({ code: 'E_REDIS_UNAVAILABLE' });
  await clock.advance(5_000);
  await refused;
});
