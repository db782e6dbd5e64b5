import { describe, expect, test } from 'vitest';
import { lagOf, type SourceNow, verdictOf } from '../../console/src/views/now/verdict.ts';

const source = (over: Partial<SourceNow> = {}): SourceNow => ({
  ...{ source: 'profile', temperature: 'cold', keys: 1_000, due: 0, failing: 0, tiers: new Map() },
  ...{ warm: 1, sampled: 1_000, fresh: 1, stale: 0, lag: 0, reads: null },
  ...over,
});

test('what is due longest has been so for as long as was measured, in ms', () => {
  expect([lagOf(3_900_000), lagOf(0), lagOf(null)]).toEqual(['1 h 05 min', 'none', '–']);
});

describe('the sentence of the view Now', () => {
  test.each([
    [[], 'calm', 'Nothing is configured to be kept warm.'],
    [[source({ keys: 0, warm: null })], 'calm', 'No key is kept warm yet.'],
    [[source({ warm: null })], 'warn', 'Whether everything is warm is not known.'],
    [[source()], 'good', 'Everything is warm.'],
    [[source({ sampled: 100 })], 'good', 'Everything is warm, as far as a sample shows.'],
    [[source(), source({ source: 'quote', warm: null })], 'warn', 'All that was measured is warm.'],
    [[source(), source({ source: 'quote', keys: 0, warm: null })], 'good', 'Everything is warm.'],
    [[source({ warm: 0 })], 'bad', 'Nothing is warm.'],
    [[source({ warm: 0.995 }), source()], 'warn', '99.7 % of 2,000 keys is warm: profile 99.5 %.'],
    [[source({ warm: 0.5 })], 'bad', '50.0 % of 1,000 keys is warm: profile 50.0 %.'],
  ] as const)('is true (%#)', (sources, tone, sentence) => {
    expect(verdictOf(sources)).toMatchObject({ tone, sentence });
  });

  test('never rounds a cold key away', () => {
    const { tone, sentence } = verdictOf([
      source({ keys: 10_000_000, sampled: 10_000_000, warm: 0.9999999 }),
    ]);
    expect([tone, sentence]).toEqual(['warn', '> 99.99 % of 10,000,000 keys is warm: profile > 99.99 %.']);
  });

  test('weighs sources by their keys, and names the coldest', () => {
    const sources = ['a', 'b', 'c', 'd'].map((name, i) => source({ source: name, warm: i / 4 }));
    expect(verdictOf([source({ source: 'large', keys: 96_000 }), ...sources]).sentence).toBe(
      '97.5 % of 100,000 keys is warm: a 0 %, b 25.0 %, c 50.0 %, and 1 more.',
    );
  });

  test('says of how many sources it is not known', () => {
    const { detail } = verdictOf([source({ sampled: 100 }), source({ source: 'quote', warm: null })]);
    expect(detail).toBe('By a random sample of 100 of 1,000 keys. Of 1 more source it is not known.');
  });
});
