import { expect, test } from 'vitest';
import { FailedKeys } from '../../src/client/misses/failed-keys.ts';
import { FakeClock } from '../support/fake-clock.ts';

test('a key that failed is left alone for five seconds', async () => {
  const clock = new FakeClock();
  const failed = new FailedKeys(clock);
  failed.add(['a']);
  await clock.advance(4_999);
  expect([failed.has('a'), failed.has('b')]).toEqual([true, false]);
  await clock.advance(1);
  expect(failed.has('a')).toBe(false);
});

test('only the latest ten thousand failed keys are remembered', () => {
  const failed = new FailedKeys(new FakeClock());
  failed.add(Array.from({ length: 10_001 }, (_, i) => `k${i}`));
  expect([failed.has('k0'), failed.has('k1'), failed.has('k10000')]).toEqual([false, true, true]);
});
