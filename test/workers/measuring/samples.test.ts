import { describe, expect, test } from 'vitest';
import type { Times } from '../../../src/core/entry.ts';
import { NEVER } from '../../../src/core/never.ts';
import { samples } from '../../../src/workers/measuring/samples.ts';
import { upkeep } from '../../../src/workers/measuring/upkeep.ts';
import { entryOf, FETCHED_AT } from '../../support/entries.ts';
import { newMeasuring } from '../../support/measuring.ts';
import { sourceWith } from '../../support/sources.ts';
import { createStack } from '../../support/stack.ts';

const SOURCE = sourceWith({ name: 'profile' });
const SOURCES = new Map([[SOURCE.name, SOURCE]]);
const NOW = FETCHED_AT + 1_000_000;

/** Times of what was fetched so many ms ago, with a ttl of 10,000, due at 8,000 and gone at 20,000. */
function fetched(ago: number): Times {
  const at = NOW - ago;
  return { fetchedAt: at, checkedAt: at, dueAt: at + 8_000, staleAt: at + 10_000, goneAt: at + 20_000 };
}

/** Four keys of the source that are to be kept warm: fresh, due and stale in the tiers, and one that is nowhere. */
async function create(due = NOW) {
  const { stack, disk, redis, memory } = createStack();
  const put = (tier: typeof disk, key: string, ago: number) =>
    tier.putMany([{ kind: 'put', entry: entryOf(key, '1', fetched(ago)) }], NEVER);
  const keys = ['profile:fresh', 'profile:due', 'profile:stale', 'profile:none'];
  await put(redis, 'profile:fresh', 1_000);
  await put(redis, 'profile:due', 9_000);
  await put(disk, 'profile:fresh', 1_000);
  await put(disk, 'profile:stale', 15_000);
  await put(memory, 'profile:none', 0);
  const outlook = { sample: async () => keys.map((key) => ({ key, due })) };
  const { section, unlisted } = samples({ outlook, stack, sources: SOURCES });
  return {
    measure: () => section(newMeasuring(NOW).measuring),
    unlisted: (now = NOW) => unlisted(SOURCE.name, now),
    disk,
  };
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

describe('what the work list does not show', () => {
  test('is none where every key is due there in time', async () => {
    const { measure, unlisted } = await create();
    await measure();
    expect(unlisted()?.expiring).toEqual([0, 0, 0]);
  });

  test('is what a job has put off: values that pass their ttl, and for how long they have been due', async () => {
    const { measure, unlisted } = await create(NOW + 3_600_000);
    expect(unlisted()).toBeUndefined();
    await measure();
    expect(unlisted()).toEqual({ expiring: [1, 1, 1], lag: 7_000 });
  });

  test('is added to what the list shows, and is no more than there are', async () => {
    const counted = { keys: 1_000, failing: 0, earliest: NOW + 60_000, dueBy: [0, 20, 700, 900] };
    const [worklist] = upkeep({
      ...{ catalog: { scan: async () => ({ records: [], cursor: undefined }) }, budgets: new Map() },
      ...{ ledger: { state: () => Promise.reject(new Error('is not asked')) }, sources: SOURCES },
      outlook: { of: async () => counted },
      unlisted: () => ({ expiring: [0.25, 0.25, 0.25], lag: 7_000 }),
    });
    const rows = await worklist?.(newMeasuring(NOW).measuring);
    expect(rows?.worklist).toEqual([{ source: 'profile', keys: 1_000, due: 0, failing: 0, lag: 7_000 }]);
    expect(rows?.expiring?.map(({ keys }) => keys)).toEqual([270, 950, 1_000]);
  });

  test('counts as long as its sample', async () => {
    const { measure, unlisted } = await create(NOW + 3_600_000);
    await measure();
    expect(unlisted(NOW + 300_000)).toBeDefined();
    expect(unlisted(NOW + 300_001)).toBeUndefined();
  });
});

test('a source without keys is not called warm or cold', async () => {
  const { stack } = createStack();
  const outlook = { sample: async () => [] };
  const { section } = samples({ outlook, stack, sources: SOURCES });
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
      return source === 'profile' ? [{ key: 'profile:fresh', due: NOW }] : [];
    },
  };
  const { section } = samples({ outlook, stack, sources });
  await section(newMeasuring(NOW).measuring);
  const { coverage } = await section(newMeasuring(NOW + 1).measuring);
  expect(coverage).toContainEqual({ tier: 'redis', source: 'profile', warm: 1 });
});
