import { expect, test } from 'vitest';
import { type Found, readerValue } from '../../src/client/found.ts';
import { KeySampler } from '../../src/client/key-sampler.ts';
import { PendingRead } from '../../src/client/misses/pending-read.ts';
import { entryOf } from '../support/entries.ts';

const FAILURE = { origin: 'markets', reason: 'answered 500' };
const SILENT = [{ tier: 'redis', reason: 'tier "redis" did not answer: away' }];
const NONE = { memory: 0, below: 0, stale: 0, absent: 0, misses: 0, unavailable: 0 };

function setup(silent: typeof SILENT = []) {
  const sampled: string[] = [];
  const sampler = new KeySampler(
    (key) => void sampled.push(key),
    () => 0,
  );
  const servedOf = (value: unknown) => {
    const { head } = entryOf('profile:a', JSON.stringify(value));
    const decoded = { head, value, copy: undefined, promise: Promise.resolve(value), until: 0, sampler };
    return { decoded, tier: 'redis' };
  };
  const found: Found[] = [];
  const stale = servedOf('old');
  const known = { key: 'profile:a', params: undefined, silent, sampler };
  const resolve = (each: Found) => void found.push(each);
  const read = new PendingRead({ ...known, stale, resolve });
  const bare = new PendingRead({ ...known, stale: undefined, resolve });
  return { read, bare, servedOf, found, values: () => found.map(readerValue), sampler, sampled };
}

test('a pending read gets the first value, and only that', () => {
  const { read, servedOf, values, sampler } = setup();
  read.settle(servedOf('new'));
  read.settle(servedOf('newer'));
  read.giveUp(FAILURE);
  expect(values()).toEqual(['new']);
  expect(sampler.reads).toEqual({ ...NONE, below: 1 });
});

test('a pending read that is given up gets its stale value, which is counted as stale', () => {
  const { read, servedOf, values, sampler, sampled } = setup();
  read.giveUp(FAILURE);
  read.settle(servedOf('new'));
  expect(values()).toEqual(['old']);
  expect(sampler.reads).toEqual({ ...NONE, below: 1, stale: 1 });
  expect(sampled).toEqual(['profile:a']);
});

test('a pending read that gets nothing, and whose value nothing was to load, is a miss', () => {
  const { bare, found, sampler, sampled } = setup();
  bare.giveUp(undefined);
  bare.giveUp(FAILURE);
  expect(found).toEqual([{ decoded: undefined, unanswered: undefined }]);
  expect(sampler.reads).toEqual({ ...NONE, misses: 1 });
  expect(sampled).toEqual(['profile:a']);
});

test('a pending read that gets nothing since the origin or a tier failed is unavailable, and says why', () => {
  const byOrigin = setup();
  byOrigin.bare.giveUp(FAILURE);
  expect(byOrigin.found).toEqual([{ decoded: undefined, unanswered: { tiers: [], origin: FAILURE } }]);
  expect(byOrigin.sampler.reads).toEqual({ ...NONE, unavailable: 1 });
  const byTier = setup(SILENT);
  byTier.bare.giveUp(undefined);
  expect(byTier.found).toEqual([{ decoded: undefined, unanswered: { tiers: SILENT, origin: undefined } }]);
  expect(byTier.sampler.reads).toEqual({ ...NONE, unavailable: 1 });
});
