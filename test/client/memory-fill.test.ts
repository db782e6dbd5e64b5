/** A process that starts fills its memory from the tiers: what is read most, hot sources first, never from an origin. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { connect } from '../../src/app/connect.ts';
import { RedisPopularity } from '../../src/catalog/redis-popularity.ts';
import { MemoryFill, type MemoryFillDeps } from '../../src/client/memory-fill.ts';
import { Events } from '../../src/core/events.ts';
import type { Sources } from '../../src/core/sources.ts';
import { warmRequest } from '../../src/verbs/runs/warm-request.ts';
import { configOf, install, start } from '../support/build-installation.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { connectRedis } from '../support/redis.ts';
import { json } from '../support/scripted-server.ts';
import { until } from '../support/waiting.ts';

/** A fill over a stack that the test scripts. Only names and temperatures of sources are used. */
function create(change: Partial<MemoryFillDeps['options']> = {}) {
  const clock = new FakeClock();
  const told = { keys: 1_200, silent: false, isAway: false, bytes: 0, batches: [] as (readonly string[])[] };
  const sources = new Map(
    ['cold', 'hot'].map((temperature) => [temperature, { name: temperature, temperature }]),
  ) as unknown as Sources;
  const fill = new MemoryFill({
    ...{ sources, clock, events: new Events(), maxSize: 1_000 },
    options: { keys: 10_000, share: 0.9, within: 30_000, ...change },
    memory: { usage: async () => ({ entries: 0, bytes: told.bytes }) },
    popularity: {
      top: async (source, limit) => {
        if (told.isAway) throw new Error('away');
        return Array.from({ length: Math.min(limit, told.keys) }, (_, i) => ({
          key: `${source}:${i}`,
          reads: -i,
        }));
      },
    },
    stack: {
      readAgain: async (keys) => {
        told.batches.push(keys);
        const silence = { tier: 'redis', reason: 'late', places: [0] };
        return { entries: keys.map(() => undefined), tiers: [], silent: told.silent ? [silence] : [] };
      },
    },
  });
  onTestFinished(() => fill.stop(clock.now()));
  return { clock, told, fill };
}

describe('filling memory', () => {
  test('looks up what is read most in batches, hot sources first, and no more keys than it may', async () => {
    const { clock, told, fill } = create({ keys: 1_300 });
    await fill.start();
    expect(fill.item().reason).toMatch(/nothing yet; ready at 90 %, or in 30 of 30 s/);
    await clock.advance(0);
    await until(
      'the end',
      async () => fill.item().reason,
      (reason) => reason === null,
    );
    await clock.advance(0);
    expect(told.batches.map((keys) => keys.length)).toEqual([500, 500, 300]);
    const keys = told.batches.flat();
    expect([keys[0], keys[1_199], keys[1_200], keys.length]).toEqual(['hot:0', 'hot:1199', 'cold:0', 1_300]);
  });

  test('asks a tier again that does not answer, and is ready after its time all the same', async () => {
    const { clock, told, fill } = create();
    told.silent = true;
    await fill.start();
    await clock.advance(29_000);
    expect(told.batches.length).toBeGreaterThan(10);
    expect(fill.item().reason).toMatch(/: 0 of 2,400 keys; .*in 1 of 30 s/);
    await clock.advance(1_000);
    expect(fill.item().reason).toBeNull();
  });

  test('goes on when the tiers and the jobs Redis answer again', async () => {
    const { clock, told, fill } = create();
    told.isAway = true;
    await fill.start();
    await clock.advance(5_000);
    expect(fill.item().reason).toMatch(/nothing yet/);
    told.isAway = false;
    await clock.advance(5_000);
    expect(fill.item().reason).toBeNull();
    expect(told.batches.flat()).toHaveLength(2_400);
  });

  test('ends before memory would push out what was just copied', async () => {
    const { clock, told, fill } = create();
    told.bytes = 901;
    await fill.start();
    await clock.advance(0);
    await clock.advance(0);
    expect(fill.item().reason).toBeNull();
    expect(told.batches).toHaveLength(1);
  });

  test('is ready at once where nothing was read lately', async () => {
    const { clock, told, fill } = create();
    told.keys = 0;
    await fill.start();
    await clock.advance(0);
    expect(fill.item().reason).toBeNull();
    expect(told.batches).toEqual([]);
  });

  test('of a new process takes values from Redis, and makes no call to an origin', async () => {
    const installation = await install({ aof: true });
    installation.origin.answer(json({ name: 'One' }));
    const worker = await start(installation, ['worker']);
    const { run } = await worker.verbs.warm(warmRequest.parse({}), 'cli');
    await until(
      'the run',
      () => worker.verbs.run(run.id),
      ({ state }) => state === 'ended',
    );
    const calls = installation.origin.asked.length;
    const redis = connectRedis(installation.server.url);
    const reads = new Map([
      ['profile:1', 9],
      ['profile:2', 5],
      ['profile:gone', 3],
    ]);
    await new RedisPopularity({ redis, prefix: 'forewarm' }).count('profile', reads, Date.now());
    const api = await start(installation, ['api'], { http: { port: 0 } });
    const ready = async () => Object(await (await fetch(`${api.httpUrl}/readyz`)).json());
    const told = await until('a ready process', ready, ({ status }) => status === 'ready');
    expect(told.checks).toContainEqual({ name: 'memory', reason: null });
    const rows = async () => (await api.verbs.stats()).tiers;
    const memory = await until('two entries', rows, (all) => all[0]?.entries === 2);
    expect(memory[0]).toMatchObject({ tier: 'memory', entries: 2 });
    await using reader = await connect({ config: configOf(installation) });
    expect(reader.peek('profile:1')).toBeUndefined();
    await reader.ready();
    expect(reader.peek('profile:1')).toEqual({ name: 'One' });
    expect(installation.origin.asked).toHaveLength(calls);
  });
});
