import { describe, expect, onTestFinished, test } from 'vitest';
import { RedisRegistry } from '../../src/catalog/redis-registry.ts';
import { LIVE_WITHIN_MS, type Registry } from '../../src/catalog/registry.ts';
import { Events } from '../../src/core/events.ts';
import { NO_STATISTICS } from '../../src/core/metrics/statistics.ts';
import { Presence, type PresenceDeps } from '../../src/workers/presence.ts';
import { EventLog } from '../support/event-log.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';
import { until } from '../support/waiting.ts';

function create(change: Partial<PresenceDeps> = {}) {
  const clock = new FakeClock();
  const events = new Events();
  const log = new EventLog(events, ['problem']);
  const registry: Registry = new RedisRegistry({ redis: connectRedis(), prefix: uniquePrefix() });
  const presence = new Presence({
    ...{ registry, clock, events, id: 'p1', roles: ['worker', 'api'], host: 'here', pid: 7 },
    memory: async () => ({ entries: 3, bytes: 30 }),
    statistics: () => ({ ...NO_STATISTICS, problems: 2 }),
    ...change,
  });
  onTestFinished(() => presence.stop(clock.now()));
  return { clock, log, registry, presence, seen: () => registry.processes(clock.now()) };
}

describe('a process', () => {
  test('is seen by others as soon as it has started, with what its memory holds and what it has done', async () => {
    const { clock, presence, seen } = create();
    await presence.start();
    const now = clock.now();
    expect(await seen()).toEqual([
      {
        ...{ id: 'p1', roles: ['worker', 'api'], host: 'here', pid: 7, startedAt: now, seenAt: now },
        memory: { entries: 3, bytes: 30 },
        statistics: { ...NO_STATISTICS, problems: 2 },
      },
    ]);
  });

  test('tells how it is at each report', async () => {
    const state = { phase: 'working', stuck: [], lanes: { control: 1 } } as const;
    const { presence, seen } = create({ state: () => state });
    await presence.start();
    expect(await seen()).toMatchObject([{ state }]);
  });

  test('goes on being seen while it runs, and keeps the time it started', async () => {
    const { clock, presence, seen } = create();
    await presence.start();
    const startedAt = clock.now();
    for (let i = 0; i < 5; i += 1) {
      await clock.advance(4_000);
      const fresh = ([process]: Awaited<ReturnType<typeof seen>>) => process?.seenAt === clock.now();
      await until('the beat', seen, fresh);
      await until(
        'the next beat',
        async () => clock.timers,
        (timers) => timers > 0,
      );
    }
    expect(await seen()).toMatchObject([{ startedAt }]);
  });

  test('is not seen any more once it has stopped', async () => {
    const { clock, presence, seen } = create();
    await presence.start();
    await presence.stop(clock.now() + 1_000);
    expect(await seen()).toEqual([]);
    await clock.advance(60_000);
    expect(await seen()).toEqual([]);
    expect(clock.timers).toBe(0);
  });

  test('that dies is not seen any more after a while', async () => {
    const { clock, presence, registry, seen } = create();
    await presence.start();
    expect(await seen()).toHaveLength(1);
    expect(await registry.processes(clock.now() + LIVE_WITHIN_MS + 1)).toEqual([]);
  });

  test('that is stopped while it says that it is there leaves no ghost behind', async () => {
    const gate = Promise.withResolvers<void>();
    const slow = async () => {
      await gate.promise;
      return undefined;
    };
    const { clock, presence, seen } = create({ memory: slow });
    const starting = presence.start();
    const stopping = presence.stop(clock.now() + 1_000);
    gate.resolve();
    await Promise.all([starting, stopping]);
    expect(await seen()).toEqual([]);
  });

  test('that cannot say that it is there tells so, and tries again', async () => {
    let tries = 0;
    const memory = async () => {
      tries += 1;
      if (tries === 1) throw new Error('closed');
      return undefined;
    };
    const { clock, log, presence, seen } = create({ memory });
    await presence.start();
    expect(log.seen).toMatchObject([{ payload: { where: 'presence' } }]);
    await clock.advance(4_000);
    await until('the second beat', seen, (processes) => processes.length === 1);
  });
});

test('stopping lasts no longer than a second, also when the registry does not answer', async () => {
  const never = () => new Promise<never>(() => {});
  const registry: Registry = new RedisRegistry({ redis: connectRedis(), prefix: uniquePrefix() });
  registry.leave = never;
  const { clock, presence } = create({ registry });
  await presence.start();
  const stopping = presence.stop(clock.now() + 60_000);
  await clock.advance(1_000);
  await stopping;
});
