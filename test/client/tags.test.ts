/** Tags of values, and the configuration that gives them others. */
import { describe, expect, test } from 'vitest';
import { newPlace, openReader, type Place, PROFILE } from './reader.steps.ts';

const tagged = (...tags: string[]) => ({ sources: { profile: { ...PROFILE, tags } } });
const DROP = { mode: 'drop', rewarm: false, dryRun: false } as const;

/** Values that a reader of this configuration has set, which then left. */
async function stored(place: Place, changes: Record<string, unknown>): Promise<void> {
  const before = await openReader(place, changes);
  for (const market of ['denver', 'boulder']) await before.set(`profile:${market}`, { market });
  await before.close();
}

describe('a value that was stored under an older configuration', () => {
  test.each([
    ['had no tags', tagged()],
    ['gave it a tag of another form', tagged('town:{market}')],
    ['tagged it by something else', tagged('market:old-{market}')],
  ])('that %s is dropped by the tag that its source gives now, and no other value is', async (_, before) => {
    const place = newPlace();
    await stored(place, before);
    const now = await openReader(place, tagged('market:{market}'));
    expect(await now.get('profile:denver')).toEqual({ market: 'denver' });
    await now.verbs.invalidate({ selector: 'tag=market:denver', ...DROP }, 'api');
    expect(await now.get('profile:denver')).toBeUndefined();
    expect(await now.get('profile:boulder')).toEqual({ market: 'boulder' });
  });

  test('is dropped by the tag that it carries, although its source gives it no more', async () => {
    const place = newPlace();
    await stored(place, tagged('market:{market}'));
    const now = await openReader(place, tagged());
    const report = await now.verbs.invalidate({ selector: 'tag=market:denver', ...DROP }, 'api');
    expect(report.unknownTags).toEqual(['market:denver']);
    expect(await now.get('profile:denver')).toBeUndefined();
    expect(await now.get('profile:boulder')).toEqual({ market: 'boulder' });
  });
});

describe('a tag that is set with a value', () => {
  test('drops it, and goes when another value is set', async () => {
    const cache = await openReader(newPlace());
    const profiles = cache.source('profile');
    await profiles.set({ market: 'denver' }, { n: 1 }, { tags: ['campaign:spring'] });
    await cache.set('profile:boulder', { n: 1 }, { tags: ['campaign:spring'] });
    await cache.set('profile:boulder', { n: 2 });
    await cache.verbs.invalidate({ selector: 'tag=campaign:spring', ...DROP }, 'api');
    expect(await cache.get('profile:denver')).toBeUndefined();
    expect(await cache.get('profile:boulder')).toEqual({ n: 2 });
  });

  test.each([
    ['empty', ['']],
    ['too long', ['x'.repeat(1_025)]],
    ['too many', Array.from({ length: 65 }, (_, i) => `t${i}`)],
  ])('that is %s is refused, and nothing is stored', async (_, tags) => {
    const cache = await openReader(newPlace());
    const refused = { code: 'E_REQUEST_INVALID', message: expect.stringContaining('profile:denver') };
    await expect(cache.set('profile:denver', { n: 1 }, { tags })).rejects.toMatchObject(refused);
    expect(await cache.has('profile:denver')).toBe(false);
  });

  test('may be of a column that the key does not have, where the params say it', async () => {
    const cache = await openReader(newPlace(), tagged('region:{region}'));
    const profiles = cache.source('profile');
    await profiles.setMany([
      [{ market: 'denver', region: 'west' }, { n: 1 }],
      [{ market: 'boston', region: 'east' }, { n: 1 }],
      [{ market: 'nowhere' }, { n: 1 }],
    ]);
    await cache.verbs.invalidate({ selector: 'tag=region:west', ...DROP }, 'api');
    const left = await profiles.getMany([{ market: 'denver' }, { market: 'boston' }, { market: 'nowhere' }]);
    // Nobody knows where nowhere is: it may be in the west.
    expect(left).toEqual([undefined, { n: 1 }, undefined]);
  });
});
