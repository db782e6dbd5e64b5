import { expect, test } from 'vitest';
import { FirstCalls } from '../../../src/warming/calls/first-calls.ts';
import { NEVER } from '../warm.steps.ts';

const turns = () => new Promise((resolve) => setImmediate(resolve));

async function begun(firstCalls: FirstCalls, calls: number) {
  let made = 0;
  for (let i = 0; i < calls; i += 1) {
    firstCalls.enter(NEVER).then(
      () => {
        made += 1;
      },
      () => undefined,
    );
  }
  await turns();
  return () => made;
}

test('an origin that has not answered yet is asked by four calls at a time, and by all once it has', async () => {
  const firstCalls = new FirstCalls();
  const made = await begun(firstCalls, 20);
  expect(made()).toBe(4);
  firstCalls.over();
  await turns();
  expect(made()).toBe(5);
  firstCalls.answered();
  firstCalls.over();
  await turns();
  expect(made()).toBe(20);
});

test('one that has asked for fewer calls is begun with anew', async () => {
  const firstCalls = new FirstCalls();
  firstCalls.answered();
  const made = await begun(firstCalls, 6);
  expect(made()).toBe(6);
  firstCalls.throttled();
  const more = await begun(firstCalls, 6);
  expect(more()).toBe(0);
  for (let i = 0; i < 6; i += 1) firstCalls.over();
  await turns();
  expect(more()).toBe(4);
});

test('a call that is held back rejects when its signal aborts, and leaves its place to others', async () => {
  const firstCalls = new FirstCalls();
  await begun(firstCalls, 4);
  const stopping = new AbortController();
  const held = firstCalls.enter(stopping.signal);
  stopping.abort(new Error('stop'));
  await expect(held).rejects.toThrow('stop');
  for (let i = 0; i < 4; i += 1) firstCalls.over();
  const made = await begun(firstCalls, 9);
  expect(made()).toBe(4);
});
