/** Every job kind against the contract, and for each clause a kind that breaks it and must be caught. */
import { describe, expect, test } from 'vitest';
import { gcJob } from '../../src/jobs/gc.ts';
import { fencedJob, invalidateJob } from '../../src/jobs/invalidate.ts';
import { anyKind } from '../../src/jobs/job.ts';
import { probeJob } from '../../src/jobs/probe.ts';
import { askJobs, sourceJob, tickJob } from '../../src/jobs/refresh.ts';
import { chunkJob, planJob, verifyJob } from '../../src/jobs/run-jobs.ts';
import { plannedRun, RUN } from '../jobs/run.steps.ts';
import { buildJobs } from '../support/build-jobs.ts';
import { keysOf, marketsCsv, sourceWith } from '../support/sources.ts';
import { expected, warm } from '../warming/warm.steps.ts';
import { describeJobKind, type JobKindSubject, jobKindClauses } from './job-kind.ts';

const KEYS = keysOf(4);

/** Four keys that are due in the catalog, two of them warm. */
async function system() {
  const jobs = buildJobs({ entities: { markets: marketsCsv(4) } });
  await expected(jobs, KEYS);
  await warm(jobs, { keys: KEYS.slice(0, 2) });
  return jobs;
}

const SUBJECTS: Readonly<Record<string, () => Promise<JobKindSubject>>> = {
  async prefetch() {
    const jobs = await system();
    await plannedRun(jobs);
    const envelopes = [chunkJob(RUN, 0, sourceWith()), planJob(RUN), verifyJob(RUN)];
    return { jobs, kind: anyKind(jobs.prefetch), envelopes };
  },
  async refresh() {
    const jobs = await system();
    const ask = askJobs(sourceWith(), KEYS, { urgent: true, chunkSize: 200 });
    const envelopes = [
      tickJob('hot-1', sourceWith().temperature, undefined),
      sourceJob('all-1', 'profile'),
      ...ask,
    ];
    return { jobs, kind: anyKind(jobs.refresh), envelopes };
  },
  async probe() {
    const jobs = await system();
    return { jobs, kind: anyKind(jobs.probe), envelopes: [probeJob('profile.version-1', sourceWith())] };
  },
  async invalidate() {
    const jobs = await system();
    const stamps = { markets: await jobs.ledger.stamp('markets') };
    const envelopes = [
      invalidateJob('invalidate-1', { selector: 'key=profile:m0', mode: 'drop', stamps }),
      fencedJob('fenced-1', 'source=profile', 'stale'),
    ];
    return { jobs, kind: anyKind(jobs.invalidate), envelopes };
  },
  async gc() {
    const jobs = await system();
    return { jobs, kind: anyKind(jobs.gc), envelopes: [gcJob('gc-1')] };
  },
};

for (const [name, create] of Object.entries(SUBJECTS)) {
  describeJobKind(name, create);

  describe(`the contract of job kinds catches a ${name} that breaks the clause`, () => {
    for (const [sentence, { check, lie }] of Object.entries(jobKindClauses)) {
      test(`"${sentence}"`, async () => {
        const subject = await create();
        await expect(check({ ...subject, kind: lie(subject) })).rejects.toThrow();
      });
    }
  });
}
