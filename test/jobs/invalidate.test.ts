import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Head, Stamp } from '../../src/core/entry.ts';
import { freshnessAt, isMadeStale, timeOf, timesFrom } from '../../src/core/freshness.ts';
import type { Invalidate } from '../../src/jobs/invalidate.ts';
import { RedisBus } from '../../src/tiers/invalidation/redis-bus.ts';
import { MemoryTier } from '../../src/tiers/memory/memory-tier.ts';
import { buildJobs, connector, type Jobs } from '../support/build-jobs.ts';
import { entryOf, FETCHED_AT } from '../support/entries.ts';
import { uniquePrefix } from '../support/redis.ts';
import { bodyOf } from '../support/scripted-origin.ts';
import { keysOf, sourceWith } from '../support/sources.ts';
import { until } from '../support/waiting.ts';
import { bodies, expected, inTiers, NEVER, ONE, warm } from '../warming/warm.steps.ts';

const [KEY = ''] = ONE;
const SOURCE = sourceWith();
const context = { id: 'job', attempt: 1, signal: NEVER };

/** A key that is warm since ten seconds. */
async function warmed(keys = ONE): Promise<Jobs> {
  const jobs = buildJobs();
  await expected(jobs, keys);
  await warm(jobs, { keys });
  await jobs.clock.advance(10_000);
  return jobs;
}

/** Invalidates the key now; answers the stamp. */
async function invalidate(jobs: Jobs, mode: 'drop' | 'stale', keys = ONE): Promise<Stamp> {
  const stamp = await jobs.ledger.stamp('markets');
  await jobs.invalidate.apply(SOURCE, keys, mode, stamp, NEVER);
  return stamp;
}

/** What a reader gets: the body, or undefined for a miss. */
async function read(jobs: Jobs, key = KEY): Promise<string | undefined> {
  const [entry] = await jobs.stack.getMany([key], 'entry', NEVER);
  return entry === undefined || entry.head.kind === 'dropped'
    ? undefined
    : Buffer.from(entry.body).toString();
}

const put = (stamp: Stamp, text: string) =>
  ({ kind: 'put', entry: entryOf(KEY, text, { stamp, fetchedAt: stamp / 1_000 }) }) as const;

describe('dropping a key', () => {
  test('hides it from every reader, and makes it due', async () => {
    const jobs = await warmed();
    expect(await read(jobs)).toBe(`"${KEY}"`);
    const stamp = await invalidate(jobs, 'drop');
    expect(await read(jobs)).toBeUndefined();
    for (const entry of await inTiers(jobs)) {
      if (entry !== undefined) expect(entry.head).toMatchObject({ kind: 'dropped', stamp });
    }
    expect((await jobs.catalog.get('profile', ONE))[0]?.dueAt).toBe(jobs.clock.now());
  });

  test('holds against a fetch that began before it and is written after it', async () => {
    const jobs = await warmed();
    const stamp = await invalidate(jobs, 'drop');
    expect(await jobs.stack.putMany([put(stamp - 1, '"late"')], NEVER)).toEqual(['superseded']);
    expect(await read(jobs)).toBeUndefined();
  });

  test('gives way to a fetch that began after it', async () => {
    const jobs = await warmed();
    await invalidate(jobs, 'drop');
    expect((await warm(jobs)).ended).toEqual({ [KEY]: 'warmed' });
    expect(await read(jobs)).toBe(`"${KEY}"`);
  });

  test('does not touch a value that was fetched after it, when its job does it again', async () => {
    const jobs = await warmed();
    const stamp = await invalidate(jobs, 'drop');
    jobs.origin.answerEach(() => bodyOf('"new"'));
    await warm(jobs);
    const work = { selector: `key=${KEY}`, mode: 'drop', stamps: { markets: stamp } } as const;
    for (let i = 0; i < 2; i += 1) {
      expect(await jobs.invalidate.run(jobs.invalidate.parse(work), context)).toEqual({ kind: 'done' });
    }
    expect(await bodies(jobs)).toEqual(['"new"', '"new"', '"new"']);
    expect((await warm(jobs)).ended).toEqual({ [KEY]: 'already-warm' });
  });

  test('reaches the tiers that answer while another one is down, and that one once it is back', async () => {
    const jobs = await warmed();
    jobs.shared.chaos.down = true;
    await invalidate(jobs, 'drop');
    expect(await read(jobs)).toBeUndefined();
    jobs.shared.chaos.down = false;
    await jobs.stack.repair(NEVER);
    const [held] = await jobs.shared.getMany(ONE, 'head', NEVER);
    expect(held?.head.kind).toBe('dropped');
  });

  test('is not acknowledged while no backing tier takes it', async () => {
    const jobs = await warmed();
    jobs.shared.chaos.down = true;
    jobs.disk.chaos.down = true;
    await expect(invalidate(jobs, 'drop')).rejects.toMatchObject({ code: 'E_TIER_UNAVAILABLE' });
  });
});

describe('making a key stale', () => {
  test('lets readers have the old value, which is not warm any more, and makes it due', async () => {
    const jobs = await warmed();
    const stamp = await invalidate(jobs, 'stale');
    expect(await bodies(jobs)).toEqual(new Array(3).fill(`"${KEY}"`));
    for (const entry of await inTiers(jobs)) {
      expect(entry?.head).toMatchObject({ stamp, fetchedAt: FETCHED_AT, checkedAt: FETCHED_AT });
      expect(entry && freshnessAt(entry.head, jobs.clock.now())).toBe('stale');
    }
    expect((await jobs.catalog.get('profile', ONE))[0]?.dueAt).toBe(jobs.clock.now());
    jobs.origin.answerEach(() => bodyOf('"new"'));
    expect((await warm(jobs)).ended).toEqual({ [KEY]: 'warmed' });
    expect(await bodies(jobs)).toEqual(['"new"', '"new"', '"new"']);
  });

  test('never lets a value live longer than it would have', async () => {
    const jobs = await warmed();
    await jobs.clock.advance(500_000);
    const before = await inTiers(jobs);
    await invalidate(jobs, 'stale');
    const after = await inTiers(jobs);
    after.forEach((entry, i) => {
      expect(entry?.head.goneAt).toBe(before[i]?.head.goneAt);
      expect(entry?.head.staleAt).toBe(entry?.head.checkedAt);
    });
  });

  test('holds against a slow, older write: readers go on having the old value', async () => {
    const jobs = await warmed();
    const stamp = await invalidate(jobs, 'stale');
    expect(await jobs.stack.putMany([put(stamp - 1, '"late"')], NEVER)).toEqual(['superseded']);
    expect(await read(jobs)).toBe(`"${KEY}"`);
  });

  test('of a key that nothing is stored of keeps a slow, older write out', async () => {
    const jobs = buildJobs();
    const stamp = await invalidate(jobs, 'stale');
    await jobs.stack.putMany([put(stamp - 1, '"late"')], NEVER);
    expect(await read(jobs)).toBeUndefined();
  });

  test('does not touch a newer value', async () => {
    const jobs = await warmed();
    const stamp = await jobs.ledger.stamp('markets');
    await jobs.stack.putMany([put(stamp + 5, '"newer"')], NEVER);
    await jobs.invalidate.apply(SOURCE, ONE, 'stale', stamp, NEVER);
    const [entry] = await jobs.stack.getMany(ONE, 'entry', NEVER);
    expect(entry?.head.stamp).toBe(stamp + 5);
  });

  test('sends readers past an old value in memory to a newer one below', async () => {
    const jobs = await warmed();
    const stamp = await jobs.ledger.stamp('markets');
    const [, ...backing] = jobs.stack.tiers;
    for (const tier of backing) await tier.putMany([put(stamp + 5, '"newer"')], NEVER);
    expect(await read(jobs)).toBe(`"${KEY}"`);
    await jobs.invalidate.apply(SOURCE, ONE, 'stale', stamp, NEVER);
    expect(await read(jobs)).toBe('"newer"');
  });
});

describe('two invalidations at the same time', () => {
  test('drop the value though the later one, which only makes it stale, reaches the tiers first', async () => {
    const jobs = await warmed();
    const [dropped, stale] = [await jobs.ledger.stamp('markets'), await jobs.ledger.stamp('markets')];
    await jobs.invalidate.apply(SOURCE, ONE, 'stale', stale, NEVER);
    await jobs.invalidate.apply(SOURCE, ONE, 'drop', dropped, NEVER);
    for (const entry of await inTiers(jobs)) expect(entry?.head.kind).toBe('dropped');
    // A copy that is still on its way from one tier to another.
    expect(await jobs.stack.putMany([put(stale, '"copy"')], NEVER)).toEqual(['superseded']);
    expect(await read(jobs)).toBeUndefined();
  });

  test('leave what was fetched between them, stale', async () => {
    const jobs = await warmed();
    const dropped = await jobs.ledger.stamp('markets');
    await jobs.clock.advance(1_000);
    jobs.origin.answerEach(() => bodyOf('"new"'));
    await warm(jobs, { options: { reason: 'force' } });
    await invalidate(jobs, 'stale');
    await jobs.invalidate.apply(SOURCE, ONE, 'drop', dropped, NEVER);
    expect(await read(jobs)).toBe('"new"');
  });

  /** What happens to a key in the order of stamps, 2 ms apart, and the order in which it gets to the tiers. */
  const histories = fc
    .array(fc.constantFrom('fetch', 'drop', 'stale'), { minLength: 1, maxLength: 6 })
    .chain((events) =>
      fc
        .shuffledSubarray([...events.keys()], { minLength: events.length })
        .map((order) => ({ events, order })),
    );

  test('leave nothing that was fetched before a drop, and nothing fresh that was fetched before either', async () => {
    const jobs = buildJobs();
    let round = 0;
    const happened = fc.asyncProperty(histories, async ({ events, order }) => {
      round += 1;
      const key = `profile:round${round}`;
      const stampOf = (i: number) => (jobs.clock.now() + i * 2) * 1_000;
      for (const i of order) {
        const mode = events[i] ?? 'fetch';
        const stamp = stampOf(i);
        const times = { ...timesFrom(SOURCE.lifetime, timeOf(stamp)), stamp };
        if (mode === 'fetch')
          await jobs.stack.putMany([{ kind: 'put', entry: entryOf(key, `${i}`, times) }], NEVER);
        else await jobs.invalidate.apply(SOURCE, [key], mode, stamp, NEVER);
      }
      const lastOf = (mode: string) => events.lastIndexOf(mode as 'drop');
      for (const entry of await inTiers(jobs, key)) {
        if (entry === undefined || entry.head.kind === 'dropped') continue;
        const fetched = Number(Buffer.from(entry.body).toString());
        expect(fetched).toBeGreaterThan(lastOf('drop'));
        expect(isMadeStale(entry.head) || fetched > lastOf('stale')).toBe(true);
      }
    });
    await fc.assert(happened, { numRuns: 150 });
  });
});

describe('other processes', () => {
  /** The memory of another process, which holds what the disk holds, and hears. */
  async function another(jobs: Jobs) {
    const theirs = new MemoryTier({ maxSize: 1e6, clock: jobs.clock });
    const entries = await jobs.disk.getMany(ONE, 'entry', NEVER);
    await theirs.putMany(
      entries.flatMap((entry) => (entry === undefined ? [] : [{ kind: 'put', entry }])),
      NEVER,
    );
    const sender = uniquePrefix();
    const bus = new RedisBus({ ...jobs, connect: connector(), sender, tiers: [theirs] });
    await bus.start();
    onTestFinished(() => bus.stop(Date.now() + 1_000));
    return () => theirs.getMany(ONE, 'head', NEVER);
  }

  test.each(['drop', 'stale'] as const)('hear of it and act on their own memory: %s', async (mode) => {
    const jobs = await warmed();
    const heads = await another(jobs);
    await invalidate(jobs, mode);
    const isStale = (head: Head) => freshnessAt(head, jobs.clock.now()) === 'stale';
    const [held] = await until('the message', heads, ([entry]) => entry !== undefined && isStale(entry.head));
    expect(held?.head.kind).toBe(mode === 'drop' ? 'dropped' : 'value');
  });

  test('hear of the drop of what a later one had made stale, and was copied to them as such', async () => {
    const jobs = await warmed();
    const [dropped, stale] = [await jobs.ledger.stamp('markets'), await jobs.ledger.stamp('markets')];
    await jobs.invalidate.apply(SOURCE, ONE, 'stale', stale, NEVER);
    const heads = await another(jobs);
    expect(await heads()).toMatchObject([{ head: { kind: 'value', stamp: stale } }]);
    await jobs.invalidate.apply(SOURCE, ONE, 'drop', dropped, NEVER);
    await until('the message', heads, ([entry]) => entry?.head.kind === 'dropped');
  });
});

describe('the job of an invalidation', () => {
  test('finishes what a process that died began: every key of the selector at the stamps it was given', async () => {
    const keys = keysOf(20);
    const jobs = await warmed(keys);
    const stamp = await jobs.ledger.stamp('markets');
    await jobs.invalidate.apply(SOURCE, keys.slice(0, 7), 'drop', stamp, NEVER);
    const work = { selector: 'source=profile', mode: 'drop', stamps: { markets: stamp } } as const;
    await jobs.invalidate.run(work, context);
    for (const key of keys) expect(await read(jobs, key), key).toBeUndefined();
  });

  test('leaves the keys of an origin alone of which it has no stamp', async () => {
    const jobs = await warmed();
    await jobs.invalidate.run({ selector: 'source=profile', mode: 'drop', stamps: {} }, context);
    expect(await read(jobs)).toBe(`"${KEY}"`);
  });

  test.each([
    [{ selector: '', mode: 'gone', stamps: {} }],
    [{ selector: '', mode: 'drop' }],
    [{ mode: 'drop', stamps: {} }],
    [{ selector: '', mode: 'drop', stamps: { markets: 'now' } }],
  ])('does not take the payload %j', (payload) => {
    expect(() => buildJobs().invalidate.parse(payload)).toThrow();
  });
});

test('an invalidation that forgets its stamp is caught: the late write comes back', async () => {
  const jobs = await warmed();
  const forgetful: Invalidate['apply'] = (source, keys, mode, _, signal) =>
    jobs.invalidate.apply(source, keys, mode, 1, signal);
  const stamp = await jobs.ledger.stamp('markets');
  await forgetful(SOURCE, ONE, 'drop', stamp, NEVER);
  await jobs.stack.putMany([put(stamp - 1, '"late"')], NEVER);
  expect(await read(jobs)).toBe('"late"');
});
