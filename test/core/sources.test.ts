import { describe, expect, test } from 'vitest';
import { isHashed } from '../../src/core/key.ts';
import { type Sources, sourceOfKey, templatesOf } from '../../src/core/sources.ts';
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
