import { describe, expect, it } from 'vitest';
import { parseJson, parsePath, readPath } from '../../src/origins/json-path.ts';

const read = (value: unknown, path: string) => readPath(value, parsePath(path));

describe('a JSON path', () => {
  it.each([
    ['', { a: 1 }, { a: 1 }],
    ['a', { a: 1 }, 1],
    ['a.b.0', { a: { b: [7] } }, 7],
    ['a.1.c', { a: [0, { c: null }] }, null],
    ['a\\.b.c', { 'a.b': { c: 2 } }, 2],
    ['0', [5], 5],
  ])('"%s" reads', (path, value, found) => {
    expect(read(value, path)).toEqual(found);
  });

  it.each([
    ['a', null],
    ['a', 7],
    ['a', 'text'],
    ['length', 'text'],
    ['b', { a: 1 }],
    ['a.b', { a: null }],
    ['2', [1, 2]],
    ['constructor', {}],
    ['__proto__.x', {}],
    ['a.toString', { a: {} }],
  ])('"%s" finds nothing in %j', (path, value) => {
    expect(read(value, path)).toBeUndefined();
  });

  it('reads a body that is a part of a larger buffer', () => {
    expect(parseJson(Buffer.from('xx{"a":"é"}yy').subarray(2, -2))).toEqual({ a: 'é' });
  });
});
