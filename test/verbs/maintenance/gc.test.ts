import { expect, test } from 'vitest';
import { gcReport } from '../../../src/verbs/maintenance/maintenance-shapes.ts';
import { buildJobs } from '../../support/build-jobs.ts';
import { GRACE, keysOf, TTL } from '../../support/sources.ts';
import { warm } from '../../warming/warm.steps.ts';
import { verbsOf } from '../verbs.steps.ts';

test('gc collects what is gone', async () => {
  const jobs = buildJobs();
  await warm(jobs, { keys: keysOf(4) });
  await jobs.clock.advance(TTL + GRACE);
  expect(gcReport.parse(await verbsOf(jobs).gc())).toMatchObject({ removed: 8, orphans: 0, runs: 0 });
});
