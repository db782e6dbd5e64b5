/** The processes that live, and the lanes of the queue that they work on. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { RedisRegistry } from '../../src/catalog/redis-registry.ts';
import type { ProcessBeat } from '../../src/catalog/registry.ts';
import { Histogram } from '../../src/core/metrics/histogram.ts';
import { NO_STATISTICS, type Statistics } from '../../src/core/metrics/statistics.ts';
import { listLanes } from '../../src/verbs/lanes.ts';
import { laneList, processList } from '../../src/verbs/process-shapes.ts';
import { LATE_AFTER_MS, listProcesses } from '../../src/verbs/processes.ts';
import { buildLiveJobs } from '../support/build-jobs.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';

function beatOf(now: number, change: Partial<ProcessBeat> = {}): ProcessBeat {
  return {
    ...{ id: 'p1', roles: ['worker'], host: 'h', pid: 7, startedAt: now - 60_000, seenAt: now },
    ...{ memory: undefined, statistics: undefined, ...change },
  };
}

const WORKING = { phase: 'working', stuck: [], lanes: { control: 0, markets: 2 } } as const;

describe('the list of processes', () => {
  function setup() {
    const clock = new FakeClock();
    const registry = new RedisRegistry({ redis: connectRedis(), prefix: uniquePrefix() });
    const list = async () => processList.parse(await listProcesses({ registry, clock })).processes;
    const beat = (change: Partial<ProcessBeat>) => registry.beat(beatOf(clock.now(), change));
    return { clock, list, beat };
  }

  test('tells of each what it told of itself: version, health, and the jobs it has under way', async () => {
    const { list, beat } = setup();
    const knows = { sources: {}, entities: [], version: '1.2.3', configuration: 'digest' };
    const log = { level: 'debug', configured: 'info' } as const;
    await beat({ knows, log, behind: -12, memory: { entries: 3, bytes: 30 }, state: WORKING });
    expect(await list()).toMatchObject([
      {
        ...{ id: 'p1', name: 'worker 7 on h', version: '1.2.3', configuration: 'digest', health: 'working' },
        lanes: [
          { lane: 'control', active: 0 },
          { lane: 'markets', active: 2 },
        ],
        ...{ reasons: [], clockBehind: -12, logLevel: 'debug', memory: { entries: 3, bytes: 30 } },
      },
    ]);
  });

  test('says why a process is stuck, and that one stops', async () => {
    const { list, beat } = setup();
    const stuck = [{ name: 'lane markets', reason: 'lane markets made no progress for 200 s' }];
    await beat({ id: 'a', startedAt: 1, state: { ...WORKING, stuck } });
    await beat({ id: 'b', startedAt: 2, state: { ...WORKING, phase: 'draining' } });
    await beat({ id: 'c', startedAt: 3, state: { ...WORKING, phase: 'starting' } });
    expect((await list()).map(({ health, reasons }) => [health, ...reasons])).toEqual([
      ['stuck', 'lane markets made no progress for 200 s'],
      ['draining'],
      ['starting'],
    ]);
  });

  test('does not call a process well that was silent for two reports, or that does not say', async () => {
    const { clock, list, beat } = setup();
    const now = clock.now();
    await beat({ id: 'a', startedAt: 1, state: WORKING, seenAt: now - LATE_AFTER_MS - 1 });
    await beat({ id: 'b', startedAt: 2, state: WORKING, seenAt: now - LATE_AFTER_MS });
    await beat({ id: 'c', startedAt: 3, roles: ['reader'] });
    expect((await list()).map(({ health }) => health)).toEqual(['late', 'working', 'untold']);
  });

  test('reads what another version tells in another way as untold', async () => {
    const clock = new FakeClock();
    const [redis, prefix] = [connectRedis(), uniquePrefix()];
    const beat = { ...beatOf(clock.now()), state: { phase: 'on holiday', lanes: 7 } };
    await redis.hset(`${prefix}:{registry}:processes`, 'p1', JSON.stringify(beat));
    const registry = new RedisRegistry({ redis, prefix });
    expect((await listProcesses({ registry, clock })).processes).toMatchObject([
      { id: 'p1', health: 'untold', lanes: [], reasons: [] },
    ]);
  });
});

describe('the list of lanes', () => {
  function setup(own: Statistics = NO_STATISTICS) {
    const jobs = buildLiveJobs({ budget: { rate: undefined, concurrency: 3 } });
    onTestFinished(() => jobs.queue.close());
    const self = { id: 'self', statistics: () => own };
    const list = async () => laneList.parse(await listLanes({ ...jobs, self }));
    const lane = async (name: string) => (await list()).lanes.find((each) => each.lane === name);
    const beat = (change: Partial<ProcessBeat>) => jobs.registry.beat(beatOf(jobs.clock.now(), change));
    return { ...jobs, list, lane, beat };
  }

  function waits(lane: string, ...all: readonly number[]): Statistics {
    const histogram = new Histogram();
    for (const ms of all) histogram.record(ms);
    return { ...NO_STATISTICS, jobWaits: [{ lane, buckets: histogram.buckets() }] };
  }

  test('has what waits in each, since when, and who takes it', async () => {
    const { list, queue, beat } = setup();
    const job = { lane: 'markets', kind: 'refresh', payload: {}, priority: 1 };
    await queue.add([
      { ...job, id: 'j1', delayMs: 0 },
      { ...job, id: 'j2', delayMs: 60_000 },
    ]);
    await beat({ state: WORKING });
    const { lanes } = await list();
    expect(lanes).toMatchObject([
      { lane: 'control', origin: null, waiting: 0, oldest: null, workers: [{ active: 0 }], waitsFor: [] },
      {
        ...{ lane: 'markets', origin: 'markets', configured: true, waiting: 1, delayed: 1 },
        ...{ oldest: expect.any(Number), workers: [{ id: 'p1', name: 'worker 7 on h', active: 2 }] },
      },
    ]);
  });

  test('adds up how long jobs waited in all processes, and of this one what it knows now', async () => {
    const { lane, beat } = setup(waits('markets', 100, 100, 100));
    await beat({ id: 'other', statistics: waits('markets', 1_000) });
    await beat({ id: 'self', statistics: waits('markets', 5) });
    const near = (ms: number) => expect.closeTo(ms, -2);
    expect((await lane('markets'))?.waited).toEqual({
      jobs: 4,
      p50: near(100),
      p95: near(1_000),
      p99: near(1_000),
    });
    expect((await lane('control'))?.waited).toEqual({ jobs: 0, p50: null, p95: null, p99: null });
  });

  test('says that nobody takes a lane, unless a worker does not tell which it takes', async () => {
    const { lane, beat } = setup();
    const held = async () => (await lane('markets'))?.waitsFor.map(({ reason }) => reason);
    expect(await held()).toEqual(['no worker is running: start one with `forewarm worker`']);
    await beat({ id: 'a', state: { ...WORKING, lanes: { control: 0 } } });
    expect(await held()).toEqual([
      'no worker takes jobs of the lane markets: none is configured with its origin',
    ]);
    await beat({ id: 'b' });
    expect(await held()).toEqual([]);
  });

  test('says that its origin is paused, until when and why', async () => {
    const { clock, lane, ledger, beat } = setup();
    await beat({ state: WORKING });
    const until = clock.now() + 60_000;
    await ledger.pause('markets', until, 'it answered 429');
    expect(await lane('markets')).toMatchObject({
      waitsFor: [{ for: 'origin', origin: 'markets', until, reason: 'it answered 429' }],
    });
    expect(await lane('control')).toMatchObject({ waitsFor: [] });
  });

  test('also has lanes of origins that are gone and left jobs behind', async () => {
    const { queue, list } = setup();
    await queue.add([{ id: 'j', lane: 'gone', kind: 'refresh', payload: {}, priority: 1, delayMs: 0 }]);
    expect((await list()).lanes.at(-1)).toMatchObject({
      ...{ lane: 'gone', origin: null, configured: false, waiting: 1 },
      waitsFor: [{ for: 'worker' }],
    });
  });
});
