import { expect, test } from 'vitest';
import { shrinkChecks } from '../../../src/verbs/health/shrink-check.ts';
import { buildJobs } from '../../support/build-jobs.ts';

test('the doctor names a source whose sets lack many of its keys, what was forgotten before, and until when they are kept', async () => {
  const deps = buildJobs();
  const { shrinks, clock } = deps;
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
