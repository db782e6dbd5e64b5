import fc from 'fast-check';
import { expect, test } from 'vitest';
import { doubledMember } from '../../src/core/doubled-member.ts';

test('a name that stands twice in an object is found however deep it is, and no other', () => {
  const name = fc.oneof(fc.constantFrom('a', 'b', '__proto__', ':', '":', '{"a":1}', '\\'), fc.string());
  const space = fc.constantFrom('', ' ', '\n');
  const value = fc.oneof(fc.json(), fc.constantFrom('"a:b"', '[{"a":1}]', '"\\":"'));
  fc.assert(
    fc.property(fc.array(fc.tuple(name, space, value), { maxLength: 6 }), (members) => {
      const text = `{${members.map(([key, blank, json]) => `${JSON.stringify(key)}${blank}:${json}`).join(',')}}`;
      const names = members.map(([key]) => key);
      const twice = names.find((key, i) => names.indexOf(key) < i);
      for (const deep of [text, `[1,${text},{}]`, `{"a":{"b":[${text}]},"b":":"}`])
        expect(doubledMember(deep, JSON.parse(deep))).toBe(twice);
    }),
    { numRuns: 1_000 },
  );
});

test('names that are written otherwise are the same, and those of two objects are not', () => {
  expect(doubledMember('{"a":1,"\\u0061":2}', { a: 2 })).toBe('a');
  expect(doubledMember('[{"a":":"},{"a":1}]', [{ a: ':' }, { a: 1 }])).toBeUndefined();
  expect(doubledMember('":"', ':')).toBeUndefined();
});
