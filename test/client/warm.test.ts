/** Warming from an application. */

import { expect, test } from 'vitest';
import { RedisRuns } from '../../src/catalog/runs/redis-runs.ts';
import { connectRedis } from '../support/redis.ts';
import { newPlace, openReader } from './reader.steps.ts';

test('an application warms rows or keys, typed, and follows the run by the verbs', async () => {
  const place = newPlace();
  const cache = await openReader(place);
  const rows = [{ market: 'denver' }, { market: 7 }];
  const run = await cache.warm({ source: 'profile', rows, limit: 2, deadline: 60_000, keep: 3_600_000 });
  expect(run).toMatchObject({ state: 'planning', cause: 'library', named: { keys: 2 } });
  expect(await cache.verbs.run(run.id)).toEqual({
    ...run,
    waits: [expect.objectContaining({ for: 'worker' })],
  });
  const record = await new RedisRuns({ redis: connectRedis(), prefix: place.prefix }).get(run.id);
  expect(record).toMatchObject({ keep: 3_600_000, options: { limit: 2 } });
  expect(await cache.warm({ id: run.id, keys: ['profile:denver'], missing: true })).toMatchObject({
    id: run.id,
  });
});

test('a row that is wrong is named by its index, and nothing is made', async () => {
  const cache = await openReader(newPlace());
  const refused = cache.warm({ source: 'profile', rows: [{ market: 'a' }, { town: 'b' }] });
  await expect(refused).rejects.toMatchObject({
    code: 'E_REQUEST_INVALID',
    details: { errors: [{ place: 'rows.1' }] },
  });
  expect((await cache.verbs.runs(10, undefined)).runs).toEqual([]);
});
