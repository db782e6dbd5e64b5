/** The verbs as a process has them, on the job kinds of `build-jobs`. */
import { NO_STATISTICS } from '../../src/core/statistics.ts';
import { careVerbs } from '../../src/jobs/care/care-verbs.ts';
import { entryVerbs } from '../../src/jobs/entry-verbs.ts';
import { lookVerbs } from '../../src/jobs/look-verbs.ts';
import { readVerbs } from '../../src/jobs/read-verbs.ts';
import { runVerbs } from '../../src/jobs/run-verbs.ts';
import { type WarmRequest, warmRequest } from '../../src/jobs/verbs.ts';
import type { AnyJobs } from './run.steps.ts';

export type TestedVerbs = ReturnType<typeof verbsOf>;

/** `self` is the process that answers: one that has done nothing, unless told. */
export function verbsOf(jobs: AnyJobs, self = { id: 'nobody', statistics: () => NO_STATISTICS }) {
  const runs = runVerbs(jobs);
  const { warm } = runs;
  const look = lookVerbs({ ...jobs, warm, self });
  return { ...runs, ...entryVerbs({ ...jobs, warm }), ...readVerbs(jobs), ...look, ...careVerbs(jobs) };
}

/** A request with everything else as it is by default. */
export function request(change: Partial<WarmRequest> = {}): WarmRequest {
  return warmRequest.parse(change);
}
