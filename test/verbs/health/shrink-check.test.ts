import { expect, test } from 'vitest';
import { RedisShrinks } from '../../../src/catalog/redis-shrinks.ts';
import { shrinkChecks } from '../../../src/verbs/health/shrink-check.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { connectRedis, uniquePrefix } from '../../support/redis.ts';
import { sourceWith } from '../../support/sources.ts';

test('the doctor names a source whose sets lack many of its keys, what was forgotten before, and until when they are kept', async () => {
  const shrinks = new RedisShrinks({ redis: connectRedis(), prefix: uniquePrefix() });
  const clock = new FakeClock();
  const deps = { shrinks, clock, sources: new Map([['profile', sourceWith()]]) };
  expect(await shrinkChecks(deps)).toEqual([]);
  const since = clock.now();
  await shrinks.count('profile', 15, since);
  await shrinks.note('profile', { since, missing: 30, keys: 185 });
  const until = new Date(since + 10 * 60_000).toISOString();
  expect(await shrinkChecks(deps)).toMatchObject([
    {
      name: 'keys profile',
      state: 'warning',
      finding: `its entity sets lack 30 of 185 keys, and 15 were forgotten within the hour; kept until a \`gc\` after ${until} finds the same`,
    },
  ]);
});
