import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { faultsOf, HIDDEN_LENGTH, readWith } from '../../src/core/read-with.ts';
import { recordFrom } from '../../src/redis/record.ts';

const STRANGE = '{"name":{"length":{"toString":1}}}';

test.each([
  ['a text', z.object({ name: z.string().min(1) })],
  ['a bounded text', z.object({ name: z.string().max(5) })],
  ['a list', z.object({ name: z.array(z.string()).max(5) })],
])('a map with a strange length in the place of %s is a value of another kind', (_, schema) => {
  const { error } = readWith(schema, JSON.parse(STRANGE));
  expect(error && faultsOf(error)).toMatch(new RegExp(`expected|${HIDDEN_LENGTH}`));
  expect(recordFrom(schema, STRANGE)).toBeUndefined();
});

test('values from outside are read by readWith alone', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const calls = files.filter((file) =>
    /\.safeParse(?:Async)?\(/.test(readFileSync(join('src', file), 'utf8')),
  );
  expect(calls).toEqual(['core/read-with.ts']);
});
