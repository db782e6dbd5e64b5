/** Reads of a stack through fences that another process raised. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { Events } from '../../../src/core/events.ts';
import type { InvalidationMode } from '../../../src/core/invalidation-mode.ts';
import { DiskTier } from '../../../src/tiers/disk/disk-tier.ts';
import { ALL, NO_FENCES, ofSource, ofTag } from '../../../src/tiers/invalidation/fences.ts';
import { MemoryTier } from '../../../src/tiers/memory/memory-tier.ts';
import { RedisTier } from '../../../src/tiers/redis/redis-tier.ts';
import { MemoryRepairs } from '../../../src/tiers/stack/memory-repairs.ts';
import { TieredStack } from '../../../src/tiers/stack/tiered-stack.ts';
import type { Tier } from '../../../src/tiers/tier.ts';
import { ChaosTier } from '../../support/chaos-tier.ts';
import { temporaryFolder } from '../../support/disk.ts';
import { entryOf } from '../../support/entries.ts';
import { fencesOf, stamper, twoFences } from '../../support/fences.ts';
import { connectRedis } from '../../support/redis.ts';
import { until } from '../../support/waiting.ts';

const never = new AbortController().signal;

interface Options {
  readonly piggyback?: boolean;
  /** Reads that take no notice of fences. */
  readonly blind?: boolean;
  readonly isStale?: boolean;
}

/** A stack of this process, and fences that another one raises. */
function setup({ piggyback = false, blind = false, isStale = false }: Options = {}) {
  const { here: elsewhere, prefix } = twoFences();
  const fences = fencesOf({ prefix, piggybackTier: piggyback ? 'redis' : undefined });
  const [clock, events] = [systemClock, new Events()];
  const chaotic = (tier: Tier) => new ChaosTier({ tier, clock });
  const path = `${temporaryFolder()}/cache.db`;
  const shared = { redis: connectRedis(), prefix: `${prefix}-values:`, events };
  const memory = chaotic(new MemoryTier({ maxSize: 16e6, clock }));
  const redis = chaotic(
    new RedisTier({ ...shared, ...(piggyback && { piggybackedKey: fences.piggybackedKey }) }),
  );
  const disk = chaotic(new DiskTier({ path, maxSize: 1e8, timeout: 2_000, clock, events }));
  const tiers = [memory, redis, disk];
  const stack = new TieredStack({
    ...{ tiers, clock, events, repairs: new MemoryRepairs({ bound: 1_000 }) },
    ...{ fences: blind ? NO_FENCES : fences, busHealth: { isStale } },
  });
  onTestFinished(() => stack.close());
  const stamp = stamper(prefix);
  return {
    ...{ stack, fences, elsewhere, memory, redis, disk, prefix },
    async put(tier: Tier, key: string, text: string, ...tags: string[]) {
      const now = clock.now();
      const times = {
        fetchedAt: now,
        checkedAt: now,
        dueAt: now + 80_000,
        staleAt: now + 1e5,
        goneAt: now + 6e5,
      };
      const entry = entryOf(key, text, { stamp: await stamp('markets'), tags, ...times });
      await tier.putMany([{ kind: 'put', entry }], never);
      return entry;
    },
    async read(key: string) {
      const [entry] = await stack.getMany([key], 'entry', never);
      return entry === undefined ? undefined : Buffer.from(entry.body).toString();
    },
  };
}

type Setup = ReturnType<typeof setup>;
const TIERS = ['redis', 'disk'] as const;

/** What guarantee 3 says of shared tiers; a stack must not be able to pass it blind. */
async function holdsAtOnce({ stack, elsewhere, put, read }: Setup): Promise<void> {
  await put(stack, 'k', 'old', 'a');
  expect(await read('k')).toBe('old');
  for (const target of [ofTag('a'), ofSource('profile'), ALL]) {
    await elsewhere.raise([target], 'drop');
    expect(await read('k')).toBeUndefined();
    await put(stack, 'k', `after ${target}`, 'a');
    expect(await read('k')).toBe(`after ${target}`);
  }
}

describe.each([
  ['asked beside the tiers', false],
  ['brought along by Redis', true],
])('fences %s', (_, piggyback) => {
  it('hold at once for what shared tiers answer, and let newer values through', async () => {
    const jobs = setup({ piggyback });
    // What another process had in memory is not what this is about.
    jobs.memory.chaos.down = true;
    await holdsAtOnce(jobs);
  });

  it.each(TIERS)('hold when only %s has the value', async (tier) => {
    const jobs = setup({ piggyback });
    await jobs.put(jobs[tier], 'k', 'old', 'a');
    await jobs.elsewhere.raise([ofTag('a')], 'drop');
    expect(await jobs.read('k')).toBeUndefined();
  });

  it('hold while Redis fails and the disk answers', async () => {
    const jobs = setup({ piggyback });
    await jobs.put(jobs.stack, 'k', 'old', 'a');
    jobs.redis.chaos.down = true;
    jobs.memory.chaos.down = true;
    await jobs.elsewhere.raise([ofTag('a')], 'drop');
    expect(await jobs.read('k')).toBeUndefined();
  });
});

it('a stack that takes no notice of fences is caught', async () => {
  const jobs = setup({ blind: true });
  jobs.memory.chaos.down = true;
  await expect(holdsAtOnce(jobs)).rejects.toThrow();
});

describe('a read through fences', () => {
  it('finds a value that a lower tier got after the fence', async () => {
    const { put, redis, disk, elsewhere, read } = setup();
    await put(redis, 'k', 'old', 'a');
    await elsewhere.raise([ofTag('a')], 'drop');
    await put(disk, 'k', 'new', 'a');
    expect(await read('k')).toBe('new');
  });

  it('costs memory no round trip, and obeys what this process knows', async () => {
    const { put, stack, elsewhere, fences, read, redis, disk } = setup();
    await put(stack, 'k', 'old', 'a');
    const { calls } = redis;
    expect(await read('k')).toBe('old');
    expect(redis.calls).toBe(calls);
    // The bus brings them.
    fences.learn(await elsewhere.raise([ofTag('a')], 'drop'));
    expect(await read('k')).toBeUndefined();
    expect(disk.calls).toBeGreaterThan(0);
  });

  it('serves a stale value as stale, from wherever it is', async () => {
    for (const tier of ['memory', ...TIERS] as const) {
      const jobs = setup();
      const { head } = await jobs.put(jobs[tier], 'k', 'old', 'a');
      await jobs.elsewhere.raise([ofTag('a')], 'stale');
      await jobs.fences.sync();
      const [entry] = await jobs.stack.getMany(['k'], 'entry', never);
      expect(entry?.head).toEqual({ ...head, dueAt: head.checkedAt, staleAt: head.checkedAt });
      expect(Buffer.from(entry?.body ?? []).toString()).toBe('old');
    }
  });

  it('prefers a newer value below to a stale one in memory', async () => {
    const { put, memory, redis, elsewhere, fences, read } = setup();
    await put(memory, 'k', 'old', 'a');
    fences.learn(await elsewhere.raise([ofTag('a')], 'stale'));
    await put(redis, 'k', 'new', 'a');
    expect(await read('k')).toBe('new');
  });

  it.each<InvalidationMode>(['drop', 'stale'])(
    'lifts nothing into memory that is below a fence: %s',
    async (mode) => {
      const { put, redis, memory, elsewhere, stack } = setup();
      await put(redis, 'old', 'old', 'a');
      await elsewhere.raise([ofTag('a')], mode);
      await put(redis, 'new', 'new', 'a');
      await stack.getMany(['old', 'new'], 'entry', never);
      const held = () => memory.getMany(['new', 'old'], 'head', never);
      const [, old] = await until('the promotion', held, ([fresh]) => fresh !== undefined);
      expect(old).toBeUndefined();
    },
  );

  it('of memory is judged once more when the tiers below brought news', async () => {
    const { put, memory, elsewhere, read } = setup();
    const entry = entryOf('k', 'old', { stamp: 1, tags: ['a'], dueAt: 1 });
    await memory.putMany([{ kind: 'put', entry }], never);
    await put(memory, 'other', 'x');
    expect(await read('k')).toBe('old');
    await elsewhere.raise([ofTag('a')], 'drop');
    expect(await read('k')).toBeUndefined();
  });

  it('passes memory by as long as the bus has not been heard for too long', async () => {
    const { put, memory, redis, read } = setup({ isStale: true });
    await put(memory, 'k', 'in memory');
    expect(await read('k')).toBeUndefined();
    await put(redis, 'k', 'in Redis');
    expect(await read('k')).toBe('in Redis');
  });
});

describe('a survey through fences', () => {
  it('shows a dropped value as a tombstone that no tier lacks, and so nothing is copied', async () => {
    const { put, redis, disk, stack, elsewhere } = setup();
    await put(redis, 'k', 'old', 'a');
    await elsewhere.raise([ofTag('a')], 'drop');
    const [survey] = await stack.survey(['k'], never);
    expect(survey).toMatchObject({ newest: { kind: 'dropped' }, holder: 'redis', lacking: [] });
    expect(await stack.fill(['k'], never)).toBe(0);
    expect(await disk.getMany(['k'], 'head', never)).toEqual([undefined]);
  });

  it('shows a stale value as past its ttl, and copies it as it is', async () => {
    const { put, redis, disk, stack, elsewhere } = setup();
    const entry = await put(redis, 'k', 'old', 'a');
    await elsewhere.raise([ofTag('a')], 'stale');
    const [survey] = await stack.survey(['k'], never);
    expect(survey?.newest).toMatchObject({ kind: 'value', staleAt: entry.head.checkedAt });
    expect(survey?.lacking).toEqual(['disk', 'memory']);
    expect(await stack.fill(['k'], never)).toBe(1);
    expect((await disk.getMany(['k'], 'head', never))[0]?.head).toEqual(entry.head);
  });

  it('of a scan and of one tier says the same', async () => {
    const { put, redis, stack, elsewhere } = setup();
    await put(redis, 'k', 'old', 'a');
    await elsewhere.raise([ofTag('a')], 'drop');
    for await (const page of stack.scan('', never)) {
      expect(page).toMatchObject([{ key: 'k', kind: 'dropped' }]);
    }
    const [held] = await stack.look(redis, ['k'], 'entry', never);
    expect(held).toMatchObject({ head: { kind: 'dropped' }, body: new Uint8Array(0) });
  });
});
