import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KeyTemplate } from '../../src/core/key.ts';
import { sharedKey } from '../../src/settings/checks/overlap.ts';

const literal = fc.stringMatching(/^[ab:]{0,2}$/);

/** Small templates over few letters, so that many of them overlap. */
const template = fc
  .tuple(
    literal,
    fc.array(fc.tuple(fc.constantFrom(':', ':a', ':b:'), literal), { maxLength: 2 }),
    fc.boolean(),
  )
  .map(([first, rest, ends]) => {
    const params = rest.map(([separator, after], i) => `{p${i}}${separator}${after}`).join('');
    return `${first}${params}${ends ? '{last}' : ''}`;
  })
  .filter((text) => text !== '')
  .map((text) => KeyTemplate.parse(text));

const value = fc.stringMatching(/^[ab]{1,2}$/);
const params = fc.record({ p0: value, p1: value, last: value });

describe('sharedKey', () => {
  test.each([
    ['a:{x}', 'a:{y}', 'a:a'],
    ['a:{x}', '{x}:{y}', 'a:a'],
    ['profile:all', 'profile:{market}', 'profile:all'],
    ['{x}', 'a-{y}', 'a-a'],
    ['same', 'same', 'same'],
    ['a:{x}', 'b:{x}', undefined],
    ['a:{x}', 'a:{x}:{y}', undefined],
    ['a:{x}:now', 'a:{x}:then', undefined],
    ['a', 'a:{x}', undefined],
    ['a:{x}', 'a:', undefined],
  ])('of %j and %j is %j', (one, other, key) => {
    expect(sharedKey(KeyTemplate.parse(one), KeyTemplate.parse(other))).toBe(key);
  });

  test('is a key of both', () => {
    fc.assert(
      fc.property(template, template, (one, other) => {
        const key = sharedKey(one, other);
        if (key === undefined) return;
        expect([one.match(key), other.match(key)]).not.toContain(undefined);
      }),
    );
  });

  test('is found whenever some key of the one is a key of the other, the same for both orders', () => {
    let found = 0;
    fc.assert(
      fc.property(template, template, params, (one, other, given) => {
        const isShared = other.match(one.build(given)) !== undefined;
        if (isShared) found += 1;
        expect(sharedKey(one, other) !== undefined || !isShared).toBe(true);
        expect(sharedKey(other, one) === undefined).toBe(sharedKey(one, other) === undefined);
      }),
      { numRuns: 2_000 },
    );
    expect(found).toBeGreaterThan(20);
  });
});
