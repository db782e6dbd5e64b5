import { describe, expect, test } from 'vitest';
import type { Times } from '../../../src/core/entry.ts';
import { NEVER } from '../../../src/core/never.ts';
import { samples } from '../../../src/workers/measuring/samples.ts';
import { entryOf, FETCHED_AT } from '../../support/entries.ts';
import { newMeasuring } from '../../support/measuring.ts';
import { sourceWith } from '../../support/sources.ts';
import { createStack } from '../../support/stack.ts';

const SOURCE = sourceWith({ name: 'profile' });
const NOW = FETCHED_AT + 1_000_000;

/** Times of what was fetched so many ms ago, with a ttl of 10,000, due at 8,000 and gone at 20,000. */
function fetched(ago: number): Times {
  const at = NOW - ago;
  return { fetchedAt: at, checkedAt: at, dueAt: at + 8_000, staleAt: at + 10_000, goneAt: at + 20_000 };
}

/** Four keys of the source that are to be kept warm: fresh, due and stale in the tiers, and one that is nowhere. */
async function create() {
  const { stack, disk, redis, memory } = createStack();
  const put = (tier: typeof disk, key: string, ago: number) =>
    tier.putMany([{ kind: 'put', entry: entryOf(key, '1', fetched(ago)) }], NEVER);
  const keys = ['profile:fresh', 'profile:due', 'profile:stale', 'profile:none'];
  await put(redis, 'profile:fresh', 1_000);
  await put(redis, 'profile:due', 9_000);
  await put(disk, 'profile:fresh', 1_000);
  await put(disk, 'profile:stale', 15_000);
  await put(memory, 'profile:none', 0);
  const outlook = { sample: async () => keys };
  const section = samples({ outlook, stack, sources: new Map([[SOURCE.name, SOURCE]]) });
  return { measure: () => section(newMeasuring(NOW).measuring), disk };
}

describe('of a sample of the keys that are to be kept warm', () => {
  test('each tier has its share, all of them have theirs, and the memory of one process counts for nothing', async () => {
    const { measure } = await create();
    const { coverage } = await measure();
    expect(coverage).toEqual([
      { tier: 'redis', source: 'profile', warm: 0.5 },
      { tier: 'disk', source: 'profile', warm: 0.25 },
      { tier: 'stack', source: 'profile', warm: 0.5 },
    ]);
  });

  test('the shares by freshness add up, and ages are those of what can be served', async () => {
    const { measure } = await create();
    const { stored } = await measure();
    expect(stored).toEqual([
      {
        ...{ source: 'profile', sampled: 4, fresh: 0.25, due: 0.25, stale: 0.25, gone: 0.25 },
        ...{ age50: 9_000, age95: 15_000, oldest: 15_000 },
      },
    ]);
  });

  test('a tier that does not answer has no share, and nothing is said of all of them', async () => {
    const { measure, disk } = await create();
    disk.chaos.down = true;
    const { coverage, stored } = await measure();
    expect(coverage).toEqual([{ tier: 'redis', source: 'profile', warm: 0.5 }]);
    expect(stored).toEqual([]);
  });
});

test('a source without keys is not called warm or cold', async () => {
  const { stack } = createStack();
  const outlook = { sample: async () => [] };
  const section = samples({ outlook, stack, sources: new Map([[SOURCE.name, SOURCE]]) });
  expect(await section(newMeasuring(NOW).measuring)).toEqual({ coverage: [], stored: [] });
});

test('a source that cannot be sampled takes no other with it, and does not keep others from their turn', async () => {
  const { stack, redis } = createStack();
  await redis.putMany([{ kind: 'put', entry: entryOf('profile:fresh', '1', fetched(1_000)) }], NEVER);
  const names = ['broken', ...Array.from({ length: 25 }, (_, i) => `other${i}`), 'profile'];
  const sources = new Map(names.map((name) => [name, sourceWith({ name })]));
  const outlook = {
    sample: async (source: string) => {
      if (source === 'broken') throw new Error('gone');
      return source === 'profile' ? ['profile:fresh'] : [];
    },
  };
  const section = samples({ outlook, stack, sources });
  await section(newMeasuring(NOW).measuring);
  const { coverage } = await section(newMeasuring(NOW + 1).measuring);
  expect(coverage).toContainEqual({ tier: 'redis', source: 'profile', warm: 1 });
});
