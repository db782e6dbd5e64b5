import { describe, expect, test } from 'vitest';
import type { Source } from '../../src/core/source.ts';
import { tickJob } from '../../src/jobs/refresh.ts';
import { buildJobs, type Jobs, type JobsOptions } from '../support/build-jobs.ts';
import { bodyOf, errorOf, failing } from '../support/scripted-origin.ts';
import { keysOf, sourceWith, TTL } from '../support/sources.ts';
import { NEVER, warm } from '../warming/warm.steps.ts';

const CLAIM_MS = 600_000;
const TICK = { step: 'tick', temperature: 'warm' } as const;

/** A catalog with so many keys of `profile`, all due. */
async function due(count: number, options: JobsOptions = {}): Promise<Jobs> {
  const jobs = buildJobs(options);
  await jobs.catalog.track('profile', keysOf(count), jobs.clock.now() - 1);
  return jobs;
}

function run(
  jobs: Jobs,
  payload: unknown,
  more: { id?: string; attempt?: number; signal?: AbortSignal } = {},
) {
  const context = { id: 'warm-1', signal: NEVER, ...more };
  return jobs.refresh.run(jobs.refresh.parse(payload), context);
}

const chunk = (keys: readonly string[]) => ({ step: 'warm', source: 'profile', keys });

/** The keys of the chunks that were queued, by lane. */
function queued({ added }: Jobs): Record<string, string[][]> {
  const lanes: Record<string, string[][]> = {};
  for (const { lane, payload } of added) {
    const { keys } = payload as { keys: string[] };
    lanes[lane] = [...(lanes[lane] ?? []), [...keys].sort()];
  }
  return lanes;
}

async function dueTimes({ catalog, clock }: Jobs, keys: readonly string[]): Promise<(number | undefined)[]> {
  const records = await catalog.get('profile', keys);
  return records.map((record) => (record === undefined ? undefined : record.dueAt - clock.now()));
}

describe('a refresh of one source', () => {
  const SOURCE = { step: 'source', source: 'profile' } as const;

  test('queues what is due of it, whatever its temperature, and nothing of others', async () => {
    const sources = [sourceWith({ name: 'quote' }), sourceWith({ temperature: 'cold' })];
    const jobs = await due(10, { sources });
    await jobs.catalog.track('quote', keysOf(2, 'quote'), 0);
    expect(await run(jobs, SOURCE)).toEqual({ kind: 'done' });
    expect(queued(jobs).markets?.flat().sort()).toEqual(keysOf(10));
    expect(jobs.added.map(({ priority }) => priority)).toEqual([30, 30, 30]);
  });

  test('takes a bounded lot, and the next one a minute later', async () => {
    const jobs = await due(50_001, { chunkSize: 1_000 });
    const ending = await run(jobs, SOURCE);
    expect(ending).toMatchObject({ kind: 'later', at: jobs.clock.now() + 60_000 });
    expect(queued(jobs).markets?.flat()).toHaveLength(50_000);
    await jobs.clock.advance(60_000);
    expect(await run(jobs, SOURCE)).toEqual({ kind: 'done' });
    expect(queued(jobs).markets?.flat()).toHaveLength(50_001);
  });

  test('of a source that is not configured any more is nothing', async () => {
    const jobs = await due(1);
    expect(await run(jobs, { ...SOURCE, source: 'gone' })).toEqual({ kind: 'done' });
    expect(jobs.added).toEqual([]);
  });
});

describe('a tick', () => {
  test('queues what is due in chunks on the lane of its origin, and nothing else', async () => {
    const jobs = await due(10);
    await jobs.catalog.track('profile', ['profile:later'], jobs.clock.now() + 1);
    expect(await run(jobs, TICK)).toEqual({ kind: 'done' });
    const { markets = [], ...others } = queued(jobs);
    expect(others).toEqual({});
    expect(markets.map(({ length }) => length)).toEqual([4, 4, 2]);
    expect(markets.flat().sort()).toEqual(keysOf(10));
    expect((await jobs.queue.counts('markets')).waiting).toBe(3);
  });

  test('queues sources of its temperature only, each with the priority of it', async () => {
    const sources = [
      sourceWith({ name: 'quote', temperature: 'hot', origin: 'markets' }),
      sourceWith({ name: 'profile', temperature: 'cold', origin: 'markets' }),
    ];
    const jobs = await due(2, { sources });
    await jobs.catalog.track('quote', keysOf(2, 'quote'), 0);
    await run(jobs, { step: 'tick', temperature: 'hot' });
    expect(queued(jobs)).toEqual({ markets: [keysOf(2, 'quote')] });
    await run(jobs, { step: 'tick', temperature: 'cold' });
    expect(jobs.added.map(({ priority }) => priority)).toEqual([10, 30]);
  });

  test('takes each key once, however many ticks come before it is warmed', async () => {
    const jobs = await due(10);
    await Promise.all(['a', 'b', 'c'].map((id) => run(jobs, TICK, { id })));
    expect((queued(jobs).markets ?? []).flat().sort()).toEqual(keysOf(10));
  });

  test('that died between its claim and the queue loses nothing: the keys are due again', async () => {
    const jobs = await due(3);
    // What a tick does before it dies.
    await jobs.catalog.claim('profile', jobs.clock.now(), jobs.clock.now() + CLAIM_MS, 10);
    await run(jobs, TICK);
    expect(jobs.added).toEqual([]);
    await jobs.clock.advance(CLAIM_MS);
    await run(jobs, TICK);
    expect((queued(jobs).markets ?? []).flat().sort()).toEqual(keysOf(3));
  });

  test('that is done again after its worker died queues under other ids what it had not', async () => {
    const jobs = await due(3);
    await run(jobs, TICK);
    await jobs.catalog.track('profile', ['profile:m3'], 0);
    await jobs.clock.advance(30_000);
    await run(jobs, TICK);
    expect(new Set(jobs.added.map(({ id }) => id)).size).toBe(2);
    expect((await jobs.queue.counts('markets')).waiting).toBe(2);
  });

  test('begins nothing once it is to be let go', async () => {
    const jobs = await due(3);
    await run(jobs, TICK, { signal: AbortSignal.abort() });
    expect(jobs.added).toEqual([]);
    expect(await dueTimes(jobs, keysOf(3))).toEqual([-1, -1, -1]);
  });
});

describe('a chunk of due keys', () => {
  test('is warmed, and its keys are due when their values are', async () => {
    const jobs = await due(4);
    expect(await run(jobs, chunk(keysOf(4)))).toEqual({ kind: 'done' });
    expect(await dueTimes(jobs, keysOf(4))).toEqual(new Array(4).fill(0.8 * TTL));
  });

  test('asks the origin for nothing that somebody else has warmed meanwhile', async () => {
    const jobs = await due(4);
    await warm(jobs, { keys: keysOf(4) });
    await run(jobs, chunk(keysOf(4)));
    expect(jobs.origin.asked).toHaveLength(4);
    expect(await dueTimes(jobs, keysOf(4))).toEqual(new Array(4).fill(0.8 * TTL));
  });

  test('whose origin is paused is due again when the pause is over', async () => {
    const jobs = await due(4, { budget: { rate: undefined, concurrency: 1 } });
    jobs.origin.answer((requests, source, signal) =>
      jobs.origin.calls.length === 1
        ? requests.map(() => bodyOf('1'))
        : failing('throttled', 'too many calls', jobs.clock.now() + 45_000)(requests, source, signal),
    );
    expect(await run(jobs, chunk(keysOf(4)))).toEqual({ kind: 'done' });
    expect(await dueTimes(jobs, keysOf(4))).toEqual([0.8 * TTL, 45_000, 45_000, 45_000]);
    expect((await jobs.catalog.get('profile', keysOf(4))).map((record) => record?.failure)).toEqual(
      new Array(4).fill(undefined),
    );
  });

  test('whose keys fail has them due again soon, and the catalog counts how often they did', async () => {
    const jobs = await due(2, { sources: [sourceWith({ keysPerCall: 2 })] });
    jobs.origin.answer(() => [bodyOf('{}'), errorOf('retryable', 'no answer')]);
    for (let i = 0; i < 2; i += 1) {
      await run(jobs, chunk(keysOf(2)));
      expect(await dueTimes(jobs, keysOf(2))).toEqual([TTL / 10, TTL / 10]);
      await jobs.clock.advance(TTL / 10);
    }
    const records = await jobs.catalog.get('profile', keysOf(2));
    expect(records.map((record) => record?.failure)).toMatchObject([
      { outcome: 'refused', count: 2 },
      { outcome: 'failed', reason: 'no answer', count: 2 },
    ]);
    jobs.origin.answerEach(() => bodyOf('1'));
    await run(jobs, TICK);
    expect(jobs.added).toHaveLength(1);
    await run(jobs, jobs.added[0]?.payload);
    const after = await jobs.catalog.get('profile', keysOf(2));
    expect(after.map((record) => record?.failure)).toEqual([undefined, undefined]);
  });

  test('goes back to the queue when its worker stops', async () => {
    const jobs = await due(4);
    const stopping = new AbortController();
    const held = jobs.origin.hold();
    const doing = run(jobs, chunk(keysOf(4)), { signal: stopping.signal });
    await held.arrived();
    stopping.abort(new Error('stop'));
    expect(await doing).toEqual({ kind: 'back' });
  });

  test('throws what is unexpected, and its keys come due again by themselves', async () => {
    const jobs = await due(4);
    jobs.shared.chaos.down = true;
    jobs.disk.chaos.down = true;
    await expect(run(jobs, chunk(keysOf(4)))).rejects.toThrow(/no tier answered/);
    await jobs.refresh.giveUp();
    expect((await jobs.catalog.size('profile', jobs.clock.now())).due).toBe(4);
  });

  test('of a source that is not configured any more is nothing to do', async () => {
    const jobs = await due(1);
    const payload = { step: 'warm', source: 'summary', keys: ['summary:m0'] };
    expect(await run(jobs, payload)).toEqual({ kind: 'done' });
    expect(jobs.origin.calls).toEqual([]);
  });
});

test('a value stays fresh over days of ticks, by one call each time it is due', async () => {
  const jobs = await due(1);
  for (let round = 0; round < 20; round += 1) {
    jobs.added.length = 0;
    await run(jobs, TICK, { id: `tick-${round}` });
    for (const { payload } of jobs.added) await run(jobs, payload);
    await jobs.clock.advance(20_000);
    const [entry] = await jobs.stack.getMany(keysOf(1), 'head', NEVER);
    expect(jobs.clock.now()).toBeLessThanOrEqual(entry?.head.staleAt ?? 0);
  }
  // 400 s pass, and the value is due each 80 s.
  expect(jobs.origin.calls).toHaveLength(5);
});

test.each([
  [{ step: 'tick', temperature: 'tepid' }],
  [{ step: 'warm', source: 'profile', keys: [] }],
  [{ step: 'warm', source: 'profile' }],
  [{}],
])('%j is no payload of a refresh', (payload) => {
  expect(() => buildJobs().refresh.parse(payload)).toThrow();
});

/** A source that is fetched at the first of two ticks a day apart; then the clock is at the second, but for so long. */
async function fetchedYesterday(lifetime: Source['lifetime'], before: number): Promise<Jobs> {
  const jobs = buildJobs({ sources: [sourceWith({ lifetime })] });
  await jobs.catalog.track('profile', keysOf(3), jobs.clock.now());
  await warm(jobs, { keys: keysOf(3) });
  await jobs.clock.advance(DAY - before);
  return jobs;
}

const DAY = 86_400_000;

describe('a tick with another one to come', () => {
  const tick = (jobs: Jobs) => ({ ...TICK, next: jobs.clock.now() + DAY });
  const lives = (ttl: number) => ({ ttl, refreshAhead: 0.9, grace: DAY });

  test('refreshes also what would be stale before that, and what is fetched by then needs no call', async () => {
    const jobs = await fetchedYesterday(lives(1.25 * DAY), 0);
    await run(jobs, tick(jobs));
    expect(queued(jobs).markets?.flat()).toEqual(keysOf(3));
    const calls = jobs.origin.calls.length;
    const [job] = jobs.added;
    expect(job?.payload).toMatchObject({ step: 'warm', ahead: jobs.clock.now() });
    await run(jobs, job?.payload);
    expect(jobs.origin.calls.length).toBe(calls + 3);
    await run(jobs, job?.payload);
    expect(jobs.origin.calls.length).toBe(calls + 3);
  });

  test('leaves alone what lives until that', async () => {
    const jobs = await fetchedYesterday(lives(2.25 * DAY), 0);
    await run(jobs, tick(jobs));
    expect(jobs.added).toEqual([]);
    expect(await run(jobs, TICK)).toEqual({ kind: 'done' });
    expect(jobs.added).toEqual([]);
  });

  test('leaves alone what another job has in hand', async () => {
    const jobs = await fetchedYesterday(lives(DAY), 0);
    await run(jobs, tick(jobs));
    const first = jobs.added.length;
    await run(jobs, tick(jobs), { id: 'warm-2' });
    expect(jobs.added).toHaveLength(first);
  });
});

describe('between two ticks', () => {
  const lifetime = { ttl: DAY, refreshAhead: 0.9, grace: DAY };
  const recover = (jobs: Jobs) => ({ step: 'recover', temperature: 'warm', next: jobs.clock.now() + 60_000 });

  test('what is missing, dropped or failed is refreshed, and what is merely due is not', async () => {
    const jobs = await fetchedYesterday(lifetime, 3_600_000);
    const [one = '', two = '', three = ''] = keysOf(3);
    await jobs.catalog.track('profile', ['profile:new'], jobs.clock.now());
    const failure = { outcome: 'failed', reason: 'it was away', at: jobs.clock.now() } as const;
    await jobs.catalog.settle('profile', [{ key: two, dueAt: jobs.clock.now(), failure }]);
    await run(jobs, recover(jobs));
    expect(queued(jobs).markets?.flat().sort()).toEqual(['profile:new', two].sort());
    const [left] = await dueTimes(jobs, [one]);
    expect(left).toBeGreaterThan(50 * 60_000);
    expect(left).toBeLessThan(60 * 60_000);
    expect(await dueTimes(jobs, [three])).toEqual([left]);
  });

  test('what would be stale before the next look is refreshed, shortly before it is', async () => {
    const jobs = await fetchedYesterday(lifetime, 3_600_000);
    await run(jobs, recover(jobs));
    const [left = 0] = await dueTimes(jobs, keysOf(1));
    await jobs.clock.advance(left);
    await run(jobs, recover(jobs));
    expect(queued(jobs).markets?.flat()).toEqual(keysOf(3));
  });
});

test('the job of a tick is named by the schedule and its time', () => {
  expect(tickJob('warm-20260101T000000000Z', 'warm', undefined)).toMatchObject({
    id: 'warm-20260101T000000000Z',
    lane: 'control',
    payload: TICK,
  });
});
