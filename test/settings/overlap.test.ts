import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KeyTemplate } from '../../src/core/key.ts';
import { sharedKey, TemplateTree } from '../../src/settings/checks/overlap.ts';

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
    ['p:{id}', 'p:%{x}', 'p:%a'],
    ['p:{id}', 'p:#{x}', 'p:#a'],
    ['p:{id}', 'p:a#{x}', undefined],
    ['p:{id}:#', 'p:{id}:{x}', 'p:a:#'],
  ])('of %j and %j is %j', (one, other, key) => {
    expect(sharedKey(one, other)).toBe(key);
  });

  test('is a key of both', () => {
    fc.assert(
      fc.property(template, template, (one, other) => {
        const key = sharedKey(one.text, other.text);
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
        expect(sharedKey(one.text, other.text) !== undefined || !isShared).toBe(true);
        expect(sharedKey(other.text, one.text) === undefined).toBe(
          sharedKey(one.text, other.text) === undefined,
        );
      }),
      { numRuns: 2_000 },
    );
    expect(found).toBeGreaterThan(20);
  });
});

describe('a tree of templates', () => {
  test('finds one that shares a key exactly where comparing each with each does', () => {
    let shared = 0;
    fc.assert(
      fc.property(fc.array(template, { maxLength: 8 }), template, (earlier, last) => {
        const tree = new TemplateTree();
        for (const [i, each] of earlier.entries()) tree.add(String(i), each.text);
        const name = tree.sharing(last.text);
        const others = earlier.filter((each) => sharedKey(each.text, last.text) !== undefined);
        if (others.length > 0) shared += 1;
        expect(name !== undefined).toBe(others.length > 0);
        if (name !== undefined) expect(others).toContain(earlier[Number(name)]);
      }),
      { numRuns: 2_000 },
    );
    expect(shared).toBeGreaterThan(100);
  });

  test.each([
    ['begin alike', (i: number) => `census:acs:2020:series-${i}:{x}`],
    ['end differently', (i: number) => `census:{year}:{place}:series-${i}`],
    ['differ in the middle', (i: number) => `census:{year}:series-${i}:{place}`],
    ['differ inside of a segment', (i: number) => `census:{year}.series-${i}:{place}`],
  ])('compares two thousand that %s in a short time', (_, textOf) => {
    const began = process.cpuUsage();
    const tree = new TemplateTree();
    for (let i = 0; i < 2_000; i += 1) {
      expect(tree.sharing(textOf(i))).toBeUndefined();
      tree.add(String(i), textOf(i));
    }
    const { user, system } = process.cpuUsage(began);
    expect((user + system) / 1_000).toBeLessThan(5_000);
  });
});
