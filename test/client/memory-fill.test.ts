/** A process that starts fills its memory from the tiers: what is read most, hot sources first, never from an origin. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { connect } from '../../src/app/connect.ts';
import { filled } from '../../src/app/memory-fill.ts';
import { RedisPopularity } from '../../src/catalog/redis-popularity.ts';
import { MemoryFill, type MemoryFillDeps } from '../../src/client/memory-fill.ts';
import { readerClosed } from '../../src/client/read-path.ts';
import { ForewarmError } from '../../src/core/errors.ts';
import { Events } from '../../src/core/events.ts';
import type { Sources } from '../../src/core/sources.ts';
import { warmRequest } from '../../src/verbs/runs/warm-request.ts';
import { configOf, install, start } from '../support/build-installation.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { connectRedis } from '../support/redis.ts';
import { json } from '../support/scripted-server.ts';
import { until } from '../support/waiting.ts';

/** A fill over a stack that the test scripts. Only names and temperatures of sources are used. */
function create(change: Partial<MemoryFillDeps['options']> = {}, temperatures = ['cold', 'hot']) {
  const clock = new FakeClock();
  const events = new Events();
  const problems: unknown[] = [];
  events.on('problem', ({ error }) => problems.push(error));
  const told = {
    keys: 1_200,
    silent: undefined as RegExp | undefined,
    fault: undefined as Error | undefined,
    asked: 0,
    limits: [] as number[],
    bytes: 0,
    batches: [] as (readonly string[])[],
  };
  const sources = new Map(
    temperatures.map((temperature, i) => [`${temperature}${i}`, { name: temperature, temperature }]),
  ) as unknown as Sources;
  const fill = new MemoryFill({
    ...{ sources, clock, events, maxSize: 1_000 },
    options: { keys: 10_000, share: 0.9, within: 30_000, ...change },
    memory: { usage: async () => ({ entries: 0, bytes: told.bytes }) },
    popularity: {
      top: async (source, limit) => {
        told.limits.push(limit);
        told.asked += 1;
        if (told.fault !== undefined) throw told.fault;
        return Array.from({ length: Math.min(limit, told.keys) }, (_, i) => ({
          key: `${source}:${i}`,
          reads: -i,
        }));
      },
    },
    stack: {
      readAgain: async (keys) => {
        told.batches.push(keys);
        const places = keys.flatMap((key, place) => (told.silent?.test(key) === true ? [place] : []));
        const silence = { tier: 'disk', reason: 'late', places };
        return { entries: keys.map(() => undefined), tiers: [], silent: places.length > 0 ? [silence] : [] };
      },
    },
  });
  onTestFinished(() => fill.stop(clock.now()));
  return { clock, told, fill, problems };
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

  test('copies what other tiers have while one is silent, and asks at the end for what that one keeps open', async () => {
    const { clock, told, fill } = create();
    told.silent = /^hot:\d$/;
    await fill.start();
    await clock.advance(5_000);
    expect(told.batches.slice(0, 5).map((keys) => keys.length)).toEqual([500, 500, 500, 500, 400]);
    expect(told.batches[5]).toHaveLength(10);
    expect(fill.item().reason).toBeNull();
    told.silent = undefined;
    await clock.advance(1_000);
    const asked = told.batches.length;
    await clock.advance(5_000);
    expect(told.batches).toHaveLength(asked);
  });

  test('asks a silent tier again, one batch at a time, and is ready after its time all the same', async () => {
    const { clock, told, fill, problems } = create();
    told.silent = /./;
    await fill.start();
    await clock.advance(29_000);
    expect(told.batches.length).toBeGreaterThan(50);
    expect(told.batches.length).toBeLessThan(5 + 60);
    expect(fill.item().reason).toMatch(/: 0 of 2,400 keys; .*in 1 of 30 s/);
    await clock.advance(1_000);
    expect(fill.item().reason).toBeNull();
    expect(problems).toMatchObject([
      {
        code: 'E_TIER_UNAVAILABLE',
        message: '2,400 keys were not copied into memory: tier disk did not answer',
      },
    ]);
  });

  test('goes on when the jobs Redis answers again', async () => {
    const { clock, told, fill } = create();
    told.fault = new ForewarmError('E_REDIS_UNAVAILABLE', 'away');
    await fill.start();
    await clock.advance(5_000);
    expect(fill.item().reason).toMatch(/nothing yet/);
    told.fault = undefined;
    await clock.advance(5_000);
    expect(fill.item().reason).toBeNull();
    expect(told.batches.flat()).toHaveLength(2_400);
  });

  test('does not do again what is no outage, and is ready without', async () => {
    const { clock, told, fill, problems } = create();
    told.fault = new RangeError('too many');
    await fill.start();
    await clock.advance(5_000);
    expect(told.asked).toBe(1);
    expect(fill.item().reason).toBeNull();
    expect(problems).toEqual([told.fault]);
  });

  test('takes as many keys as it may of many sources with many keys, and asks no colder ones then', async () => {
    const { clock, told, fill, problems } = create({}, [
      ...Array.from({ length: 13 }, () => 'warm'),
      'hot',
      'cold',
    ]);
    told.keys = 10_000;
    await fill.start();
    await clock.advance(0);
    expect(told.limits).toEqual([10_000]);
    told.limits.length = 0;
    const second = create({}, [...Array.from({ length: 13 }, () => 'warm'), 'cold']);
    second.told.keys = 10_000;
    await second.fill.start();
    await second.clock.advance(0);
    await until(
      'the end',
      async () => second.told.batches.length,
      (batches) => batches === 20,
    );
    expect(second.told.limits).toEqual(Array.from({ length: 13 }, () => 10_000));
    expect([problems, second.problems]).toEqual([[], []]);
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
    await new RedisPopularity({ redis, prefix: 'forewarm', holder: 'me' }).count(
      'profile',
      reads,
      Date.now(),
    );
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

  test('rejects as reads do once its reader is closed', async () => {
    const reader = await connect({ config: configOf(await install({ aof: false })) });
    const closing = reader.close();
    await expect(reader.ready()).rejects.toMatchObject({ code: 'E_TIER_CLOSED' });
    await closing;
    await expect(reader.ready()).rejects.toMatchObject({ code: 'E_TIER_CLOSED' });
  });

  test('that waits rejects as reads do when its reader is closed', async () => {
    const { clock, told, fill } = create();
    told.silent = /./;
    const closing = new AbortController();
    const rejected = expect(filled(fill, closing.signal)).rejects.toMatchObject({ code: 'E_TIER_CLOSED' });
    await clock.advance(1_000);
    closing.abort(readerClosed());
    await fill.stop(clock.now());
    await rejected;
  });
});
