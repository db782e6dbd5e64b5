import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Events } from '../../src/core/events.ts';
import { DiskTier } from '../../src/tiers/disk.ts';
import { Hearing } from '../../src/tiers/hearing.ts';
import type { Invalidation } from '../../src/tiers/invalidation.ts';
import { MemoryTier } from '../../src/tiers/memory.ts';
import { RedisBus } from '../../src/tiers/redis-bus.ts';
import { RedisFences } from '../../src/tiers/redis-fences.ts';
import type { Tier } from '../../src/tiers/tier.ts';
import { entryOf, FETCHED_AT } from '../support/entries.ts';
import { connectRedis, uniquePrefix } from '../support/redis.ts';

const never = new AbortController().signal;
const STAMP = 1_767_225_600_000_000;

function host(prefix: string, options: { readonly connect?: () => Redis; readonly start?: boolean } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'forewarm-bus-'));
  const events = new Events();
  const clock = systemClock;
  const memory = new MemoryTier({ maxSize: 1e6, clock });
  const disk = new DiskTier({ path: join(folder, 'cache.db'), maxSize: 1e8, timeout: 1_000, clock, events });
  const tiers = [memory, disk];
  const redis = connectRedis();
  const connect = options.connect ?? (() => redis.duplicate());
  const fences = new RedisFences({
    ...{ redis, brisk: redis, prefix, clock, events, longest: 600_000, carrier: undefined },
    origins: new Map([['profile', 'markets']]),
  });
  const hearing = new Hearing({ clock, bound: 300_000 });
  const sender = uniquePrefix();
  const bus = new RedisBus({ redis, connect, prefix, sender, tiers, fences, hearing, clock, events });
  onTestFinished(async () => {
    await bus.stop();
    await Promise.all(tiers.map((tier) => tier.close()));
    rmSync(folder, { recursive: true, force: true });
  });
  return { bus, memory, disk, fences, hearing, events, redis };
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

describe('the bus', () => {
  it('drops what another process invalidated, in memory and on the disk of this host', async () => {
    const prefix = uniquePrefix();
    const [here, there] = [host(prefix), host(prefix)];
    await put(here.memory, 'k');
    await put(here.disk, 'k');
    await here.bus.start();
    await there.bus.announce(invalidation(['k'], 'drop'));
    await until(isDropped(here.memory, 'k'));
    await until(isDropped(here.disk, 'k'));
  });

  it('leaves a value that was fetched after the invalidation', async () => {
    const prefix = uniquePrefix();
    const [here, there] = [host(prefix), host(prefix)];
    await put(here.memory, 'newer', STAMP + 20);
    await put(here.memory, 'older');
    await here.bus.start();
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

  it('tells a process that was not there, once it starts: its disk may have missed it', async () => {
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
        const client = there.redis.duplicate();
        clients.push(client);
        return client;
      },
    });
    await here.bus.start();
    await there.bus.announce(invalidation(['first'], 'drop'));
    await until(isDropped(here.memory, 'first'));
    await put(here.memory, 'k');
    clients[0]?.disconnect(true);
    await there.bus.announce(invalidation(['k'], 'drop'));
    await until(isDropped(here.memory, 'k'));
  });

  it('empties memory when messages were lost while it was away', async () => {
    const prefix = uniquePrefix();
    const [here, there] = [host(prefix), host(prefix)];
    await here.bus.start();
    await there.bus.announce(invalidation(['first'], 'drop'));
    await until(isDropped(here.memory, 'first'));
    await put(here.memory, 'k');
    await put(here.disk, 'k');
    // What trimming the stream under a receiver that is cut off comes to: a number is missing.
    await there.redis.incr(`${prefix}:{bus}:count`);
    await there.bus.announce(invalidation(['unrelated'], 'drop'));
    await until(async () => (await read(here.memory, 'k')) === undefined);
    expect(await read(here.disk, 'k')).toBeDefined();
  });

  it('reports a message it cannot read, and goes on', async () => {
    const prefix = uniquePrefix();
    const [here, there] = [host(prefix), host(prefix)];
    const problems: unknown[] = [];
    here.events.on('problem', (problem) => problems.push(problem));
    await put(here.memory, 'k');
    await here.bus.start();
    await there.redis.xadd(`${prefix}:{bus}:invalidations`, '*', 'n', '1', 'sender', 'x', 'message', '{}');
    await there.redis.set(`${prefix}:{bus}:count`, 1);
    await there.bus.announce(invalidation(['k'], 'drop'));
    await until(isDropped(here.memory, 'k'));
    expect(problems).toHaveLength(1);
  });
});
