/** The buses of two processes on the tests' Redis, the other of which listens. */
import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Events } from '../../src/core/events.ts';
import { BusHealth } from '../../src/tiers/invalidation/bus-health.ts';
import { RedisBus } from '../../src/tiers/invalidation/redis-bus.ts';
import { MemoryTier } from '../../src/tiers/memory/memory-tier.ts';
import { type BusSubject, invalidationOf, STAMP } from '../contract/bus.ts';
import { extendOf, put, SIGNAL } from '../contract/tier.steps.ts';
import { entryOf } from './entries.ts';
import { fencesOf } from './fences.ts';
import { connectRedis, uniquePrefix } from './redis.ts';
import { sourceWith } from './sources.ts';
import { until } from './waiting.ts';

function processOf(prefix: string) {
  const redis = connectRedis();
  const clock = systemClock;
  const memory = new MemoryTier({ maxSize: 64e6, clock });
  const fences = fencesOf({ prefix, redis, sources: [sourceWith()] });
  const sender = uniquePrefix();
  const bus = new RedisBus({
    ...{ redis, connect: () => redis.duplicate(), prefix, sender, tiers: [memory], fences, clock },
    ...{ busHealth: new BusHealth({ clock, bound: 60_000 }), events: new Events() },
  });
  onTestFinished(() => bus.stop(Date.now() + 1_000));
  return { bus, memory, fences };
}

export async function twoBuses(): Promise<BusSubject> {
  const prefix = uniquePrefix();
  const [here, there, teller] = [processOf(prefix), processOf(prefix), processOf(prefix)];
  await there.bus.start();
  let rounds = 0;
  /** Messages are heard in order, so the last one of each kind stands for those before it. */
  const heard = async () => {
    rounds += 1;
    const [dropped, extended] = [entryOf(`dropped ${rounds}`, 'x'), entryOf(`extended ${rounds}`, 'x')];
    const stamped = [dropped, extended].map(({ head, body }) => ({ head: { ...head, stamp: STAMP }, body }));
    await put(there.memory, ...stamped);
    await teller.bus.announce(invalidationOf([dropped.head.key], 'drop'));
    const heads = async () => {
      await teller.bus.extended([extendOf(extended, STAMP + 1, 1)]);
      const keys = [dropped.head.key, extended.head.key];
      return (await there.memory.getMany(keys, 'head', SIGNAL)).map((entry) => entry?.head);
    };
    await until('the last message', heads, ([first, second]) => {
      return first?.kind === 'dropped' && second?.stamp === STAMP + 1;
    });
  };
  await heard();
  return {
    bus: here.bus,
    there,
    heard,
    leave: () => there.bus.stop(Date.now() + 1_000),
    comeBack: () => there.bus.start(),
  };
}
