import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { count, counted, countedWith } from '../../src/core/counted.ts';

test('a noun has the form that its number asks for, and so has the verb behind it', () => {
  expect([0, 1, 2, 12_345].map((keys) => counted(keys, 'key'))).toEqual([
    ...['0 keys', '1 key', '2 keys', '12,345 keys'],
  ]);
  expect(counted(2, 'entry', 'entries')).toBe('2 entries');
  expect([1, 3].map((keys) => countedWith(keys, 'key', ['was', 'were']))).toEqual([
    ...['1 key was', '3 keys were'],
  ]);
});

test('a number is written as English has it', () => {
  const english = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.double({ min: 0, max: 1e15, noNaN: true }), (whole, part) => {
      expect([count(whole), count(part)]).toEqual([english.format(whole), english.format(part)]);
    }),
  );
  expect(count(-12_345)).toBe('-12,345');
});

/** Of what there can be one; bytes and characters stand beside bounds, which are larger. */
const NOUNS =
  'keys|rows|values|entries|calls|items|answers|requests|texts|lines|columns|invalidations|sources';
/** What has more than one whenever it is said. */
const MANY = ['src/redis/script.ts', 'src/catalog/runs/redis-runs.ts', 'src/policy/absence.ts'];

test('messages of numbers that may be one are made by it', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).map((file) => join('src', file));
  const written = new RegExp(`\\$\\{(?!count|[A-Z_]+\\})[\\w.#]+\\} (?:${NOUNS})\\b`);
  const found = files
    .filter((file) => file.endsWith('.ts') && !MANY.includes(file))
    .flatMap((file) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .flatMap((line, i) => (written.test(line) ? [`${file}:${i + 1}: ${line.trim()}`] : [])),
    );
  expect(found).toEqual([]);
});
