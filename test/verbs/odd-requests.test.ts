/** Programs that call the verbs need not be written in TypeScript. */
import { describe, expect, test } from 'vitest';
import { redisKeys } from '../../src/redis/keys.ts';
import type { Verbs } from '../../src/verbs/verbs.ts';
import { buildJobs } from '../support/build-jobs.ts';
import { verbsOf } from './verbs.steps.ts';

type Untyped = {
  readonly [Name in 'warm' | 'invalidate' | 'clear']: (...values: unknown[]) => Promise<unknown>;
};

const untyped = (verbs: Partial<Verbs>) => verbs as unknown as Untyped;

describe('a request to warm', () => {
  test('without anything but a selector, and without a cause, is one of the library', async () => {
    const jobs = buildJobs();
    const made = await untyped(verbsOf(jobs)).warm({ selector: 'source=profile' });
    expect(made).toMatchObject({ created: true, run: { cause: 'library', selector: 'source=profile' } });
    expect((await verbsOf(jobs).runs(10, undefined)).runs).toHaveLength(1);
  });

  test.each<[string, unknown[], string]>([
    ['nothing', [undefined], 'warm: request: must be an object, not nothing'],
    ['a text', ['source=profile'], 'warm: request: must be an object, not "source=profile"'],
    [
      'an option that does not exist',
      [{ selector: '', fource: true }],
      'warm: request.fource: is not known here; did you mean "source"?',
    ],
    ['a selector that is an object', [{ selector: {} }], 'request.selector: must be text, not a map'],
    ['an option of another type', [{ force: 'yes' }], 'request.force: must be true or false, not "yes"'],
    ['a limit that is no number', [{ limit: Number.NaN }], 'request.limit: must be a number, not NaN'],
    ['a deadline below nothing', [{ deadline: -1 }], 'request.deadline: must be at least 1, not -1'],
    ['an id that cannot be one', [{ id: '../x' }], 'request.id: must begin with a letter or digit'],
    [
      'a cause that there is not',
      [{}, 'me'],
      'warm: cause: must be one of api, cli, library, start, not "me"',
    ],
    [
      'both rows and keys',
      [{ source: 'profile', rows: [{}], keys: ['a'] }],
      'keys: give rows or keys, not both',
    ],
    ['rows without a source', [{ rows: [{}] }], 'source: rows need the source'],
    ['a source and a selector', [{ source: 'profile' }], 'source: goes with rows or keys'],
    ['rows and a selector', [{ selector: 'key=a', source: 'profile', rows: [{}] }], 'selector: is left out'],
    [
      'rows that are no list',
      [{ source: 'profile', rows: { market: 'a' } }],
      'request.rows: must be a list, not a map',
    ],
    ['no rows at all', [{ source: 'profile', rows: [] }], 'request.rows: must have at least 1 item, not 0'],
    [
      'more rows than may be',
      [{ source: 'profile', rows: new Array(100_001).fill({}) }],
      'request.rows: must have at most 100000 items, not 100001',
    ],
    ['a time to keep of centuries', [{ keys: ['profile:a'], keep: 1e15 }], 'request.keep: must be at most'],
  ])('with %s is refused, and makes no run', async (_, request, message) => {
    const jobs = buildJobs();
    await expect(untyped(verbsOf(jobs)).warm(...request)).rejects.toMatchObject({
      ...{ code: 'E_REQUEST_INVALID', message: expect.stringContaining(message) },
    });
    expect(await jobs.redis.keys(`${jobs.prefix}:*`)).toEqual([]);
  });

  test('for a source that is not configured names the nearest', async () => {
    const refused = verbsOf(buildJobs()).warm({ source: 'profil', rows: [{}] }, 'api');
    await expect(refused).rejects.toMatchObject({
      ...{ code: 'E_SOURCE_UNKNOWN', message: expect.stringContaining('did you mean "profile"?') },
    });
  });
});

test('an invalidation is checked as a request to warm is', async () => {
  const verbs = untyped(verbsOf(buildJobs()));
  const refused = { code: 'E_REQUEST_INVALID' };
  for (const request of [undefined, {}, { selector: 'key=profile:a', mode: 'gone' }, { selector: 7 }])
    await expect(verbs.invalidate(request)).rejects.toMatchObject(refused);
  await expect(verbs.clear({ mode: 'gone' })).rejects.toMatchObject(refused);
});

describe('a run whose record is not as it should be', () => {
  test.each<[string, Record<string, unknown>]>([
    ['has no cause', { cause: undefined }],
    ['has a cause of another version', { cause: 'console' }],
    ['has options of other types', { options: { force: 'yes', limit: 'all' } }],
    ['has no options', { options: undefined }],
    ['has times and stamps that are none', { createdAt: 'now', stamps: { markets: 'x' } }],
    ['has a selector that is none', { selector: { sources: ['profile'] } }],
    ['has named keys of another shape', { named: { keys: 'many' } }],
  ])('that %s is listed and shown, beside all others', async (_, change) => {
    const jobs = buildJobs();
    const verbs = verbsOf(jobs);
    for (const id of ['good', 'odd']) await verbs.warm({ id }, 'cli');
    const key = redisKeys(jobs.prefix).run('odd', 'run');
    const spec = JSON.parse((await jobs.redis.hget(key, 'spec')) ?? '');
    await jobs.redis.hset(key, 'spec', JSON.stringify({ ...spec, ...change }));
    expect((await verbs.runs(10, undefined)).runs.map(({ id }) => id).sort()).toEqual(['good', 'odd']);
    const odd = await verbs.run('odd');
    expect(odd).toMatchObject({ id: 'odd', state: 'planning', selector: expect.any(String) });
    expect(['cli', 'library']).toContain(odd.cause);
    expect((await jobs.runs.active()).map(({ id }) => id).sort()).toEqual(['good', 'odd']);
  });
});
