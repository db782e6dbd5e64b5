import { describe, expect, it } from 'vitest';
import { countsOf } from '../../src/core/outcome.ts';
import { crash } from './crash.ts';
import { extraCalls, type History, violations } from './history.ts';

const PLAN = { keys: 4_000, latency: 10, concurrency: 16 };

describe('a run whose worker is killed in the middle', () => {
  it.each(['stop', 'kill'] as const)(
    'ends every key in exactly one outcome, Redis going down meanwhile by %s',
    async (redisEnds) => {
      const history = await crash({ ...PLAN, redisEnds });
      expect(violations(history)).toEqual([]);
      expect(extraCalls(history)).toBeLessThan(PLAN.keys * 0.03);
    },
  );
});

const KEYS = Array.from({ length: 100 }, (_, i) => `profile:${i}`);

/** A run as it should be. */
const GOOD: History = {
  keys: KEYS,
  run: {
    ...{ state: 'ended', endedReason: 'finished', total: 100, pending: 0 },
    counts: countsOf({ warmed: 100 }),
  },
  manifest: KEYS.map((key) => [key, 'w'] as const),
  calls: Object.fromEntries(KEYS.map((key) => [key, 1])),
  tiers: { redis: new Set(KEYS), disk: new Set(KEYS) },
};

describe('the check of a history', () => {
  it('finds nothing wrong with a run as it should be', () => {
    expect(violations(GOOD)).toEqual([]);
    expect(violations({ ...GOOD, calls: { ...GOOD.calls, 'profile:1': 3 } })).toEqual([]);
  });

  it.each<[string, Partial<History>, RegExp]>([
    ['a run that never ended', { run: { ...GOOD.run, state: 'running' } }, /the run is/],
    ['a key without an outcome', { manifest: GOOD.manifest.with(7, ['profile:7', '.']) }, /profile:7/],
    ['a key that left the manifest', { manifest: GOOD.manifest.slice(1) }, /1 keys have no outcome/],
    ['a key in two chunks', { manifest: [...GOOD.manifest, ['profile:3', 'w']] }, /1 keys stand twice/],
    [
      'outcomes that are counted per attempt',
      { run: { ...GOOD.run, counts: countsOf({ warmed: 102 }) } },
      /102 outcomes are counted of 100/,
    ],
    [
      'an outcome that is counted as another',
      { manifest: GOOD.manifest.with(0, ['profile:0', 'f']) },
      /100 keys are counted as warmed, and 99 recorded/,
    ],
    ['a value that a tier lost', { tiers: { redis: new Set(KEYS.slice(1)) } }, /redis lacks 1 keys/],
    ['keys that are fetched again', { calls: { ...GOOD.calls, 'profile:1': 4 } }, /3 times too often/],
    ['keys that were never fetched', { calls: { 'profile:1': 1 } }, /99 times too few/],
  ])('finds %s', (_, planted, says) => {
    expect(violations({ ...GOOD, ...planted })).toContainEqual(expect.stringMatching(says));
  });
});
