/** The promise of `config check` in its short form; the long one is `promise.full.ts`. */
import fc from 'fast-check';
import { describe, expect, inject, test } from 'vitest';
import { loadSettings } from '../../../src/settings/load.ts';
import { type Change, changesTo } from './configurations.ts';
import { brokenBy, everything, faultOf, place, verdictOn } from './promise.ts';

const SEED = 20_261_128;

test('what a check passes starts and can be warmed, and what it refuses is told with its place', async () => {
  const where = await place(inject('redisUrl'));
  const kinds: string[] = [];
  const keeps = async (changes: readonly Change[]) => {
    const verdict = await verdictOn(where, changes);
    kinds.push(verdict.kind);
    expect(verdict).not.toHaveProperty('how');
  };
  await fc.assert(fc.asyncProperty(changesTo(everything(where), 2), keeps), { numRuns: 20, seed: SEED });
  expect(new Set(kinds)).toEqual(new Set(['passed', 'refused']));
});

describe('a promise that is broken is found', () => {
  test('where no call can be made, or the process cannot start', async () => {
    const where = await place(inject('redisUrl'));
    const config = { ...everything(where), tiers: { disk: { enabled: false } } };
    const settings = await loadSettings({ config, env: {}, folder: where.folder });
    expect(await brokenBy(settings)).toBeUndefined();
    const vectors = settings.origins.get('vectors');
    if (vectors?.kind !== 'embeddings') throw new Error('no such origin');
    const origins = new Map(settings.origins).set('vectors', { ...vectors, proxy: 'http://h:1/x' });
    expect(await brokenBy({ ...settings, origins })).toBe('source "vector": invalid url');
    const gone = { ...where, redisUrl: 'redis://127.0.0.1:1' };
    await expect(verdictOn(gone, [])).rejects.toMatchObject({ code: 'E_REDIS_UNAVAILABLE' });
  });

  test('where a problem has no place, no sentence, or too many words', () => {
    expect(faultOf({ path: 'a.b', message: 'must be a size, not "x"' })).toBeUndefined();
    for (const message of ['no', 'must be undefined', 'must be [object Object]', 'x'.repeat(601)])
      expect(faultOf({ path: 'a.b', message })).toBeDefined();
    expect(faultOf({ path: '', message: 'must be a size, not "x"' })).toBeDefined();
  });
});
