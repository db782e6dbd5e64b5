import { expect, test } from 'vitest';
import { TickBatcher } from '../../src/flow/tick-batcher.ts';

test('keys that are asked for in one turn are handed over together, each once', async () => {
  const batches: string[][] = [];
  const batcher = new TickBatcher<number, unknown>(async (asked) => {
    batches.push(asked.map(({ key }) => key));
    for (const { item, resolve } of asked) resolve(item * 2);
  });
  const later = Promise.resolve().then(() => batcher.ask('c', 3));
  const answers = await Promise.all([batcher.ask('a', 1), batcher.ask('b', 2), batcher.ask('a', 9), later]);
  expect(answers).toEqual([2, 4, 2, 6]);
  expect(batches).toEqual([['a', 'b', 'c']]);
});

test('a key that is asked for while an answer is on its way is handed over again', async () => {
  let rounds = 0;
  const first = Promise.withResolvers<void>();
  const batcher = new TickBatcher<undefined, unknown>(async (asked) => {
    rounds += 1;
    const mine = rounds;
    if (mine === 1) await first.promise;
    for (const { resolve } of asked) resolve(mine);
  });
  const before = batcher.ask('a', undefined);
  await new Promise((resolve) => setImmediate(resolve));
  expect(await batcher.ask('a', undefined)).toBe(2);
  first.resolve();
  expect(await before).toBe(1);
});

test('a failure rejects all that asked, and none that ask later', async () => {
  let fails = true;
  const batcher = new TickBatcher<undefined, unknown>(async (asked) => {
    if (fails) throw new Error('no answer');
    for (const { resolve } of asked) resolve('answer');
  });
  const answers = await Promise.allSettled([batcher.ask('a', undefined), batcher.ask('b', undefined)]);
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  fails = false;
  expect(await batcher.ask('a', undefined)).toBe('answer');
});
