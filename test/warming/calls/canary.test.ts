import { expect, test } from 'vitest';
import { Canaries } from '../../../src/warming/calls/canary.ts';
import { NEVER } from '../warm.steps.ts';

const turns = () => new Promise((resolve) => setImmediate(resolve));

async function begun(canaries: Canaries, calls: number) {
  let made = 0;
  for (let i = 0; i < calls; i += 1) {
    canaries.enter('a', NEVER).then(
      () => {
        made += 1;
      },
      () => undefined,
    );
  }
  await turns();
  return () => made;
}

test('a source that was not answered yet is asked for by four calls at a time, and by all once it has', async () => {
  const canaries = new Canaries();
  const made = await begun(canaries, 20);
  expect(made()).toBe(4);
  canaries.over('a');
  await turns();
  expect(made()).toBe(5);
  canaries.answered('a', 0);
  canaries.over('a');
  await turns();
  expect(made()).toBe(20);
});

test('an origin that has asked for fewer calls is begun with anew', async () => {
  const canaries = new Canaries();
  canaries.answered('a', 0);
  const made = await begun(canaries, 6);
  expect(made()).toBe(6);
  canaries.throttled(0, 5);
  const more = await begun(canaries, 6);
  expect(more()).toBe(0);
  for (let i = 0; i < 6; i += 1) canaries.over('a');
  await turns();
  expect(more()).toBe(4);
});

test('calls that were under way when an origin asked for fewer say nothing of what it bears now', async () => {
  const canaries = new Canaries();
  canaries.answered('a', 0);
  canaries.throttled(1, 5);
  canaries.answered('a', 4);
  expect((await begun(canaries, 6))()).toBe(4);
  for (let i = 0; i < 4; i += 1) canaries.over('a');
  canaries.answered('a', 5);
  canaries.throttled(4, 6);
  await turns();
  expect((await begun(canaries, 6))()).toBe(6);
});

test('a call that is held back rejects when its signal aborts, and leaves its place to others', async () => {
  const canaries = new Canaries();
  await begun(canaries, 4);
  const stopping = new AbortController();
  const held = canaries.enter('a', stopping.signal);
  stopping.abort(new Error('stop'));
  await expect(held).rejects.toThrow('stop');
  for (let i = 0; i < 4; i += 1) canaries.over('a');
  const made = await begun(canaries, 9);
  expect(made()).toBe(4);
});

test('each source has canaries of its own', async () => {
  const canaries = new Canaries();
  canaries.answered('b', 0);
  const made = await begun(canaries, 6);
  expect(made()).toBe(4);
  await Promise.all(Array.from({ length: 9 }, () => canaries.enter('b', NEVER)));
});
