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
