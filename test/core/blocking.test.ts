/** What comes from outside takes no longer than its length asks for: twice the input, about twice the time. */
import { expect, test } from 'vitest';
import {
  formatSelector,
  parseSelector,
  selectsKey,
  selectsTags,
} from '../../src/core/selector/selector-grammar.ts';
import { termsOf } from '../../src/core/selector/selector-text.ts';

const COUNT = 100_000;
const words = (prefix: string, count = COUNT) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

/** CPU time of this process in ms, which other programs on the machine do not change; the least of three. */
function cpuMs(work: () => unknown): number {
  const times = [1, 2, 3].map(() => {
    const began = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(began);
    return (user + system) / 1_000;
  });
  return Math.min(...times);
}

/** A string of its own, not a rope that is flattened while the time is measured. */
const flat = (text: string) => Buffer.from(text).toString();

test.each([
  ['keys', flat(`key=${words('quote:m').join(',')}`)],
  [
    'keys in quotes',
    flat(
      `key=${words('quote:m')
        .map((key) => `"${key}"`)
        .join(',')}`,
    ),
  ],
  ['prefixes', flat(`prefix=${words('quote:m').join(',')}`)],
  ['tags', flat(`tag=${words('market:').join(',')}`)],
  ['one key of a megabyte', flat(`key=${'x'.repeat(2 ** 20)}`)],
  ['one key of a megabyte in quotes', flat(`key="${'\\"'.repeat(2 ** 19)}"`)],
])('a selector of 100,000 %s is read and written in a short time', (_, text) => {
  expect(cpuMs(() => formatSelector(parseSelector(text)))).toBeLessThan(300);
});

test.each([
  ['an open quote after a megabyte', `key="${'a\\"'.repeat(2 ** 19)}`],
  ['a thousand thousand terms', 'a '.repeat(2 ** 20)],
  ['a thousand thousand quotes', `key=${'""'.repeat(2 ** 19)}`],
  ['a thousand thousand quotes in words', `key=a${'"x"'.repeat(2 ** 18)}"`],
  ['nothing but spaces', ' '.repeat(2 ** 22)],
  ['a thousand thousand quoted values', `key=${'"a",'.repeat(2 ** 18)}`],
  ['nothing but commas', `key=${','.repeat(2 ** 20)}`],
  ['too many values', `key=${words('k', COUNT + 1).join(',')}`],
])('%s are refused, or taken, in a short time', (_, text) => {
  const refused = () => {
    try {
      parseSelector(text);
    } catch (error) {
      expect(error).toMatchObject({ code: 'E_SELECTOR_INVALID' });
    }
  };
  expect(cpuMs(refused)).toBeLessThan(200);
});

test('asking 100,000 keys of a selector of as many is linear', () => {
  const keys = words('quote:m');
  const byKey = parseSelector(`key=${keys.join(',')}`);
  const byPrefix = parseSelector(`prefix=${words('quote:m', 50_000).join(',')},other`);
  const byTag = parseSelector(`tag=${keys.join(',')}`);
  expect(cpuMs(() => keys.filter((key) => selectsKey(byKey, key)))).toBeLessThan(500);
  expect(keys.every((key) => selectsKey(byKey, key))).toBe(true);
  expect(cpuMs(() => keys.filter((key) => selectsKey(byPrefix, key)))).toBeLessThan(1_000);
  expect(cpuMs(() => keys.filter((key) => selectsTags(byTag, [key])))).toBeLessThan(500);
});

test('a term has 100,000 values at most, and says so', () => {
  expect(() => parseSelector(`key=${words('k', COUNT + 1).join(',')}`)).toThrow(
    /it has more than 100,000 values/,
  );
  expect(parseSelector(`key=${words('k').join(',')}`).keys).toHaveLength(COUNT);
});

test('a term ends at any space that there is, and at nothing else', () => {
  for (let code = 0; code < 0x10000; code += 1) {
    const char = String.fromCharCode(code);
    if (char === '"') continue;
    const terms = [...termsOf(`key=a${char}age>1h`)];
    expect(terms.length, `U+${code.toString(16)}`).toBe(/\s/.test(char) ? 2 : 1);
  }
});
