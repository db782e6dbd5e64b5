import { expect, test } from 'vitest';
import { KeySampler } from '../../src/client/key-sampler.ts';
import { PendingRead } from '../../src/client/misses/pending-read.ts';

function setup() {
  const sampled: string[] = [];
  const sampler = new KeySampler(
    (key) => void sampled.push(key),
    () => 0,
  );
  const decodedOf = (value: unknown) => ({
    ...{ value, copy: undefined, promise: Promise.resolve(value), until: 0, sampler },
  });
  const results: unknown[] = [];
  const stale = decodedOf('old');
  const read = new PendingRead({
    ...{ key: 'profile:a', params: undefined, stale, sampler },
    resolve: (value) => void results.push(value),
  });
  return { read, decodedOf, results, sampler, sampled };
}

test('a pending read gets the first value, and only that', () => {
  const { read, decodedOf, results, sampler } = setup();
  read.settle(decodedOf('new'));
  read.settle(decodedOf('newer'));
  read.giveUp();
  expect(results).toEqual(['new']);
  expect(sampler.reads).toEqual({ memory: 0, below: 1, stale: 0, misses: 0 });
});

test('a pending read that is given up gets its stale value, which is counted as stale', () => {
  const { read, decodedOf, results, sampler, sampled } = setup();
  read.giveUp();
  read.settle(decodedOf('new'));
  expect(results).toEqual(['old']);
  expect(sampler.reads).toEqual({ memory: 0, below: 1, stale: 1, misses: 0 });
  expect(sampled).toEqual(['profile:a']);
});

test('a pending read that gets nothing is a miss', () => {
  const { read, results, sampler, sampled } = setup();
  read.settle(undefined);
  expect(results).toEqual([undefined]);
  expect(sampler.reads).toEqual({ memory: 0, below: 0, stale: 0, misses: 1 });
  expect(sampled).toEqual(['profile:a']);
});
