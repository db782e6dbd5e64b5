import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { GENERATED } from '../../scripts/docs.ts';
import { ERRORS } from '../../src/core/errors.ts';
import { loadSettings } from '../../src/settings/load.ts';
import { settingsJsonSchema } from '../../src/settings/shape/json-schema.ts';
import { loadText } from '../support/settings.ts';

const EXAMPLE = 'config/forewarm.yaml';

describe('generated files', () => {
  test.each(Object.entries(GENERATED))('%s is current; `npm run docs` mends it', async (file, render) => {
    expect(readFileSync(file, 'utf8')).toBe(await render());
  });

  test('docs/errors.md lists exactly the codes there are', () => {
    const listed = readFileSync('docs/errors.md', 'utf8').matchAll(/^\| `(E_\w+)` \|/gm);
    expect([...listed].map(([, code]) => code)).toEqual(Object.keys(ERRORS));
  });

  test('docs/configuration.md lists every option that a configuration without names can have', async () => {
    const page = readFileSync('docs/configuration.md', 'utf8');
    for (const { path } of (await loadText('')).leaves) {
      if (path === 'origins' || path === 'sources' || path === 'entities' || path === 'schedules') continue;
      expect(page).toContain(`| \`${path}\` |`);
    }
  });

  test('every option says what it means', () => {
    const rows = readFileSync('docs/configuration.md', 'utf8').match(/^\| `.*$/gm) ?? [];
    expect(rows.length).toBeGreaterThan(90);
    for (const row of rows) {
      const [, , , , meaning] = row.split(/(?<!\\)\|/);
      expect(meaning?.trim(), row).toMatch(/^[`A-Z].*[.`]$/);
    }
  });
});

describe('the JSON Schema', () => {
  // The published file, read by an implementation that knows nothing of where it came from.
  const schema = z.fromJSONSchema(JSON.parse(readFileSync('config/forewarm.schema.json', 'utf8')));
  const example: unknown = parse(readFileSync(EXAMPLE, 'utf8'));

  test('takes the example, substitutions included', () => {
    expect(schema.safeParse(example).error).toBeUndefined();
  });

  test.each([
    ['an unknown option', { tiers: { memory: { maxsize: '1MB' } } }],
    ['a size without a unit', { tiers: { memory: { maxSize: '5' } } }],
    ['an unknown word', { log: { level: 'loud' } }],
    ['a text for a number', { api: { port: 'x' } }],
    ['an unknown kind', { origins: { a: { kind: 'ftp' } } }],
  ])('refuses %s', (_, value) => {
    expect(schema.safeParse(value).success).toBe(false);
  });

  test.each([
    ['a substitution for a number', { api: { port: `\${PORT:-80}` } }],
    ['a duration of nothing', { temperatures: { hot: { grace: 0 } } }],
    ['a duration in several units', { temperatures: { hot: { ttl: '1h30m' } } }],
  ])('takes %s', (_, value) => {
    expect(schema.safeParse(value).success).toBe(true);
  });

  test('says nothing of how it was made', () => {
    expect(JSON.stringify(settingsJsonSchema())).not.toMatch(
      /"(secret|byOriginKind|format)":("|true|\[|\{"http)/,
    );
  });
});

describe('the example', () => {
  test('begins with the line by which editors find the schema', () => {
    const [first = ''] = readFileSync(EXAMPLE, 'utf8').split('\n');
    const schema = /^# yaml-language-server: \$schema=(.+)$/.exec(first)?.[1] ?? '';
    expect(existsSync(resolve(dirname(EXAMPLE), schema))).toBe(true);
  });

  test('keeps three sources of one origin warm, in batches where the origin has them', async () => {
    const settings = await loadSettings({ env: {} });
    const sources = [...settings.sources.values()].map(({ name, temperature, keysPerCall }) => [
      name,
      temperature,
      keysPerCall,
    ]);
    expect(sources).toEqual([
      ['quote', 'hot', 100],
      ['summary', 'warm', 1],
      ['profile', 'cold', 1],
    ]);
    expect(settings.origins.get('markets')).toMatchObject({
      url: 'http://127.0.0.1:7070',
      concurrency: 16,
      rate: [{ calls: 200, perMs: 1_000 }],
      timeout: 5_000,
    });
    expect(settings.data).toBe(resolve('.forewarm'));
    expect(settings.tiers.disk.path).toBe(resolve('.forewarm/cache.db'));
    expect(settings.entities.markets?.csv).toBe(resolve('examples/markets/markets.csv'));
    expect(settings.schedules.get('nightly')?.selector).toBe('entities=markets temperature=cold');
  });

  test('goes to another Redis and another origin by the environment alone', async () => {
    const env = {
      REDIS_URL: 'redis://jobs:6379',
      CACHE_REDIS_URL: 'redis://cache:6379',
      MARKETS_URL: 'http://m',
    };
    const settings = await loadSettings({ env });
    expect(settings.redis).toMatchObject({ jobs: 'redis://jobs:6379', cache: 'redis://cache:6379' });
    expect(settings.origins.get('markets')).toMatchObject({ url: 'http://m' });
  });
});
