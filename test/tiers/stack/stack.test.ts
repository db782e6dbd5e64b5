import { describe, expect, it } from 'vitest';
import type { Tier } from '../../../src/tiers/tier.ts';
import { STACK_CLAUSES } from '../../contract/stack.ts';
import { describeContract } from '../../contract/suite.ts';
import { SWEEPS, SWEEPS_IN_PARTS } from '../../contract/tier.life.ts';
import {
  expectEntry,
  extendOf,
  getOne,
  put,
  putOf,
  SIGNAL,
  scanKeys,
  write,
} from '../../contract/tier.steps.ts';
import { describeTier } from '../../contract/tier.ts';
import { entryOf, FETCHED_AT, tombstoneOf } from '../../support/entries.ts';
import { createCountedStack, createStack } from '../../support/stack.ts';

/** Promotions go on in the background; memory takes them at once, the others when they come. */
async function eventually(tier: Tier, key: string): Promise<void> {
  await expect.poll(() => getOne(tier, key)).toBeDefined();
}

describe('a read through the stack', () => {
  it('asks each tier only for what is still missing', async () => {
    const { stack, memory, redis, disk } = createStack();
    await put(memory, entryOf('m', '1'));
    await put(redis, entryOf('r', '2'));
    await put(disk, entryOf('d', '3'));
    const asked: string[][] = [];
    for (const tier of [memory, redis, disk]) {
      const getMany = tier.getMany.bind(tier);
      tier.getMany = (keys, ...rest) => {
        asked.push([...keys]);
        return getMany(keys, ...rest);
      };
    }
    const answers = await stack.getMany(['d', 'none', 'm', 'r'], 'entry', SIGNAL);
    expect(answers.map((entry) => entry?.head.key)).toEqual(['d', undefined, 'm', 'r']);
    expect(asked).toEqual([
      ['d', 'none', 'm', 'r'],
      ['d', 'none', 'r'],
      ['d', 'none'],
    ]);
  });

  it('ends at a tombstone, whatever the tiers below still hold', async () => {
    const { stack, redis, disk } = createStack();
    await put(disk, entryOf('k', 'old', { stamp: 1 }));
    await put(redis, tombstoneOf('k', 2));
    expect((await getOne(stack, 'k'))?.head.kind).toBe('dropped');
  });

  it('finds below a tombstone what its tier missed, and brings it there', async () => {
    const { stack, redis, disk } = createStack();
    const newer = entryOf('k', 'new', { stamp: 3 });
    await put(disk, newer);
    await put(redis, tombstoneOf('k', 2));
    await expectEntry(stack, newer);
    await expect.poll(async () => (await getOne(redis, 'k'))?.head.stamp).toBe(3);
  });

  it('takes nothing that is older than what a tier above has, a tombstone in memory included', async () => {
    const { stack, memory, redis, disk } = createStack();
    await put(memory, tombstoneOf('k', 5));
    await put(redis, entryOf('k', 'missed the tombstone', { stamp: 4 }));
    expect(await getOne(stack, 'k')).toBeUndefined();
    const due = entryOf('v', 'due', { stamp: 5, dueAt: 1 });
    await put(memory, due);
    await put(redis, entryOf('v', 'older', { stamp: 4 }));
    await expectEntry(stack, due);
    const newest = entryOf('v', 'newest', { stamp: 6 });
    await put(disk, newest);
    await expectEntry(stack, newest);
  });

  it('copies what it found to the tiers above, as old as it is', async () => {
    const { stack, memory, redis, disk } = createStack();
    const entry = entryOf('k', 'x', { stamp: 7, checkedAt: FETCHED_AT + 5, tags: ['t'] });
    await put(disk, entry);
    await getOne(stack, 'k');
    for (const tier of [memory, redis]) {
      await eventually(tier, 'k');
      await expectEntry(tier, entry);
    }
  });

  it('copies nothing over something newer that came meanwhile', async () => {
    const { stack, memory, redis } = createStack();
    await put(redis, entryOf('k', 'old', { stamp: 1 }));
    const reading = getOne(stack, 'k');
    const newer = tombstoneOf('k', 2);
    await put(memory, newer);
    await reading;
    await expectEntry(memory, newer);
  });

  it('copies neither heads nor what is gone', async () => {
    const { stack, memory, disk } = createStack();
    await put(disk, entryOf('k', 'x'), entryOf('gone', 'x', { goneAt: 1_000 }));
    await stack.getMany(['k'], 'head', SIGNAL);
    expect(await getOne(stack, 'gone')).toBeDefined();
    expect(await memory.getMany(['k', 'gone'], 'head', SIGNAL)).toEqual([undefined, undefined]);
  });

  it('is neither held up nor failed by a copy that hangs or fails', async () => {
    const { stack, memory, disk } = createStack({ redis: false });
    await put(disk, entryOf('a', 'x'), entryOf('b', 'x'));
    memory.putMany = () => new Promise(() => undefined);
    expect(await getOne(stack, 'a')).toBeDefined();
    memory.putMany = () => Promise.reject(new Error('no'));
    expect(await getOne(stack, 'b')).toBeDefined();
    await stack.close();
  });

  it('survives the failure of any tier, and of all', async () => {
    const { stack, memory, redis, disk } = createStack();
    await put(stack, entryOf('k', 'x'));
    for (const tier of [memory, redis, disk]) {
      tier.chaos.down = true;
      expect(await getOne(stack, 'k'), `without ${tier.name}`).toBeDefined();
      tier.chaos.down = false;
    }
    for (const tier of [memory, redis, disk]) tier.chaos.down = true;
    expect(await getOne(stack, 'k')).toBeUndefined();
  });
});

describe('a write through the stack', () => {
  it('reaches every tier and says what came of it in each', async () => {
    const { stack, memory, redis, disk } = createStack();
    const entry = entryOf('k', 'x');
    await put(redis, entryOf('newer', 'x', { stamp: 9 }));
    const through = await stack.writeThrough(
      [putOf(entry), putOf(entryOf('newer', 'y', { stamp: 8 }))],
      SIGNAL,
    );
    expect(through.verdicts).toEqual(['written', 'superseded']);
    const zero = { superseded: 0, missing: 0, tooLarge: 0, notKept: 0, failed: 0 };
    expect(through.tiers).toEqual([
      { ...zero, tier: 'redis', written: 1, superseded: 1 },
      { ...zero, tier: 'disk', written: 2 },
      { ...zero, tier: 'memory', written: 1 },
    ]);
    for (const tier of [memory, redis, disk]) await expectEntry(tier, entry);
    expect(await getOne(memory, 'newer'), 'memory is not told of what lost').toBeUndefined();
  });

  it('brings tiers that disagree to the newest, before it answers', async () => {
    const { stack, redis, disk } = createStack();
    const newer = entryOf('k', 'newer', { stamp: 9 });
    await put(disk, newer);
    expect(await write(stack, putOf(entryOf('k', 'older', { stamp: 8 })))).toBe('superseded');
    await expectEntry(redis, newer);
    const tombstone = tombstoneOf('t', 5);
    await put(redis, tombstone);
    expect(await write(stack, putOf(entryOf('t', 'late', { stamp: 4 })))).toBe('superseded');
    await expectEntry(disk, tombstone);
  });

  it('tells memory of a tombstone also when something newer is in the other tiers', async () => {
    const { stack, memory, redis } = createStack();
    await put(memory, entryOf('k', 'oldest', { stamp: 1 }));
    await put(redis, entryOf('k', 'newest', { stamp: 3 }));
    expect(await write(stack, putOf(tombstoneOf('k', 2)))).toBe('superseded');
    expect((await getOne(memory, 'k'))?.head).toMatchObject({ kind: 'dropped', stamp: 2 });
  });

  it('extends where one tier has lost the body, and gives it back to that tier', async () => {
    const { stack, redis, disk } = createStack();
    const entry = entryOf('k', 'confirmed', { stamp: 5 });
    await put(disk, entry);
    const extend = extendOf(entry, 6, 1_000);
    expect(await write(stack, extend)).toBe('written');
    await expectEntry(redis, { head: { ...entry.head, ...extend.times, stamp: 6 }, body: entry.body });
  });

  it('goes on without a tier that fails, and notes what it missed', async () => {
    const { stack, redis, disk, repairs } = createStack();
    redis.chaos.down = true;
    const { verdicts, tiers } = await stack.writeThrough([putOf(entryOf('k', 'x'))], SIGNAL);
    expect(verdicts).toEqual(['written']);
    expect(tiers[0]).toMatchObject({ tier: 'redis', written: 0, failed: 1, error: 'chaos: down' });
    expect(await getOne(disk, 'k')).toBeDefined();
    expect((await repairs.list(redis, 10)).map(({ key }) => key)).toEqual(['k']);
  });

  it('rejects when no tier that outlives the process took it', async () => {
    const { stack, memory, redis, disk } = createStack();
    redis.chaos.down = true;
    disk.chaos.down = true;
    await expect(write(stack, putOf(entryOf('k', 'x')))).rejects.toMatchObject({
      code: 'E_TIER_UNAVAILABLE',
    });
    expect(await getOne(memory, 'k'), 'this process can serve it all the same').toBeDefined();
  });
});

describe('a survey of the stack', () => {
  it('finds the newest head of each key that outlives the process, and the tiers that lack it', async () => {
    const { stack, memory, redis, disk } = createStack();
    const newer = entryOf('differs', 'newer', { stamp: 2 });
    await put(stack, entryOf('everywhere', 'x'));
    await put(redis, newer, tombstoneOf('dropped', 5));
    await put(disk, entryOf('differs', 'older', { stamp: 1 }), entryOf('disk', 'x'));
    await put(memory, entryOf('memory', 'x'));
    const keys = ['everywhere', 'differs', 'disk', 'dropped', 'memory'];
    const surveys = await stack.survey(keys, SIGNAL);
    expect(surveys.map(({ key, holder, lacking }) => ({ key, holder, lacking }))).toEqual([
      { key: 'everywhere', holder: 'redis', lacking: [] },
      { key: 'differs', holder: 'redis', lacking: ['disk', 'memory'] },
      { key: 'disk', holder: 'disk', lacking: ['redis', 'memory'] },
      { key: 'dropped', holder: 'redis', lacking: [] },
      { key: 'memory', holder: undefined, lacking: ['redis', 'disk', 'memory'] },
    ]);
    expect(surveys[1]?.newest).toEqual(newer.head);
  });

  it('counts a tier that does not answer as lacking, and rejects when none does', async () => {
    const { stack, redis, disk } = createStack();
    await put(stack, entryOf('k', 'x'));
    redis.chaos.down = true;
    expect(await stack.survey(['k'], SIGNAL)).toMatchObject([{ holder: 'disk', lacking: ['redis'] }]);
    disk.chaos.down = true;
    await expect(stack.survey(['k'], SIGNAL)).rejects.toMatchObject({ code: 'E_TIER_UNAVAILABLE' });
  });

  it('is filled up by copies from the tier that holds the newest', async () => {
    const { stack, memory, redis, disk, repairs } = createStack();
    const a = entryOf('a', 'a', { stamp: 2, etag: '"1"' });
    await put(redis, a);
    await put(
      disk,
      entryOf('a', 'old', { stamp: 1 }),
      entryOf('b', 'b'),
      entryOf('gone', 'x', { goneAt: 1_000 }),
    );
    expect(await stack.fill(['a', 'b', 'gone', 'none'], SIGNAL)).toBe(2);
    await expectEntry(disk, a);
    await expectEntry(memory, a);
    expect(await getOne(redis, 'b')).toBeDefined();
    expect(await stack.fill(['a', 'b'], SIGNAL)).toBe(0);
    await put(disk, entryOf('c', 'c'));
    redis.putMany = () => Promise.reject(new Error('no'));
    expect(await stack.fill(['c'], SIGNAL)).toBe(0);
    expect(await repairs.count(redis)).toBe(1);
  });
});

describe('a scan of the stack', () => {
  it('gives each key of any tier once, as the shared tier has it', async () => {
    const { stack, memory, redis, disk } = createStack();
    await put(redis, entryOf('a', 'redis', { stamp: 2 }), entryOf('b', 'x'));
    await put(disk, entryOf('a', 'disk', { stamp: 1 }), entryOf('c', 'x'));
    await put(memory, entryOf('b', 'x'), entryOf('d', 'x'));
    expect(await scanKeys(stack, '')).toEqual(['a', 'b', 'c', 'd']);
    for await (const page of stack.scan('a', SIGNAL)) expect(page.map(({ stamp }) => stamp)).toEqual([2]);
  });

  it('passes over a tier that is down, and does not hide one that fails midway', async () => {
    const { stack, redis } = createStack();
    await put(stack, ...Array.from({ length: 2_500 }, (_, i) => entryOf(`k:${i}`, 'x')));
    redis.chaos.down = true;
    expect(await scanKeys(stack, '')).toHaveLength(2_500);
    redis.chaos.down = false;
    const pages = stack.scan('', SIGNAL)[Symbol.asyncIterator]();
    await pages.next();
    redis.chaos.down = true;
    await expect(pages.next()).rejects.toThrow('chaos: down');
  });
});

describeContract('the contract of the stack, on memory, redis and disk', STACK_CLAUSES, createCountedStack);

describeTier('a stack of memory, redis and disk', {
  create: () => ({ tier: createStack().stack }),
  except: {
    [SWEEPS]: 'Redis expires entries by its own clock, which no test moves',
    [SWEEPS_IN_PARTS]: 'Redis expires entries by its own clock, which no test moves',
  },
});

describeTier('a stack of memory and disk', { create: () => ({ tier: createStack({ redis: false }).stack }) });
