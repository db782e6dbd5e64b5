import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../../../src/core/clock.ts';
import { Events } from '../../../src/core/events.ts';
import { DiskTier } from '../../../src/tiers/disk/disk-tier.ts';
import { ALL, ofTag } from '../../../src/tiers/invalidation/fences.ts';
import type { Invalidation } from '../../../src/tiers/invalidation/invalidation.ts';
import { RedisBus } from '../../../src/tiers/invalidation/redis-bus.ts';
import { MemoryTier } from '../../../src/tiers/memory/memory-tier.ts';
import type { Tier } from '../../../src/tiers/tier.ts';
import { type Chaos, ChaosTier } from '../../support/chaos-tier.ts';
import { temporaryFolder } from '../../support/disk.ts';
import { entryOf, FETCHED_AT } from '../../support/entries.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { fencesOf } from '../../support/fences.ts';
import { connectRedis, uniquePrefix } from '../../support/redis.ts';
import { sourceWith } from '../../support/sources.ts';

const never = new AbortController().signal;
const STAMP = 1_767_225_600_000_000;

interface Host {
  readonly connect?: () => Redis;
  /** How long a busy disk is waited for, in ms. */
  readonly patience?: number;
  readonly clock?: Clock;
  /** What befalls memory when the bus writes to it. */
  readonly chaos?: Chaos;
}

function host(prefix: string, options: Host = {}) {
  const folder = temporaryFolder();
  const events = new Events();
  const { clock = systemClock, patience: timeout = 1_000, chaos = {} } = options;
  const memory = new MemoryTier({ maxSize: 1e6, clock: systemClock });
  const path = join(folder, 'cache.db');
  const disk = new DiskTier({ path, maxSize: 1e8, timeout, clock: systemClock, events });
  const disturbed = new ChaosTier({ tier: memory, clock, chaos });
  const tiers = [disturbed, disk];
  const redis = connectRedis();
  const sender = uniquePrefix();
  const connect = options.connect ?? (() => redis.duplicate({ connectionName: sender }));
  const fences = fencesOf({ prefix, redis, events, sources: [sourceWith()] });
  const heard: number[] = [];
  let spoken = 0;
  const busHealth = {
    caughtUp: (until: number) => void heard.push(until),
    published: () => {
      spoken += 1;
    },
    close: () => undefined,
  };
  const bus = new RedisBus({ redis, connect, prefix, sender, tiers, fences, busHealth, clock, events });
  onTestFinished(async () => {
    await bus.stop(Date.now() + 1_000);
    await Promise.all(tiers.map((tier) => tier.close()));
  });
  return { bus, memory, disturbed, disk, path, fences, heard, spoken: () => spoken, events, redis, sender };
}

function invalidation(keys: string[], mode: 'drop' | 'stale', stamp = STAMP + 10): Invalidation {
  return { source: 'profile', keys, mode, stamp, at: FETCHED_AT };
}

async function put(tier: Tier, key: string, stamp = STAMP) {
  await tier.putMany([{ kind: 'put', entry: entryOf(key, 'value', { stamp }) }], never);
}

async function read(tier: Tier, key: string) {
  const [entry] = await tier.getMany([key], 'entry', never);
  return entry;
}

/** Waits until the tier shows what is expected, for a bounded time. */
async function until(check: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 5_000;
  while (!(await check())) {
    if (performance.now() > end) throw new Error('it did not come to that within 5 s');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const isDropped = (tier: Tier, key: string) => async () => (await read(tier, key))?.head.kind === 'dropped';

/** Starts its bus, and resolves when it waits for what is said next. */
async function listening({ bus, redis, sender }: ReturnType<typeof host>): Promise<void> {
  await bus.start();
  await until(async () => {
    const clients = String(await redis.client('LIST')).split('\n');
    return clients.some((line) => line.includes(` name=${sender} `) && line.includes(' cmd=xread '));
  });
}

describe('the bus', () => {
  it('drops what another process invalidated, in memory and on the disk of this host', async () => {
    const prefix = uniquePrefix();
    const [here, there] = [host(prefix), host(prefix)];
    await listening(here);
    await put(here.memory, 'k');
    await put(here.disk, 'k');
    await there.bus.announce(invalidation(['k'], 'drop'));
    await until(isDropped(here.memory, 'k'));
    await until(isDropped(here.disk, 'k'));
  });

  it('leaves a value that was fetched after the invalidation', async () => {
    const prefix = uniquePrefix();
    const [here, there] = [host(prefix), host(prefix)];
    await listening(here);
    await put(here.memory, 'newer', STAMP + 20);
    await put(here.memory, 'older');
    await there.bus.announce(invalidation(['newer', 'older'], 'drop'));
    await until(isDropped(here.memory, 'older'));
    expect((await read(here.memory, 'newer'))?.head.kind).toBe('value');
  });

  it('keeps the body on disk when values are made stale, so that they can still be served', async () => {
    const prefix = uniquePrefix();
    const [here, there] = [host(prefix), host(prefix)];
    await put(here.disk, 'k');
    await here.bus.start();
    await there.bus.announce(invalidation(['k'], 'stale'));
    await until(async () => (await read(here.disk, 'k'))?.head.stamp === STAMP + 10);
    const entry = await read(here.disk, 'k');
    expect(entry?.head).toMatchObject({ kind: 'value', staleAt: FETCHED_AT });
    expect(Buffer.from(entry?.body ?? []).toString()).toBe('value');
  });

  it('leaves in memory what is made stale, past its ttl, and keeps out what is older', async () => {
    const prefix = uniquePrefix();
    const [here, there] = [host(prefix), host(prefix)];
    await listening(here);
    await put(here.memory, 'k');
    await there.bus.announce(invalidation(['k'], 'stale'));
    await until(async () => (await read(here.memory, 'k'))?.head.staleAt === FETCHED_AT);
    await put(here.memory, 'k', STAMP + 9);
    expect((await read(here.memory, 'k'))?.head).toMatchObject({ kind: 'value', stamp: STAMP });
  });

  it('reaches a process that was away, once it starts: its disk may have missed it', async () => {
    const prefix = uniquePrefix();
    const [here, there] = [host(prefix), host(prefix)];
    await put(here.disk, 'k');
    await there.bus.announce(invalidation(['k'], 'drop'));
    await here.bus.start();
    await until(isDropped(here.disk, 'k'));
  });

  it('reads on after a cut, without losing what was announced meanwhile', async () => {
    const prefix = uniquePrefix();
    const there = host(prefix);
    const clients: Redis[] = [];
    const here = host(prefix, {
      connect: () => {
        const client = there.redis.duplicate({ connectionName: here.sender });
        clients.push(client);
        return client;
      },
    });
    await listening(here);
    await put(here.memory, 'k');
    clients[0]?.disconnect(true);
    await there.bus.announce(invalidation(['k'], 'drop'));
    await until(isDropped(here.memory, 'k'));
  });

  /** One message is lost to a process that was cut off, as when the stream is trimmed; `numbered`: and its number is missing. */
  async function loseOne(numbered: boolean) {
    const prefix = uniquePrefix();
    const [here, there] = [host(prefix), host(prefix)];
    await listening(here);
    await put(here.memory, 'k');
    await put(here.disk, 'k');
    if (numbered) await there.redis.incr(`${prefix}:{bus}:count`);
    await there.bus.announce(invalidation(['unrelated'], 'drop'));
    await until(isDropped(here.memory, 'unrelated'));
    expect(await read(here.memory, 'k')).toBeUndefined();
    expect(await read(here.disk, 'k')).toBeDefined();
  }

  it('empties memory when messages were lost while it was away', () => loseOne(true));

  it('empties memory when messages were lost and none came since', async () => {
    const prefix = uniquePrefix();
    const [here, there] = [host(prefix), host(prefix)];
    await listening(here);
    await put(here.memory, 'k');
    await there.redis.incr(`${prefix}:{bus}:count`);
    await until(async () => (await read(here.memory, 'k')) === undefined);
  });

  it('starts with an empty memory when Redis was away: what it got may have been invalidated', async () => {
    const clock = new FakeClock();
    const here = host(uniquePrefix(), { clock });
    await put(here.memory, 'k');
    const listens = listening(here);
    await clock.advance(3_000);
    await listens;
    expect(await read(here.memory, 'k')).toBeUndefined();
  });

  it('replays what was announced before it started, the newest first', async () => {
    const prefix = uniquePrefix();
    const [here, there] = [host(prefix), host(prefix)];
    await put(here.memory, 'k');
    await put(here.memory, 'other');
    await there.bus.announce(invalidation(['k'], 'drop'));
    await listening(here);
    await until(isDropped(here.memory, 'k'));
    expect((await read(here.memory, 'other'))?.head.kind).toBe('value');
  });

  it('is caught when numbers do not tell of a loss', async () => {
    await expect(loseOne(false)).rejects.toThrow();
  });

  it('reports a message it cannot read, and goes on', async () => {
    const prefix = uniquePrefix();
    const [here, there] = [host(prefix), host(prefix)];
    const problems: unknown[] = [];
    here.events.on('problem', (problem) => problems.push(problem));
    await listening(here);
    await put(here.memory, 'k');
    await there.redis.incr(`${prefix}:{bus}:count`);
    await there.redis.xadd(`${prefix}:{bus}:invalidations`, '*', 'n', '1', 'sender', 'x', 'message', '{}');
    await there.bus.announce(invalidation(['k'], 'drop'));
    await until(isDropped(here.memory, 'k'));
    expect(problems).toHaveLength(1);
  });

  it('follows a Redis that lost its data and counts from one, and starts with an empty memory', async () => {
    const prefix = uniquePrefix();
    const [here, there] = [host(prefix), host(prefix)];
    await here.bus.start();
    for (const key of ['a', 'b', 'c']) await there.bus.announce(invalidation([key], 'drop'));
    await until(isDropped(here.memory, 'c'));
    await put(here.memory, 'k');
    await there.redis.del(`${prefix}:{bus}:count`, `${prefix}:{bus}:invalidations`);
    await until(async () => (await read(here.memory, 'k')) === undefined);
    await put(here.memory, 'k');
    await there.bus.announce(invalidation(['k'], 'drop'));
    await until(isDropped(here.memory, 'k'));
  });
});

describe('a disk that is locked', () => {
  it('keeps memory from nothing, and follows', async () => {
    const prefix = uniquePrefix();
    const [here, there] = [host(prefix, { patience: 60_000 }), host(prefix)];
    const keys = ['a', 'b'];
    for (const key of keys) await put(here.disk, key);
    const other = new DatabaseSync(here.path);
    onTestFinished(() => other.close());
    other.exec('BEGIN IMMEDIATE');
    await here.bus.start();
    for (const key of keys) await there.bus.announce(invalidation([key], 'drop'));
    for (const key of keys) await until(isDropped(here.memory, key));
    expect((await read(here.disk, 'a'))?.head.kind).toBe('value');
    other.exec('COMMIT');
    for (const key of keys) await until(isDropped(here.disk, key));
  });

  it('keeps a process that starts from busHealth what is kept, but not from what is new', async () => {
    const prefix = uniquePrefix();
    const [here, there] = [host(prefix, { patience: 60_000 }), host(prefix)];
    const kept = Array.from({ length: 150 }, (_, i) => `kept-${i}`);
    for (const key of kept) await there.bus.announce(invalidation([key], 'drop'));
    await put(here.disk, 'kept-0');
    const other = new DatabaseSync(here.path);
    onTestFinished(() => other.close());
    other.exec('BEGIN IMMEDIATE');
    await listening(here);
    expect(await read(here.memory, 'kept-0')).toBeUndefined();
    other.exec('COMMIT');
    await until(isDropped(here.disk, 'kept-0'));
  });
});

describe('fences on the bus', () => {
  const entry = { key: 'profile:1', source: 'profile', tags: ['a'], stamp: 1 };

  it('reach other processes without being asked for', async () => {
    const prefix = uniquePrefix();
    const [here, there] = [host(prefix), host(prefix)];
    await here.bus.start();
    await there.bus.fenced(await there.fences.raise([ofTag('a')], 'stale'));
    expect(there.spoken()).toBe(1);
    await until(async () => here.fences.modeOf(entry) === 'stale');
  });

  it('are known to a process that has started, and to one whose messages were lost', async () => {
    const prefix = uniquePrefix();
    const [here, there] = [host(prefix), host(prefix)];
    // Nobody is told: as if the process had died before it could.
    await there.fences.raise([ofTag('a')], 'stale');
    await here.bus.start();
    await until(async () => here.fences.modeOf(entry) === 'stale');
    await there.bus.announce(invalidation(['first'], 'drop'));
    await until(isDropped(here.memory, 'first'));
    await there.fences.raise([ofTag('a')], 'drop');
    await there.redis.incr(`${prefix}:{bus}:count`);
    await there.bus.announce(invalidation(['unrelated'], 'drop'));
    await until(async () => here.fences.modeOf(entry) === 'drop');
  });

  it('keep what they dropped from getting the stamp of what is made stale on a disk', async () => {
    const prefix = uniquePrefix();
    const [here, there] = [host(prefix), host(prefix)];
    await put(here.disk, 'k', 1);
    await here.bus.start();
    await there.fences.raise([ALL], 'drop');
    await there.bus.announce(invalidation(['k'], 'stale'));
    await until(isDropped(here.disk, 'k'));
  });
});

describe('what was extended', () => {
  const times = { checkedAt: FETCHED_AT + 50_000, dueAt: FETCHED_AT + 130_000 };

  function extension(key: string, stamp: number) {
    const { head } = entryOf(key, 'value');
    const { fetchedAt, staleAt, goneAt, checksum } = head;
    return { kind: 'extend', key, stamp, checksum, times: { fetchedAt, staleAt, goneAt, ...times } } as const;
  }

  it('lives longer in the memory of others, if it is the same body', async () => {
    const prefix = uniquePrefix();
    const [here, there] = [host(prefix), host(prefix)];
    await listening(here);
    await put(here.memory, 'k');
    await put(here.disk, 'k');
    const other = entryOf('other', 'another body', { stamp: STAMP });
    await here.memory.putMany([{ kind: 'put', entry: other }], never);
    await there.bus.extended([
      extension('k', STAMP + 5),
      extension('other', STAMP + 5),
      extension('none', 1),
    ]);
    await until(async () => (await read(here.memory, 'k'))?.head.stamp === STAMP + 5);
    expect((await read(here.memory, 'k'))?.head).toMatchObject(times);
    expect((await read(here.memory, 'other'))?.head).toEqual(other.head);
    expect(await read(here.memory, 'none')).toBeUndefined();
    // The disk of a host is written by its own workers.
    expect((await read(here.disk, 'k'))?.head.stamp).toBe(STAMP);
  });

  it('does not bring back what was dropped, or is newer', async () => {
    const prefix = uniquePrefix();
    const [here, there] = [host(prefix), host(prefix)];
    await listening(here);
    await put(here.memory, 'dropped');
    await put(here.memory, 'newer', STAMP + 9);
    await put(here.memory, 'last');
    await there.bus.announce(invalidation(['dropped'], 'drop', STAMP + 3));
    await until(isDropped(here.memory, 'dropped'));
    const extended = ['dropped', 'newer', 'last'].map((key) => extension(key, STAMP + 5));
    await there.bus.extended(extended);
    await until(async () => (await read(here.memory, 'last'))?.head.stamp === STAMP + 5);
    expect((await read(here.memory, 'dropped'))?.head.kind).toBe('dropped');
    expect((await read(here.memory, 'newer'))?.head.stamp).toBe(STAMP + 9);
  });

  it('takes no more room in Redis than a hundred messages or so', async () => {
    const prefix = uniquePrefix();
    const { bus, redis } = host(prefix);
    for (let n = 0; n < 400; n += 1) await bus.extended([extension('k', n)]);
    expect(await redis.xlen(`${prefix}:{bus}:extensions`)).toBeLessThan(250);
  });
});

describe('whether the bus is heard', () => {
  it('does not count as caught up with what came while an answer was processed', async () => {
    const prefix = uniquePrefix();
    const clock = new FakeClock();
    const [here, there] = [host(prefix, { clock }), host(prefix)];
    await listening(here);
    here.disturbed.chaos.delay = 3_000;
    const { calls } = here.disturbed;
    await there.bus.announce(invalidation(['k'], 'drop'));
    await until(async () => here.disturbed.calls > calls);
    const told = here.heard.length;
    await clock.advance(3_000);
    await until(async () => here.heard.length > told);
    expect(here.heard[told]).toBe(0);
  });

  it('is reported from the start on, and while nothing is announced', async () => {
    const here = host(uniquePrefix());
    await here.bus.start();
    expect(here.heard).toHaveLength(1);
    await until(async () => here.heard.length > 2);
  });
});
