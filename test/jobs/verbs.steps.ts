/** The verbs as a process has them, on the job kinds of `build-jobs`. */
import { careVerbs } from '../../src/jobs/care/care-verbs.ts';
import { entryVerbs } from '../../src/jobs/entry-verbs.ts';
import { lookVerbs } from '../../src/jobs/look-verbs.ts';
import { runVerbs } from '../../src/jobs/run-verbs.ts';
import { type WarmRequest, warmRequest } from '../../src/jobs/verbs.ts';
import type { AnyJobs } from './run.steps.ts';

export type TestedVerbs = ReturnType<typeof verbsOf>;

export function verbsOf(jobs: AnyJobs) {
  const runs = runVerbs(jobs);
  const { warm } = runs;
  return { ...runs, ...entryVerbs({ ...jobs, warm }), ...lookVerbs({ ...jobs, warm }), ...careVerbs(jobs) };
}

/** A request with everything else as it is by default. */
export function request(change: Partial<WarmRequest> = {}): WarmRequest {
  return warmRequest.parse(change);
}
