import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Breath } from '../../src/flow/breath.ts';

test('of those who wait for their turn one goes on in each turn of the event loop, in the order in which they came', async () => {
  let turn = 0;
  const went: string[] = [];
  const work = async (name: string) => {
    const breath = new Breath({ clock: systemClock });
    for (let slice = 0; slice < 3; slice += 1) {
      await breath.take();
      went.push(`${name}${turn}`);
    }
  };
  const all = Promise.all(['a', 'b', 'c'].map(work));
  for (; went.length < 9; turn += 1) await nextTurn();
  await all;
  expect(went.map((one) => one[0]).join('')).toBe('abcabcabc');
  expect(new Set(went.map((one) => one.slice(1))).size).toBe(9);
});
