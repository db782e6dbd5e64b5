import { Redis } from 'ioredis';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Events } from '../../src/core/events.ts';
import { RedisCoordinator } from '../../src/schedules/redis-coordinator.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { startLossyProxy } from '../support/lossy-proxy.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { startRedisServer } from '../support/redis-server.ts';

const KEY = 'nightly:2026-11-20T02:00:00.000Z';
const LEASE = 10_000;

function coordinators(count: number, redis = connectRedis(), prefix = uniquePrefix()) {
  const make = () => new RedisCoordinator({ redis, prefix, clock: systemClock, events: new Events() });
  return { redis, tickKey: `${prefix}:tick:${KEY}`, all: Array.from({ length: count }, make) as Three };
}
/** As many as a test asks for; those beyond are not used. */
type Three = [RedisCoordinator, RedisCoordinator, RedisCoordinator];

describe('the tick coordinator', () => {
  it('lets one of many enqueue a tick, and returns to the others once it is enqueued', async () => {
    const { all } = coordinators(20);
    let winners = 0;
    const answers = await Promise.all(
      all.map(async (one) => {
        const mine = await one.shouldRun(KEY, LEASE);
        if (mine) {
          winners += 1;
          await one.onComplete(KEY);
        }
        return mine;
      }),
    );
    expect(winners).toBe(1);
    expect(answers.filter((mine) => mine)).toHaveLength(1);
  });

  it('remembers an enqueued tick far longer than any two clocks are apart', async () => {
    const { all, redis, tickKey } = coordinators(2);
    const [a, b] = all;
    expect(await a.shouldRun(KEY, LEASE)).toBe(true);
    await a.onComplete(KEY);
    expect(await b.shouldRun(KEY, LEASE)).toBe(false);
    expect(await a.shouldRun(KEY, LEASE)).toBe(false);
    expect(await redis.pttl(tickKey)).toBeGreaterThan(3_500_000);
  });

  it('keeps ticks of other schedules and other times apart', async () => {
    const [a, b] = coordinators(2).all;
    expect(await a.shouldRun('x:1', LEASE)).toBe(true);
    expect(await b.shouldRun('x:2', LEASE)).toBe(true);
    expect(await b.shouldRun('y:1', LEASE)).toBe(true);
  });

  it('gives a tick to another process when the elected one dies', async () => {
    const [dies, lives] = coordinators(2).all;
    expect(await dies.shouldRun(KEY, 400)).toBe(true);
    const began = systemClock.elapsed();
    expect(await lives.shouldRun(KEY, LEASE)).toBe(true);
    expect(systemClock.elapsed() - began).toBeGreaterThan(350);
  });

  it('gives a tick to another process when the elected one releases it', async () => {
    const [fails, lives] = coordinators(2).all;
    expect(await fails.shouldRun(KEY, LEASE)).toBe(true);
    const other = lives.shouldRun(KEY, LEASE);
    await lives.release(KEY);
    await fails.release(KEY);
    expect(await other).toBe(true);
    await lives.onComplete(KEY);
    await lives.release(KEY);
    expect(await fails.shouldRun(KEY, LEASE)).toBe(false);
  });

  it('recognises its own election when the reply was lost', async () => {
    const proxy = await startLossyProxy(inject('redisUrl'));
    const redis = new Redis(proxy.url, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
    redis.on('error', () => {});
    onTestFinished(async () => {
      redis.disconnect();
      await proxy.close();
    });
    await redis.ping();
    const [a] = coordinators(1, redis).all;
    proxy.loseReplyTo(KEY);
    expect(await a.shouldRun(KEY, LEASE)).toBe(true);
    expect(proxy.lost()).toBe(1);
  });

  it('stops waiting when it is aborted, and leaves no election behind', async () => {
    const { all, redis, tickKey } = coordinators(2);
    const [a, b] = all;
    await a.shouldRun(KEY, LEASE);
    const stop = new AbortController();
    const waiting = b.shouldRun(KEY, LEASE, stop.signal);
    stop.abort(new Error('stopping'));
    await expect(waiting).rejects.toThrow('stopping');
    await a.release(KEY);
    await expect(b.shouldRun(KEY, LEASE, stop.signal)).rejects.toThrow('stopping');
    expect(await redis.exists(tickKey)).toBe(0);
    const during = new AbortController();
    const electing = b.shouldRun(KEY, LEASE, during.signal);
    during.abort(new Error('stopping'));
    await expect(electing).rejects.toThrow('stopping');
    expect(await a.shouldRun(KEY, LEASE)).toBe(true);
  });

  it('waits for a Redis that is away, and then elects exactly one', async () => {
    const server = await startRedisServer();
    const clients = [0, 1, 2].map(
      () => new Redis(server.url, { maxRetriesPerRequest: null, retryStrategy: () => 50 }),
    );
    try {
      for (const client of clients) {
        client.on('error', () => {});
        await client.ping();
      }
      const prefix = uniquePrefix();
      const all = clients.map((redis) => coordinators(1, redis, prefix).all[0]);
      await server.kill();
      const answers = all.map(async (one) => {
        const mine = await one.shouldRun(KEY, LEASE);
        if (mine) await one.onComplete(KEY);
        return mine;
      });
      await server.start();
      expect((await Promise.all(answers)).filter((mine) => mine)).toHaveLength(1);
    } finally {
      for (const client of clients) client.disconnect();
      await server.remove();
    }
  });

  it('gives a tick up after five minutes without Redis, and says so', async () => {
    const server = await startRedisServer();
    const redis = new Redis(server.url, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
    redis.on('error', () => {});
    try {
      await redis.ping();
      await server.kill();
      const clock = new FakeClock();
      const coordinator = new RedisCoordinator({ redis, prefix: 'p', clock, events: new Events() });
      const answer = expect(coordinator.shouldRun(KEY, LEASE)).rejects.toMatchObject({
        code: 'E_REDIS_UNAVAILABLE',
        message: expect.stringContaining(KEY),
      });
      await clock.advance(300_000);
      await answer;
      expect(clock.timers).toBe(0);
    } finally {
      redis.disconnect();
      await server.remove();
    }
  });
});
