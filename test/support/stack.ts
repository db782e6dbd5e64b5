/** A stack of memory, Redis and disk, each under a chaos tier, on a real Redis and a real file. */
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Events } from '../../src/core/events.ts';
import { ReadCounts, WHOLE_READ } from '../../src/core/read-counts.ts';
import { DiskTier } from '../../src/tiers/disk/disk-tier.ts';
import { MemoryTier } from '../../src/tiers/memory/memory-tier.ts';
import { RedisTier } from '../../src/tiers/redis/redis-tier.ts';
import { MemoryRepairs } from '../../src/tiers/stack/memory-repairs.ts';
import { ReadCounter } from '../../src/tiers/stack/read-counter.ts';
import { TieredStack, type TieredStackDeps } from '../../src/tiers/stack/tiered-stack.ts';
import type { StackSubject } from '../contract/stack.ts';
import { ChaosTier } from './chaos-tier.ts';
import { temporaryFolder } from './disk.ts';
import { EventLog } from './event-log.ts';
import { fencesOf } from './fences.ts';
import { connectRedis, uniquePrefix } from './redis.ts';

const MAX_BODY = 2e6;

/** As its contract has it: with fences, and reads that are counted. */
export function createCountedStack(): StackSubject {
  const counts = new ReadCounts();
  const reads = new ReadCounter(counts, () => 'profile');
  const { stack, memory, redis, disk } = createStack({
    redis: true,
    seen: { fences: fencesOf({ prefix: uniquePrefix() }), reads },
  });
  const counted = () => {
    const { hits, stale, misses, errors } = counts.of(WHOLE_READ, 'profile');
    return hits + stale + misses + errors;
  };
  return { stack, memory, shared: redis, disk, counted };
}

interface Layers {
  readonly redis: boolean;
  readonly seen?: Pick<TieredStackDeps, 'fences' | 'reads'>;
}

export function createStack(layers: Layers = { redis: true }) {
  const clock = systemClock;
  const events = new Events();
  const log = new EventLog(events, ['tier:repaired', 'tier:corrupt', 'problem']);
  const chaotic = (tier: MemoryTier | RedisTier | DiskTier) => new ChaosTier({ tier, clock });
  const path = join(temporaryFolder(), 'cache.db');
  const memory = chaotic(new MemoryTier({ maxSize: 16e6, clock }));
  const redis = chaotic(
    new RedisTier({ redis: connectRedis(), prefix: `${uniquePrefix()}:`, events, maxBodyBytes: MAX_BODY }),
  );
  const disk = chaotic(
    new DiskTier({ path, maxSize: 100e6, timeout: 2_000, clock, events, maxBodyBytes: MAX_BODY }),
  );
  const repairs = new MemoryRepairs({ bound: 10_000 });
  const tiers = layers.redis ? [memory, redis, disk] : [memory, disk];
  const stack = new TieredStack({ tiers, clock, events, repairs, ...layers.seen });
  onTestFinished(() => stack.close());
  return { stack, memory, redis, disk, repairs, log, path };
}
