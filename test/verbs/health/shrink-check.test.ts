import { expect, test } from 'vitest';
import { instantText } from '../../../src/core/written-time.ts';
import { shrinksOf } from '../../../src/verbs/health/checks/origins/shrinks.ts';
import { buildJobs } from '../../support/build-jobs.ts';

test('the doctor names a source whose sets lack many of its keys, what was forgotten before, and until when they are kept', async () => {
  const deps = buildJobs();
  const { shrinks, clock } = deps;
  expect(await shrinksOf(deps)).toEqual([]);
  const since = clock.now();
  await shrinks.count('profile', 15, since);
  await shrinks.note('profile', { since, missing: 30, keys: 185 });
  const until = instantText(since + 10 * 60_000);
  expect(await shrinksOf(deps)).toMatchObject([
    {
      where: 'sources.profile',
      level: 'warning',
      finding: `its entity sets lack 30 of 185 keys, and 15 were forgotten within the hour; kept until a \`gc\` after ${until} finds the same`,
    },
  ]);
});
