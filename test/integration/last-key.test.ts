import { describe, expect, it } from 'vitest';
import { doJob, plannedRun, RUN, warmChunk } from '../jobs/run.steps.ts';
import { buildJobs } from '../support/build-jobs.ts';
import { marketsCsv } from '../support/sources.ts';

describe('a worker that dies after it recorded the last key of a run', () => {
  it('leaves a chunk whose next worker has the run verified, though nothing in it is left to do', async () => {
    const jobs = buildJobs({ entities: { markets: marketsCsv(4) } });
    await plannedRun(jobs);
    const outcomes = [0, 1, 2, 3].map((index) => ({ index, outcome: 'warmed' }) as const);
    expect(await jobs.runs.record(RUN, 0, outcomes)).toEqual({
      state: 'verifying',
      last: true,
    });
    jobs.added.length = 0;
    expect(await doJob(jobs, warmChunk(0))).toEqual({ kind: 'done' });
    expect(jobs.added.map(({ id }) => id)).toEqual([`verify-${RUN}`]);
  });
});
