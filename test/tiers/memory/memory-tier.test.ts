import { describe, expect, it } from 'vitest';
import { Events } from '../../../src/core/events.ts';
import { MemoryTier, memoryOptions } from '../../../src/tiers/memory/memory-tier.ts';
import { extendOf, getOne, put, putOf, SIGNAL, write } from '../../contract/tier.steps.ts';
import { describeTier } from '../../contract/tier.ts';
import { entryOf, FETCHED_AT, tombstoneOf } from '../../support/entries.ts';
import { EventLog } from '../../support/event-log.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function setup(maxSize: number) {
  const clock = new FakeClock(FETCHED_AT);
  return { clock, tier: new MemoryTier({ maxSize, clock }) };
}

describe('the memory tier', () => {
  it('is on, with 256 MB, by default', () => {
    expect(memoryOptions.parse({})).toEqual({
      enabled: true,
      fill: { keys: 10_000, share: 0.9, within: 30_000 },
      maxSize: 256_000_000,
      maxAgeWithoutBus: 300_000,
    });
  });

  it('stays within its bound and lets the least recently used go first', async () => {
    const { tier } = setup(100_000);
    const body = Buffer.alloc(1_000);
    for (let i = 0; i < 500; i += 1) {
      await put(tier, entryOf(`k:${i}`, body));
      expect(tier.peek('k:0'), 'used all the time').toBeDefined();
      expect((await tier.usage(SIGNAL)).bytes).toBeLessThanOrEqual(100_000);
    }
    expect(await getOne(tier, 'k:499')).toBeDefined();
    expect(await getOne(tier, 'k:1')).toBeUndefined();
  });

  it('gives by peek what getMany gives, at once', async () => {
    const { tier } = setup(1e6);
    await put(tier, entryOf('k', 'x'), tombstoneOf('t', 1));
    expect(tier.peek('k')).toBe(await getOne(tier, 'k'));
    expect(tier.peek('t')?.head.kind).toBe('dropped');
    expect(tier.peek('none')).toBeUndefined();
  });

  it('keeps tombstones until they are gone, whatever pushes in', async () => {
    const { tier } = setup(100_000);
    await put(tier, tombstoneOf('k', 5));
    for (let i = 0; i < 500; i += 1) await put(tier, entryOf(`other:${i}`, Buffer.alloc(1_000)));
    expect(await write(tier, putOf(entryOf('k', 'late', { stamp: 4 })))).toBe('superseded');
  });

  describe('given a soft tombstone', () => {
    const soft = (stamp: number) => ({ kind: 'put', entry: tombstoneOf('k', stamp), soft: true }) as const;

    it('keeps the value, past its ttl, and takes none that is older', async () => {
      const { clock, tier } = setup(1e6);
      await put(tier, entryOf('k', 'value', { stamp: 3 }));
      await write(tier, soft(5));
      const { stamp, dueAt, staleAt, kind } = tier.peek('k')?.head ?? {};
      expect({ stamp, kind }).toEqual({ stamp: 3, kind: 'value' });
      expect([dueAt, staleAt]).toEqual([FETCHED_AT, FETCHED_AT]);
      expect(await write(tier, putOf(entryOf('k', 'late', { stamp: 4 })))).toBe('superseded');
      expect(await write(tier, putOf(entryOf('k', 'new', { stamp: 6 })))).toBe('written');
      expect(tier.peek('k')?.head.staleAt).toBeGreaterThan(clock.now());
    });

    it('hides nothing, and keeps out what is older also where no value is held any more', async () => {
      const { tier } = setup(100_000);
      await write(tier, soft(5));
      expect(tier.peek('k')).toBeUndefined();
      for (let i = 0; i < 500; i += 1) await put(tier, entryOf(`other:${i}`, Buffer.alloc(1_000)));
      expect(await write(tier, putOf(entryOf('k', 'late', { stamp: 4 })))).toBe('superseded');
    });

    it('goes on hiding what was dropped, and hides nothing that came after that', async () => {
      const { tier } = setup(1e6);
      await put(tier, tombstoneOf('k', 4));
      await write(tier, soft(6));
      expect(tier.peek('k')?.head).toMatchObject({ kind: 'dropped', stamp: 4 });
      expect(await write(tier, putOf(entryOf('k', 'late', { stamp: 5 })))).toBe('superseded');
      await put(tier, tombstoneOf('k', 7));
      expect(tier.peek('k')?.head).toMatchObject({ kind: 'dropped', stamp: 7 });
    });

    it('keeps no tombstone that is older, and not soft, from hiding what is older still', async () => {
      const { tier } = setup(1e6);
      await put(tier, entryOf('k', 'value', { stamp: 3 }));
      await write(tier, soft(6));
      expect(await write(tier, putOf(tombstoneOf('k', 2)))).toBe('superseded');
      expect(tier.peek('k')?.head).toMatchObject({ kind: 'value', stamp: 3 });
      expect(await write(tier, putOf(tombstoneOf('k', 4)))).toBe('written');
      expect(tier.peek('k')?.head).toMatchObject({ kind: 'dropped', stamp: 4 });
      expect(await write(tier, putOf(tombstoneOf('k', 3)))).toBe('superseded');
      expect(await write(tier, putOf(entryOf('k', 'late', { stamp: 5 })))).toBe('superseded');
      expect(await write(tier, putOf(entryOf('k', 'new', { stamp: 7 })))).toBe('written');
    });

    it('takes the word of the origin that the value is as it was, if that is newer', async () => {
      const { tier } = setup(1e6);
      await put(tier, entryOf('k', 'value', { stamp: 3 }));
      await write(tier, soft(5));
      const value = entryOf('k', 'value');
      expect(await write(tier, extendOf(value, 4, 1_000))).toBe('superseded');
      expect(await write(tier, extendOf(value, 6, 1_000))).toBe('written');
      expect(await write(tier, putOf(entryOf('k', 'late', { stamp: 5 })))).toBe('superseded');
    });

    it('removes both when they are gone', async () => {
      const { tier } = setup(1e6);
      await put(tier, entryOf('k', 'value', { stamp: 3 }));
      await write(tier, soft(5));
      await tier.sweep(Number.MAX_SAFE_INTEGER, 10, SIGNAL);
      expect(await tier.usage(SIGNAL)).toEqual({ entries: 0, bytes: 0 });
    });
  });

  it('removes tombstones that are gone without a sweep', async () => {
    const { clock, tier } = setup(1e6);
    await put(tier, tombstoneOf('old', 5, { goneAt: FETCHED_AT + 10 }));
    await clock.advance(10);
    await put(tier, tombstoneOf('new', 6));
    expect((await tier.usage(SIGNAL)).entries).toBe(1);
  });

  it('refuses older writes also when tombstones outgrow their share, until those would be gone', async () => {
    const { clock, tier } = setup(36_000);
    const goneAt = FETCHED_AT + 1_000;
    for (let i = 0; i < 100; i += 1) await put(tier, tombstoneOf(`k:${i}`, 100 + i, { goneAt }));
    expect((await tier.usage(SIGNAL)).entries).toBeLessThan(20);
    expect(await write(tier, putOf(entryOf('k:0', 'late', { stamp: 99 })))).toBe('superseded');
    expect(await write(tier, putOf(entryOf('k:1', 'newer', { stamp: 300 })))).toBe('written');
    await clock.advance(1_000);
    expect(await write(tier, putOf(entryOf('k:2', 'long after', { stamp: 99 })))).toBe('written');
  });

  it('does not keep a large buffer alive for the sake of a slice of it', async () => {
    const { tier } = setup(1e6);
    const chunk = Buffer.alloc(64_000, 'x');
    await put(tier, entryOf('k', chunk.subarray(100, 200)));
    expect((await getOne(tier, 'k'))?.body.buffer.byteLength).toBe(100);
  });
});

describe('what memory lets go of', () => {
  const evictions = (maxSize: number) => {
    const clock = new FakeClock(FETCHED_AT);
    const events = new Events();
    const log = new EventLog(events, ['tier:evicted']);
    const tier = new MemoryTier({ maxSize, clock, events });
    return { clock, tier, told: () => log.seen.map(({ payload }) => payload) };
  };
  const many = (count: number, more = {}) =>
    Array.from({ length: count }, (_, i) => entryOf(`k:${i}`, Buffer.alloc(1_000), more));

  it('is reported once for a batch, with how much of it was never read', async () => {
    const { tier, told } = evictions(20_000);
    await put(tier, ...many(10));
    expect(told()).toEqual([]);
    tier.peek('k:0');
    await tier.getMany(['k:1', 'k:2'], 'entry', SIGNAL);
    await tier.getMany(['k:3'], 'head', SIGNAL);
    // Least recently used: 3 to 9, then 0 to 2, which were read.
    await put(tier, ...many(10).map(({ head, body }) => entryOf(`l:${head.key}`, body)));
    expect(told()).toEqual([{ tier: 'memory', keys: 7, unread: 7 }]);
    await put(tier, ...many(3).map(({ head, body }) => entryOf(`m:${head.key}`, body)));
    expect(told().slice(1)).toEqual([{ tier: 'memory', keys: 3, unread: 0 }]);
  });

  it('takes a value that was confirmed for read, and one that was replaced for unread', async () => {
    const { tier, told } = evictions(5_000);
    const [confirmed, replaced] = [entryOf('a', Buffer.alloc(1_000)), entryOf('b', Buffer.alloc(1_000))];
    await put(tier, confirmed, replaced);
    await tier.getMany(['a', 'b'], 'entry', SIGNAL);
    await write(tier, extendOf(confirmed, confirmed.head.stamp + 1, 1_000));
    await put(tier, entryOf('b', Buffer.alloc(1_000, 1)));
    await put(tier, ...many(3));
    expect(told()).toEqual([{ tier: 'memory', keys: 2, unread: 1 }]);
  });

  it('is removed when it is gone, before anything else has to be, and that is not reported', async () => {
    const { clock, tier, told } = evictions(20_000);
    await put(
      tier,
      ...many(5, { goneAt: FETCHED_AT + 10 }),
      ...many(5).map((e) => entryOf(`l:${e.head.key}`, e.body)),
    );
    for (let i = 0; i < 5; i += 1) tier.peek(`k:${i}`);
    await clock.advance(10);
    for (let i = 0; i < 10; i += 1) await put(tier, entryOf('small', ''));
    expect((await tier.usage(SIGNAL)).entries).toBe(6);
    await put(tier, ...many(5));
    expect(told()).toEqual([]);
    expect(tier.peek('l:k:0')).toBeDefined();
  });
});

describeTier('memory', { create: () => ({ tier: setup(16e6).tier }) });
