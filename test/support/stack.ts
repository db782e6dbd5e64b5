/** A stack of memory, Redis and disk, each under a chaos tier, on a real Redis and a real file. */
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { Events } from '../../src/core/events.ts';
import { ReadCounts, WHOLE_READ } from '../../src/core/metrics/read-counts.ts';
import { DiskTier } from '../../src/tiers/disk/disk-tier.ts';
import { MemoryTier } from '../../src/tiers/memory/memory-tier.ts';
import { RedisTier } from '../../src/tiers/redis/redis-tier.ts';
import { MemoryRepairs } from '../../src/tiers/stack/memory-repairs.ts';
import { ReadCounter } from '../../src/tiers/stack/read-counter.ts';
import { TieredStack, type TieredStackDeps } from '../../src/tiers/stack/tiered-stack.ts';
import type { Tier } from '../../src/tiers/tier.ts';
import type { StackSubject } from '../contract/stack.ts';
import { ChaosTier } from './chaos-tier.ts';
import { temporaryFolder } from './disk.ts';
import { EventLog } from './event-log.ts';
import { fencesOf } from './fences.ts';
import { connectRedis, uniquePrefix } from './redis.ts';

const MAX_BODY = 2e6;

export interface ChaoticStackDeps extends Pick<TieredStackDeps, 'fences' | 'reads'> {
  readonly clock: Clock;
  readonly events: Events;
  /** Whether there is a Redis tier; there is one unless told. */
  readonly redis?: boolean;
}

export function chaoticStack({ clock, events, redis = true, ...seen }: ChaoticStackDeps) {
  const path = join(temporaryFolder(), 'cache.db');
  const values = `${uniquePrefix()}:`;
  const chaotic = (tier: Tier) => new ChaosTier({ tier, clock });
  const memory = chaotic(new MemoryTier({ maxSize: 16e6, clock }));
  const shared = chaotic(
    new RedisTier({ redis: connectRedis(), prefix: values, events, maxBodyBytes: MAX_BODY }),
  );
  const disk = chaotic(
    new DiskTier({ path, maxSize: 100e6, timeout: 2_000, clock, events, maxBodyBytes: MAX_BODY }),
  );
  const repairs = new MemoryRepairs({ bound: 10_000 });
  const tiers = redis ? [memory, shared, disk] : [memory, disk];
  const stack = new TieredStack({ tiers, clock, events, repairs, ...seen });
  onTestFinished(() => stack.close());
  return { stack, memory, shared, disk, repairs, values, path };
}

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

/** On the machine's clock, with a log of its events. */
export function createStack({ redis, seen }: Layers = { redis: true }) {
  const events = new Events();
  const log = new EventLog(events, ['tier:repaired', 'tier:corrupt', 'problem']);
  const { shared, ...rest } = chaoticStack({ clock: systemClock, events, redis, ...seen });
  return { ...rest, redis: shared, log };
}
