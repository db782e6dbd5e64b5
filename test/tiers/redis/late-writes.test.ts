/** A write that a server comes to after its sender gave up is not done: with a real server that is stopped and goes on. */
import { Redis } from 'ioredis';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { Events } from '../../../src/core/events.ts';
import { RedisTier } from '../../../src/tiers/redis/redis-tier.ts';
import type { Write } from '../../../src/tiers/tier.ts';
import { GuardedTier } from '../../../src/tiers/wrappers/guarded-tier.ts';
import { entryOf } from '../../support/entries.ts';
import { startRedisServer } from '../../support/redis-server.ts';

const NEVER = new AbortController().signal;

async function guarded(timeout = 150) {
  const server = await startRedisServer();
  const [redis, other] = [new Redis(server.url), new Redis(server.url)];
  onTestFinished(async () => {
    server.thaw();
    for (const client of [redis, other]) client.disconnect();
    await server.remove();
  });
  const events = new Events();
  const tier = new RedisTier({ redis, prefix: 'fw:', events });
  return { server, redis, other, tier: new GuardedTier({ tier, clock: systemClock, events, timeout }) };
}

const put = (key: string, stamp = 10): Write => ({ kind: 'put', entry: entryOf(key, 'v', { stamp }) });
const drop = (key: string, stamp: number): Write => {
  const { head, body } = entryOf(key, '', { stamp });
  return { kind: 'put', entry: { head: { ...head, kind: 'dropped' }, body } };
};

describe('a Redis that hangs while it is written to, and goes on', () => {
  test.each([
    ['after it was written to before', true],
    ['at its first write', false],
  ])('does nothing of what was given up, %s', async (_, before) => {
    const { server, redis, other, tier } = await guarded();
    await other.ping();
    await redis.ping();
    if (before) await tier.putMany([put('before'), put('kept')], NEVER);
    server.freeze();
    const refusals = await Promise.allSettled([
      tier.putMany([put('new')], NEVER),
      tier.putMany(
        Array.from({ length: 450 }, (_each, i) => put(`many:${i}`)),
        NEVER,
      ),
      tier.putMany([put('before', 20), drop('kept', 20)], NEVER),
    ]);
    expect(refusals.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    server.thaw();
    // Of one connection, in order: when this is answered, all that was sent before is done, if it is done at all.
    await redis.ping();
    const heads = await tier.getMany(['new', 'many:7', 'before', 'kept'], 'head', NEVER);
    const stamps = heads.map((entry) => entry?.head.stamp);
    expect(stamps).toEqual(
      before ? [undefined, undefined, 10, 10] : [undefined, undefined, undefined, undefined],
    );
    expect(await tier.putMany([put('new')], NEVER)).toEqual(['written']);
  });

  test('does what nobody gave up', async () => {
    const { server, redis, tier } = await guarded(60_000);
    await redis.ping();
    await tier.putMany([put('before')], NEVER);
    server.freeze();
    const work = tier.putMany([put('waited for')], NEVER);
    server.thaw();
    expect(await work).toEqual(['written']);
  });
});

test('a server whose clock is another one than that of its predecessor is written to all the same', async () => {
  const { redis, tier } = await guarded(5_000);
  const call = redis.call.bind(redis);
  let ahead = 0;
  // As another server would answer that took over: its clock is an hour ahead, or behind.
  redis.call = (async (...[name, ...args]: [string, ...(string | number)[]]) => {
    const until = Number(args.at(-1));
    if (args.length > 3 && until > 1e12) args[args.length - 1] = until - ahead;
    const answer = await (call as (...all: unknown[]) => Promise<unknown>)(name, ...args);
    return Array.isArray(answer) ? [...answer.slice(0, -1), Number(answer.at(-1)) + ahead] : answer;
  }) as typeof redis.call;
  for (const hours of [0, 1, -1, 2]) {
    ahead = hours * 3_600_000;
    expect(await tier.putMany([put(`k:${hours}`)], NEVER)).toEqual(['written']);
  }
});
