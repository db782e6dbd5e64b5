import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { indented, isJson, visibleLines } from '../../console/src/views/keys/body-text.ts';
import { phaseAt, phasesOf } from '../../console/src/views/keys/phases.ts';
import {
  quoted,
  selectorOf,
  shownValue,
  termOf,
  withTerm,
  writtenValue,
} from '../../console/src/views/keys/selector-text.ts';
import type { Head } from '../../src/api-client/client.ts';
import { formatSelector, parseSelector } from '../../src/core/selector/selector-grammar.ts';

describe('the selector that fields write', () => {
  const words = fc.uniqueArray(
    fc.string({ minLength: 1, unit: 'grapheme' }).map((word) => `${word.trim()}x`),
    {
      minLength: 1,
      maxLength: 3,
    },
  );

  test('says what the fields say, and keeps its other terms, whatever stands in them', () => {
    fc.assert(
      fc.property(words, words, words, (sources, tags, keys) => {
        const before = `source=${sources.map(quoted).join(',')} key=${keys.map(quoted).join(',')} age>1h`;
        const text = withTerm(before, 'tag=', tags.map(quoted).join(','));
        expect(parseSelector(text)).toMatchObject({ sources, tags, keys, olderThan: 3_600_000 });
        expect(parseSelector(withTerm(text, 'source=', ''))).toMatchObject({ sources: [], tags, keys });
      }),
    );
  });

  test('shows values in a way that writes them again', () => {
    fc.assert(
      fc.property(words, (tags) => {
        const text = `tag=${tags.map(quoted).join(',')}`;
        const again = withTerm(text, 'tag=', writtenValue(shownValue(text, 'tag=')));
        expect(parseSelector(again).tags).toEqual(parseSelector(text).tags);
      }),
    );
  });

  test('has a term where it stood, and once', () => {
    expect(withTerm('source=a  tag=b', 'source=', 'c')).toBe('source=c tag=b');
    expect(withTerm('source=a source=b', 'source=', 'c')).toBe('source=c');
    expect(withTerm('age>1h', 'age<', '2d')).toBe('age>1h age<2d');
    expect(withTerm('tag="a b', 'source=', '')).toBe('tag="a b');
    expect(termOf('source="a b",c tag=d', 'source=')).toBe('"a b",c');
  });

  test.each([
    ['', ''],
    ['  ', ''],
    ['profile:35', 'prefix=profile:35'],
    [' two words, and a comma ', 'prefix="two words, and a comma"'],
    ['source=profile', 'source=profile'],
    ['age>', 'age>'],
  ])('is %j of what somebody typed: the beginning of keys, or a selector', (typed, selector) => {
    expect(selectorOf(typed)).toBe(selector);
  });

  test('of plain words is one that the server reads', () => {
    expect(formatSelector(parseSelector(selectorOf('a\\ b,c')))).toBe('prefix="a\\\\ b,c"');
  });
});

describe('a value as text', () => {
  test('gets lines, and keeps each character of its numbers and texts', () => {
    const json = '{"a":9007199254740993,"b":[1.10,{}],"c":"x{,}\\"y","d":[ ]}';
    expect(indented(json)).toBe(
      '{\n  "a": 9007199254740993,\n  "b": [\n    1.10,\n    {}\n  ],\n  "c": "x{,}\\"y",\n  "d": [ ]\n}',
    );
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const written = JSON.stringify(value);
        expect(JSON.parse(indented(written))).toEqual(JSON.parse(written));
      }),
    );
  });

  test('may end anywhere', () => {
    expect(indented('{"a":[1,"tex')).toBe('{\n  "a": [\n    1,\n    "tex');
    expect(indented(']]]')).toBe('\n]\n]\n]');
  });

  test('hides nothing', () => {
    expect(visibleLines('a\tb\n\u202ec\r\n')).toBe('a\tb\n\\u{202e}c\\u{d}\n');
    expect([isJson('{', null), isJson(' [1]', 'application/json'), isJson('{', 'text/html')]).toEqual([
      ...[true, true, false],
    ]);
  });
});

describe('the life of a value', () => {
  const head = (checkedAt: number, dueAt: number, staleAt: number, goneAt: number) =>
    ({ checkedAt, dueAt, staleAt, goneAt }) as Head;

  test('has the phases that last', () => {
    const names = (of: Head) => phasesOf(of).map(({ name }) => name);
    expect(names(head(0, 80, 100, 700))).toEqual(['fresh', 'due', 'stale']);
    expect(names(head(0, 80, 100, 100))).toEqual(['fresh', 'due']);
    expect(names(head(0, 200, 100, 700))).toEqual(['fresh', 'stale']);
    expect(names(head(10, 5, 5, 700))).toEqual(['stale']);
  });

  test.each([
    [-5, 0, 'fresh'],
    [40, 1 / 6, 'fresh'],
    [80, 1 / 3, 'due'],
    [400, 2.5 / 3, 'stale'],
    [700, 1, 'gone'],
  ] as const)('at %s is at %s of its line: %s', (now, at, phase) => {
    const place = phaseAt(phasesOf(head(0, 80, 100, 700)), now);
    expect(place.phase).toBe(phase);
    expect(place.at).toBeCloseTo(at);
  });
});
