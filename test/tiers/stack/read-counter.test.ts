import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Events } from '../../../src/core/events.ts';
import {
  type ReadCount,
  ReadCounts,
  type ReadRow,
  WHOLE_READ,
} from '../../../src/core/metrics/read-counts.ts';
import { NEVER } from '../../../src/core/never.ts';
import { MemoryTier } from '../../../src/tiers/memory/memory-tier.ts';
import { RedisTier } from '../../../src/tiers/redis/redis-tier.ts';
import { MemoryRepairs } from '../../../src/tiers/stack/memory-repairs.ts';
import { ReadCounter } from '../../../src/tiers/stack/read-counter.ts';
import { TieredStack } from '../../../src/tiers/stack/tiered-stack.ts';
import { ChaosTier } from '../../support/chaos-tier.ts';
import { entryOf, FETCHED_AT, tombstoneOf } from '../../support/entries.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { connectRedis, uniquePrefix } from '../../support/redis.ts';

const NONE = { hits: 0, stale: 0, absent: 0, misses: 0, errors: 0 };
const sourceOf = (key: string) => key.slice(0, key.indexOf(':'));

function create(counts = new ReadCounts()) {
  const clock = new FakeClock(FETCHED_AT);
  const events = new Events();
  const memory = new ChaosTier({ tier: new MemoryTier({ maxSize: 1e6, clock }), clock });
  const tier = new RedisTier({ redis: connectRedis(), prefix: `${uniquePrefix()}:`, events });
  const redis = new ChaosTier({ tier, clock });
  const far = new ChaosTier({ tier: new MemoryTier({ name: 'far', maxSize: 1e6, clock }), clock });
  const reads = new ReadCounter(counts, sourceOf);
  const repairs = new MemoryRepairs({ bound: 100 });
  const stack = new TieredStack({ tiers: [memory, redis, far], clock, events, repairs, reads });
  onTestFinished(() => stack.close());
  const read = async (...keys: string[]) => {
    await stack.getMany(keys, 'entry', NEVER);
    await setImmediate(); // what was found is promoted
  };
  const put = (key: string, head: Parameters<typeof entryOf>[2] = {}) =>
    tier.putMany([{ kind: 'put', entry: entryOf(key, '1', { source: sourceOf(key), ...head }) }], NEVER);
  return { clock, counts, memory, redis, tier, far, stack, read, put };
}

function rowsOf(counts: ReadCounts): Record<string, Partial<ReadCount>> {
  return Object.fromEntries(
    counts
      .rows()
      .map(({ tier, source, ...ends }) => [
        `${tier} ${source}`,
        Object.fromEntries(Object.entries(ends).filter(([, count]) => count > 0)),
      ]),
  );
}

describe('reads are counted', () => {
  test('by tier and source, each key once at each tier that is asked, and once for the whole', async () => {
    const { counts, read, put } = create();
    await put('profile:a');
    await put('profile:b');
    await put('quote:1');
    await read('profile:a', 'profile:b', 'quote:1', 'profile:none');
    expect(rowsOf(counts)).toEqual({
      'memory profile': { misses: 3 },
      'memory quote': { misses: 1 },
      'redis profile': { hits: 2, misses: 1 },
      'redis quote': { hits: 1 },
      'far profile': { misses: 1 },
      'stack profile': { hits: 2, misses: 1 },
      'stack quote': { hits: 1 },
    });
    await read('profile:a');
    expect(counts.of('memory', 'profile')).toEqual({ ...NONE, hits: 1, misses: 3 });
    expect(counts.of('redis', 'profile')).toEqual({ ...NONE, hits: 2, misses: 1 });
    expect(counts.of(WHOLE_READ, 'profile')).toEqual({ ...NONE, hits: 3, misses: 1 });
  });

  test('as hits while due, as stale past the ttl, as misses once gone or dropped', async () => {
    const { clock, counts, read, put, tier } = create();
    await put('profile:a');
    await read('profile:a');
    await clock.advance(80_000);
    await read('profile:a');
    expect(rowsOf(counts)).toMatchObject({ 'redis profile': { hits: 2 }, 'stack profile': { hits: 2 } });
    await clock.advance(20_000);
    await read('profile:a');
    expect(rowsOf(counts)).toMatchObject({ 'memory profile': { stale: 1 }, 'stack profile': { stale: 1 } });
    const { stamp } = entryOf('profile:a', '').head;
    await tier.putMany([{ kind: 'put', entry: tombstoneOf('profile:a', stamp + 1) }], NEVER);
    await read('profile:a');
    expect(rowsOf(counts)['stack profile']).toEqual({ hits: 2, stale: 1, misses: 1 });
    await put('profile:b');
    await clock.advance(600_000);
    await read('profile:b');
    expect(rowsOf(counts)['stack profile']).toEqual({ hits: 2, stale: 1, misses: 2 });
  });

  test('as an error of the tier that does not answer, and of the whole when no other has the key', async () => {
    const { counts, read, put, redis } = create();
    await put('profile:a');
    await read('profile:a');
    redis.chaos.down = true;
    await read('profile:a', 'profile:b');
    expect(rowsOf(counts)).toEqual({
      'memory profile': { hits: 1, misses: 2 },
      'redis profile': { hits: 1, errors: 1 },
      'far profile': { misses: 1 },
      'stack profile': { hits: 2, errors: 1 },
    });
  });

  test('a remembered absence counts as absent, and heads are not counted', async () => {
    const { counts, read, put, stack } = create();
    await put('profile:a', { kind: 'absent' });
    await stack.getMany(['profile:a'], 'head', NEVER);
    expect(counts.rows()).toEqual([]);
    await read('profile:a');
    expect(counts.of(WHOLE_READ, 'profile')).toEqual({ ...NONE, absent: 1 });
  });
});

/** Whatever happens: a tier's ends add up to the keys that it was asked for, and the whole's to the keys that were read. */
async function checkSums(counts: ReadCounts): Promise<void> {
  const keys = fc.array(fc.constantFrom('profile:a', 'profile:b', 'quote:1', 'quote:2'), { maxLength: 6 });
  const step = fc.record({ read: keys, put: keys, down: fc.boolean(), ms: fc.nat(60_000) });
  const { clock, redis, far, memory, read, put } = create(counts);
  const asked: Record<string, number> = { [WHOLE_READ]: 0 };
  for (const tier of [memory, redis, far]) {
    asked[tier.name] = 0;
    const getMany = tier.getMany.bind(tier);
    tier.getMany = (wanted, want, signal) => {
      asked[tier.name] = (asked[tier.name] ?? 0) + wanted.length;
      return getMany(wanted, want, signal);
    };
  }
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
      for (const { read: wanted, put: written, down, ms } of steps) {
        redis.chaos.down = down;
        for (const key of written) await put(key, { stamp: clock.now() });
        await read(...new Set(wanted));
        asked[WHOLE_READ] = (asked[WHOLE_READ] ?? 0) + new Set(wanted).size;
        await clock.advance(ms);
      }
      expect(sums(counts.rows())).toEqual(asked);
    }),
    { numRuns: 25 },
  );
}

function sums(rows: readonly ReadRow[]): Record<string, number> {
  const byTier: Record<string, number> = { memory: 0, redis: 0, far: 0, [WHOLE_READ]: 0 };
  for (const { tier, hits, stale, misses, errors } of rows) {
    byTier[tier] = (byTier[tier] ?? 0) + hits + stale + misses + errors;
  }
  return byTier;
}

/** Loses every fiftieth count. */
class LosingCounts extends ReadCounts {
  #given = 0;

  override of(tier: string, source: string): ReadCount {
    this.#given += 1;
    return this.#given % 50 === 0 ? { ...NONE } : super.of(tier, source);
  }
}

test('the counts of a tier add up to the keys that it was asked for', () => checkSums(new ReadCounts()));

test('a lost count is caught', async () => {
  await expect(checkSums(new LosingCounts())).rejects.toThrow('Property failed');
});
