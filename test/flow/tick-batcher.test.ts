import { expect, test } from 'vitest';
import { TickBatcher } from '../../src/flow/tick-batcher.ts';

test('what is asked for in one turn is answered together, each key once', async () => {
  const batches: string[][] = [];
  const gather = new TickBatcher<number>(async (asked) => {
    batches.push(asked.map(({ key }) => key));
    for (const { item, resolve } of asked) resolve(item * 2);
  });
  const later = Promise.resolve().then(() => gather.ask('c', 3));
  const answers = await Promise.all([gather.ask('a', 1), gather.ask('b', 2), gather.ask('a', 9), later]);
  expect(answers).toEqual([2, 4, 2, 6]);
  expect(batches).toEqual([['a', 'b', 'c']]);
});

test('what is asked for while an answer is on its way is asked for anew', async () => {
  let rounds = 0;
  const first = Promise.withResolvers<void>();
  const gather = new TickBatcher<undefined>(async (asked) => {
    rounds += 1;
    const mine = rounds;
    if (mine === 1) await first.promise;
    for (const { resolve } of asked) resolve(mine);
  });
  const before = gather.ask('a', undefined);
  await new Promise((resolve) => setImmediate(resolve));
  expect(await gather.ask('a', undefined)).toBe(2);
  first.resolve();
  expect(await before).toBe(1);
});

test('a failure ends all who asked, and none who asks later', async () => {
  let fails = true;
  const gather = new TickBatcher<undefined>(async (asked) => {
    if (fails) throw new Error('no answer');
    for (const { resolve } of asked) resolve('answer');
  });
  const answers = await Promise.allSettled([gather.ask('a', undefined), gather.ask('b', undefined)]);
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  fails = false;
  expect(await gather.ask('a', undefined)).toBe('answer');
});
