import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ForewarmError } from '../../../src/core/errors.ts';
import type { Selector } from '../../../src/core/selector/selector.ts';
import {
  formatSelector,
  isEverything,
  parseSelector,
  selectorFromObject,
  selectsKey,
  selectsSource,
  selectsTags,
} from '../../../src/core/selector/selector-grammar.ts';
import { TEMPERATURES } from '../../../src/core/source.ts';

const EVERYTHING: Selector = {
  sources: [],
  entities: [],
  tags: [],
  keys: [],
  prefixes: [],
  temperatures: [],
  olderThan: undefined,
  youngerThan: undefined,
};

/** Any UTF-16, with a taste for what the grammar itself is made of. */
const value = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1 }),
  fc.string({
    unit: fc.constantFrom('"', '\\', ',', ' ', '\n', '=', '<', '>', '%', 'a', '\ud800'),
    minLength: 1,
  }),
);
const values = fc.uniqueArray(value, { maxLength: 4 });
const age = fc.option(fc.integer({ min: 0, max: 100 * 365.25 * 86_400_000 }), { nil: undefined });
const anySelector: fc.Arbitrary<Selector> = fc.record({
  sources: values,
  entities: values,
  tags: values,
  keys: values,
  prefixes: values,
  temperatures: fc.uniqueArray(fc.constantFrom(...TEMPERATURES)),
  olderThan: age,
  youngerThan: age,
});

/** What parsing throws, which must be ours. */
function refusal(input: string | readonly string[]): ForewarmError {
  try {
    parseSelector(input);
  } catch (error) {
    if (error instanceof ForewarmError) return error;
    throw error;
  }
  throw new Error(`${JSON.stringify(input)} was parsed`);
}

describe('parseSelector', () => {
  test('reads every term, in any order', () => {
    const text =
      ' age<7d key="a b",c\ttemperature=cold,hot source=profile,quote entities=markets tag=a:1,"b 2" prefix=x: age>1h ';
    expect(parseSelector(text)).toEqual({
      sources: ['profile', 'quote'],
      entities: ['markets'],
      tags: ['a:1', 'b 2'],
      keys: ['a b', 'c'],
      prefixes: ['x:'],
      temperatures: ['cold', 'hot'],
      olderThan: 3_600_000,
      youngerThan: 604_800_000,
    });
  });

  test('takes the words of a command line as if joined by spaces', () => {
    expect(parseSelector(['source=profile entities=markets', 'age>5m'])).toEqual(
      parseSelector('source=profile entities=markets age>5m'),
    );
    expect(parseSelector(['key="a', 'b"'])).toEqual(parseSelector('key="a b"'));
  });

  test.each(['', '  \n', [], ['', ' ']])('takes %j for everything', (input) => {
    expect(parseSelector(input)).toEqual(EVERYTHING);
    expect(isEverything(parseSelector(input))).toBe(true);
  });

  test('counts a repeated value once and keeps the order', () => {
    expect(parseSelector('key=b,a,b,"a"').keys).toEqual(['b', 'a']);
  });

  test('keeps operators and backslashes in a bare value', () => {
    expect(parseSelector('key=a=b<c,\\d').keys).toEqual(['a=b<c', '\\d']);
  });

  test.each([
    [
      'sorce=profile',
      'selector term "sorce=profile" at character 1: "sorce" is not a term of a selector; did you mean "source"?',
    ],
    ['  key=a  keys=b', '"keys=b" at character 10: "keys" is not a term of a selector; did you mean "key"?'],
    ['Entities=x', 'did you mean "entities"?'],
    ['colour=red', 'there are source, entities, tag, key, prefix, temperature, age'],
    ['profile', 'a term is a name, an operator and values, such as source=profile'],
    ['tags=a', 'did you mean "tag"?'],
    ['tag=', 'a value is empty'],
    ['tag>a', 'tag is written with ='],
    ['near=1,2', 'selecting by near is not supported yet'],
    ['radius<5', 'selecting by radius is not supported yet'],
    [
      'source=a source=b',
      '"source=b" at character 10: this name occurs twice; separate the values of one term with commas',
    ],
    ['age>1h age>2h', 'this comparison occurs twice'],
    ['age=1h', 'age is compared with > or <'],
    ['age>=1h', '"=1h" is not a duration'],
    ['age>5', '"5" is not a duration'],
    ['source>a', 'source is written with ='],
    ['source=', 'a value is empty'],
    ['source=a,', 'a value is empty'],
    ['source=a,,b', 'a value is empty'],
    ['key=""', 'a value is empty'],
    ['=a', '"" is not a term of a selector'],
    ['temperature=cool', '"cool" is not a temperature; there are hot, warm, cold'],
    ['key=a"b c"', 'a value contains a quote'],
    ['key="a"b', 'a value contains a quote'],
    ['prefix=x key="a b', 'selector term "key="a b" at character 10: a quote is not closed'],
  ])('refuses %j with a message that says why', (text, message) => {
    const error = refusal(text);
    expect(error.message).toContain(message);
    expect(error.code).toBe('E_SELECTOR_INVALID');
  });

  test('quotes only the beginning of a long term', () => {
    expect(refusal(`${'x'.repeat(100_000)}=1`).message.length).toBeLessThan(500);
  });

  test('throws nothing but its own error on any text', () => {
    const pieces = [
      'source=',
      'key=',
      'age>',
      'age<',
      'temperature=',
      '"',
      '\\',
      ',',
      ' ',
      '1h',
      '=',
      'hot',
      'é',
    ];
    const anyText = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(anyText, (text) => {
        try {
          const selector = parseSelector(text);
          expect(parseSelector(formatSelector(selector))).toEqual(selector);
        } catch (error) {
          if (!(error instanceof ForewarmError)) throw error;
          expect(error.code).toBe('E_SELECTOR_INVALID');
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('formatSelector', () => {
  test('writes canonical text', () => {
    expect(formatSelector(parseSelector('age<60m  key="plain","with space" source=b,a'))).toBe(
      'source=b,a key=plain,"with space" age<1h',
    );
    expect(formatSelector(EVERYTHING)).toBe('');
  });

  test('is read back to an equal selector, whatever it contains', () => {
    fc.assert(
      fc.property(anySelector, (selector) => {
        expect(parseSelector(formatSelector(selector))).toEqual(selector);
      }),
      { numRuns: 500 },
    );
  });

  test('is caught by the round trip when it forgets to quote', () => {
    const careless = (selector: Selector) => `key=${selector.keys.join(',')}`;
    const roundTrip = fc.property(values, (keys) => {
      expect(parseSelector(careless({ ...EVERYTHING, keys })).keys).toEqual(keys);
    });
    expect(fc.check(roundTrip, { numRuns: 500 }).failed).toBe(true);
  });
});

describe('selectorFromObject', () => {
  test('reads the same selector from its object form', () => {
    const lists = { sources: ['profile'], entities: 'markets', tags: ['a', 'b'], temperatures: 'cold' };
    expect(selectorFromObject({ ...lists, olderThan: 3_600_000 })).toEqual(
      parseSelector('source=profile entities=markets tag=a,b temperature=cold age>1h'),
    );
    expect(selectorFromObject({})).toEqual(EVERYTHING);
  });

  test.each([
    [{ keys: ['a', ''] }, '"keys": a value is empty'],
    [{ temperatures: 'tepid' }, '"tepid" is not a temperature'],
    [{ olderThan: Number.NaN }, '"olderThan": NaN is not a number of milliseconds'],
    [{ youngerThan: -1 }, '"youngerThan": -1 is not'],
  ])('refuses %j', (object, message) => {
    expect(() => selectorFromObject(object)).toThrow(message);
  });
});

describe('what a selector selects', () => {
  const profile = { name: 'profile', temperature: 'cold' } as const;

  test.each([
    ['', true],
    ['source=profile', true],
    ['source=quote,profile', true],
    ['source=quote', false],
    ['temperature=cold,hot', true],
    ['source=profile temperature=hot', false],
    ['key=a age>1h', true],
  ])('%j takes a cold source named profile: %s', (text, selected) => {
    expect(selectsSource(parseSelector(text), profile)).toBe(selected);
  });

  test.each([
    ['', true],
    ['key=profile:7', true],
    ['key=profile:70', false],
    ['prefix=quote:,profile:', true],
    ['prefix=quote:', false],
    ['key=profile:7 prefix=quote:', false],
    ['source=other', true],
  ])('%j takes the key profile:7: %s', (text, selected) => {
    expect(selectsKey(parseSelector(text), 'profile:7')).toBe(selected);
  });

  test.each([
    ['', [], true],
    ['tag=a', [], false],
    ['tag=a', ['b', 'a'], true],
    ['tag=a,b', ['b'], true],
    ['tag=a', ['ab'], false],
    ['source=x', ['b'], true],
  ])('%j takes values with the tags %j: %s', (text, tags, selected) => {
    expect(selectsTags(parseSelector(text), tags)).toBe(selected);
  });

  test.each([
    ['source=a', false],
    ['tag=a', false],
    ['age>0', false],
    ['', true],
  ])('%j is everything: %s', (text, everything) => {
    expect(isEverything(parseSelector(text))).toBe(everything);
  });
});
