import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sourceOf } from '../contract/origin.steps.ts';
import { loadText } from '../support/settings.ts';

const PAGE = readFileSync('docs/origins.md', 'utf8');

/** The configuration that the page shows. */
function shown(): string {
  const yaml = /```yaml\n(.*?)```/s.exec(PAGE)?.[1];
  if (yaml === undefined) throw new Error('the page shows no YAML');
  return yaml;
}

test('the configuration that the page of origins shows is good, and means what it says', async () => {
  const { origins, sources, versionProbes } = await loadText(shown());
  expect([...origins.values()].map(({ kind }) => kind)).toEqual(['sql', 'embeddings', 'http']);
  const calls = [...sources].map(([name, { keysPerCall }]) => [name, keysPerCall]);
  expect(calls).toEqual([
    ['product', 500],
    ['sales', 1],
    ['embedding', 100],
    ['description', 1],
  ]);
  expect([...versionProbes]).toEqual([['description', '*/5 * * * *']]);
});

test('a text that is too long for a key is hashed in it, with the model beside it', async () => {
  const { sources } = await loadText(shown());
  const { key } = sources.get('embedding') ?? sourceOf({});
  expect(key.build({ text: 'short' })).toBe('embedding:text-embedding-3-small:256:short');
  expect(key.build({ text: 'long '.repeat(100) })).toMatch(
    /^embedding:text-embedding-3-small:256:#[\w~-]{27}$/,
  );
});
