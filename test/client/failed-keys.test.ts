import { expect, test } from 'vitest';
import { FailedKeys } from '../../src/client/misses/failed-keys.ts';
import { FakeClock } from '../support/fake-clock.ts';

test('a key that failed is left alone for five seconds, and the reason is kept', async () => {
  const clock = new FakeClock();
  const failed = new FailedKeys(clock);
  failed.add([['a', 'answered 500']]);
  await clock.advance(4_999);
  expect([failed.reasonOf('a'), failed.reasonOf('b')]).toEqual(['answered 500', undefined]);
  await clock.advance(1);
  expect(failed.reasonOf('a')).toBeUndefined();
});

test('only the latest ten thousand failed keys are remembered', () => {
  const failed = new FailedKeys(new FakeClock());
  failed.add(Array.from({ length: 10_001 }, (_, i) => [`k${i}`, 'away'] as const));
  const reasons = ['k0', 'k1', 'k10000'].map((key) => failed.reasonOf(key));
  expect(reasons).toEqual([undefined, 'away', 'away']);
});
