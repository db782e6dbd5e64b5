import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { Events } from '../../../src/core/events.ts';
import { NO_FENCES, ofTag } from '../../../src/tiers/invalidation/fences.ts';
import { RedisBus } from '../../../src/tiers/invalidation/redis-bus.ts';
import { busPosition } from '../../../src/tiers/invalidation/redis-bus-position.ts';
import { extendOf } from '../../contract/tier.steps.ts';
import { entryOf, FETCHED_AT } from '../../support/entries.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { connectRedis, uniquePrefix } from '../../support/redis.ts';
import { startRedisServer } from '../../support/redis-server.ts';
import { until } from '../../support/waiting.ts';

const PREFIX = uniquePrefix();

async function busOnItsOwn() {
  const server = await startRedisServer();
  onTestFinished(() => server.remove());
  const redis = connectRedis(server.url);
  redis.on('error', () => undefined);
  const [events, clock] = [new Events(), systemClock];
  let caughtUp = 0;
  const count = () => {
    caughtUp += 1;
  };
  const busHealth = { caughtUp: count, published: () => undefined, close: () => undefined };
  const bus = new RedisBus({
    ...{ redis, connect: () => redis.duplicate(), prefix: PREFIX, sender: 'one', tiers: [] },
    ...{ fences: NO_FENCES, busHealth, clock, events },
  });
  return { server, bus, redis, caughtUp: async () => caughtUp };
}

test('the position of the bus changes with every announcement, also on a Redis that lost its data, and with nothing else', async () => {
  const { bus, redis } = await busOnItsOwn();
  // No time passes by this clock: on a busy machine an answer may be late, and a late one is not known.
  const positionOf = busPosition({ failFast: redis, prefix: PREFIX, clock: new FakeClock() });
  const millisecondOf = async () => {
    const [seconds, microseconds] = await redis.time();
    return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
  };
  const told = { source: 'profile', keys: ['k'], mode: 'drop', at: FETCHED_AT } as const;
  const positions = [await positionOf()];
  await bus.announce({ ...told, stamp: 1 });
  positions.push(await positionOf());
  await bus.fenced([{ origin: 'markets', target: ofTag('a'), mode: 'drop', stamp: 2 }]);
  positions.push(await positionOf());
  await redis.flushall();
  // Messages are named by Redis's clock: one before the loss and one after it are told apart by a millisecond.
  const lostAt = await millisecondOf();
  await until('the next millisecond', millisecondOf, (now) => now > lostAt);
  positions.push(await positionOf());
  await bus.announce({ ...told, stamp: 3 });
  const last = await positionOf();
  expect(new Set([...positions, last]).size).toBe(4);
  expect(positions[3], 'an empty bus').toBe(positions[0]);
  await bus.extended([extendOf(entryOf('k', 'x'), 4, FETCHED_AT)]);
  expect(await positionOf()).toBe(last);
});

test('where the bus stands is not known while Redis is away, or does not answer in time', async () => {
  const { server, redis } = await busOnItsOwn();
  const clock = new FakeClock();
  await redis.client('PAUSE', 60_000);
  const asked = busPosition({ failFast: redis, prefix: PREFIX, clock })();
  await clock.advance(250);
  expect(await asked).toBeUndefined();
  await server.kill();
  const failFast = redis.duplicate({ enableOfflineQueue: false, lazyConnect: true, maxRetriesPerRequest: 0 });
  failFast.on('error', () => undefined);
  onTestFinished(() => failFast.disconnect());
  expect(await busPosition({ failFast, prefix: PREFIX, clock: systemClock })()).toBeUndefined();
});

test('the bus is caughtUp also where there is neither memory nor disk', async () => {
  const { bus, caughtUp } = await busOnItsOwn();
  await bus.start();
  onTestFinished(() => bus.stop(Date.now() + 1_000));
  await until('an answer', caughtUp, (times) => times > 2);
});
