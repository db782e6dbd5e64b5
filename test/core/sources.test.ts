import { describe, expect, test } from 'vitest';
import { isHashed } from '../../src/core/key.ts';
import { type Sources, sourceOfKey, templatesOf, unfitWords } from '../../src/core/sources.ts';
import { sourceWith } from '../support/sources.ts';

const profile = sourceWith({ name: 'profile' });
const quote = sourceWith({ name: 'quote', template: 'quote:{market}:{day}' });
const sources: Sources = new Map([profile, quote].map((source) => [source.name, source]));

describe('the configured sources', () => {
  test.each([
    ['profile:5128581', profile],
    ['quote:5128581:monday', quote],
    ['quote:5128581', undefined],
    ['profile:a%2', undefined],
    ['other:1', undefined],
    ['', undefined],
  ])('say that key %j belongs to the source whose template fits it', (key, source) => {
    expect(sourceOfKey(sources, key)).toBe(source);
  });

  test('say what their keys look like, in the order of the configuration', () => {
    expect(templatesOf(sources)).toBe('profile:{market}, quote:{market}:{day}');
    expect(templatesOf(new Map())).toBe('nothing: no source is configured');
  });
});

test('a key is hashed when a param is too long to stand in it', () => {
  const keys = [profile.key.build({ market: 'short' }), profile.key.build({ market: 'x'.repeat(121) })];
  expect(keys.map(isHashed)).toEqual([false, true]);
});

test('a key of no source is shown cut, with what may be wrong with it', () => {
  const sources: Sources = new Map([['a', sourceWith({ name: 'a' })]]);
  expect(unfitWords(sources, 'b:1')).toBe('key "b:1" fits no source; keys look like a:{market}');
  const long = unfitWords(sources, `a:${'x'.repeat(1_000_000)}`);
  expect(long.length).toBeLessThan(400);
  expect(long).toMatch(
    /…" fits no source; .*; a value of more than 120 encoded characters stands as "#" and its hash$/,
  );
});

test('messages name some of thousands of templates', () => {
  const many = Array.from({ length: 2_000 }, (_, i) => [`s${i}`, sourceWith({ name: `s${i}` })] as const);
  expect(templatesOf(new Map(many))).toMatch(/s19:\{market\}, and 1980 more$/);
});

test('a key of two thousand sources whose keys begin alike is found in a short time', () => {
  const many = Array.from({ length: 2_000 }, (_, i) => {
    return [`s${i}`, sourceWith({ name: `s${i}`, template: `census:acs:${1_000 + i}:{x}` })] as const;
  });
  const sources: Sources = new Map(many);
  const began = process.cpuUsage();
  for (let i = 0; i < 50_000; i += 1) {
    expect(sourceOfKey(sources, `census:acs:${1_000 + (i % 2_000)}:a`)?.name).toBe(`s${i % 2_000}`);
  }
  const { user, system } = process.cpuUsage(began);
  expect((user + system) / 1_000).toBeLessThan(3_000);
});

test.each([
  ['profil:1', 'profile:1'],
  ['Profile:New%20York', 'profile:New%20York'],
  ['profile/1', 'profile:1'],
  ['embeddings/a', 'embedding/a'],
])('a key whose beginning is misspelt, %j, is asked back', (key, meant) => {
  const all = [sourceWith(), sourceWith({ name: 'embedding', template: 'embedding/{text}' })];
  const sources: Sources = new Map(all.map((source) => [source.name, source]));
  expect(unfitWords(sources, key)).toContain(`; did you mean "${meant}"?`);
});

test.each(['profile:', 'profil', 'weather:1', 'b:1', '', ':', 'profil:a b'])(
  'nothing is made up for %j',
  (key) => {
    const sources: Sources = new Map([['profile', sourceWith()]]);
    expect(unfitWords(sources, key)).not.toContain('did you mean');
  },
);
