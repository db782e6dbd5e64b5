import { expect, test } from 'vitest';
import { newPlace, openReader } from './reader.steps.ts';

test('a value that its format would change is refused, named by its key and its path, and nothing is stored', async () => {
  const reader = await openReader(newPlace());
  const profiles = reader.source<unknown>('profile');
  const values = [
    [{ market: 'boulder' }, { population: 1 }],
    [{ market: 'denver' }, { rates: [1, Number.NaN] }],
  ] as const;
  await expect(profiles.setMany(values)).rejects.toMatchObject({
    code: 'E_BODY_INVALID',
    message: expect.stringContaining(
      'the value of "profile:denver" cannot be written as JSON: "rates.1" is NaN',
    ),
  });
  expect(await profiles.lookup({ market: 'boulder' })).toEqual({ state: 'missing' });
  await expect(reader.set('tile:1:2', 'a\ud800')).rejects.toMatchObject({ code: 'E_BODY_INVALID' });
});

test('bytes and params that are set may be changed afterwards', async () => {
  const reader = await openReader(newPlace());
  const [bytes, params] = [Buffer.from('before'), { z: 'x'.repeat(200), x: '1' }];
  const tiles = reader.source<Uint8Array>('tile');
  const written = tiles.set(params, bytes, { ttl: 60_000 });
  params.x = '2';
  await written;
  bytes.write('behind');
  const key = tiles.key({ ...params, x: '1' });
  expect(Buffer.from((await reader.get<Uint8Array>(key)) ?? []).toString()).toBe('before');
  expect((await reader.verbs.inspect(key)).params).toMatchObject({ x: '1' });
});

test.each<[string, unknown, string]>([
  ['half of a surrogate pair', { market: '\ud800' }, 'param "market" holds U+D800'],
  [
    'a number that lost digits',
    { market: 2 ** 53 },
    'param "market" is 9007199254740992, which is not an exact',
  ],
  ['a number that is none', { market: Number.NaN }, 'param "market" is NaN'],
  ['a list', { market: [1] }, 'param "market" is not text'],
  ['nothing', { market: null }, 'param "market" is empty'],
  ['nothing in place of params', null, 'params are nothing; give an object'],
  ['a key in place of params', 'profile:denver', 'params are "profile:denver"; give an object'],
])('params in which stands %s are refused by every call', async (_, given, says) => {
  const profiles = (await openReader(newPlace())).source<unknown>('profile');
  const params = given as { market: string };
  const refusal = { code: 'E_KEY_INVALID', message: expect.stringContaining(says) };
  expect(() => profiles.peek(params)).toThrow(expect.objectContaining(refusal));
  for (const call of [
    ...[profiles.get(params), profiles.lookup(params), profiles.has(params), profiles.getMany([params])],
    ...[profiles.set(params, 1), profiles.setMany([[params, 1]]), profiles.invalidate(params)],
  ])
    await expect(call).rejects.toMatchObject(refusal);
});

test('numbers, BigInts and booleans are params as they are written', async () => {
  const profiles = (await openReader(newPlace())).source('profile');
  const keys = [7, 0.5, -0, 9007199254740993n, true].map((market) => profiles.key({ market }));
  expect(keys.map((key) => key.slice('profile:'.length))).toEqual([
    '7',
    '0.5',
    '0',
    '9007199254740993',
    'true',
  ]);
});
