/** The verbs as a process has them, on the job kinds of `build-jobs`. */
import { NO_STATISTICS } from '../../src/core/statistics.ts';
import { readVerbs } from '../../src/verbs/entries.ts';
import { entryVerbs } from '../../src/verbs/entry-verbs.ts';
import { maintenanceVerbs } from '../../src/verbs/maintenance/maintenance-verbs.ts';
import { operationVerbs } from '../../src/verbs/operations.ts';
import { runVerbs } from '../../src/verbs/run-verbs.ts';
import { type WarmRequest, warmRequest } from '../../src/verbs/verbs.ts';
import type { AnyJobs } from '../jobs/run.steps.ts';

export type TestedVerbs = ReturnType<typeof verbsOf>;

/** `self` is the process that answers: one that has done nothing, unless told. */
export function verbsOf(jobs: AnyJobs, self = { id: 'nobody', statistics: () => NO_STATISTICS }) {
  const runs = runVerbs(jobs);
  const { warm } = runs;
  const look = operationVerbs({ ...jobs, warm, self });
  return {
    ...runs,
    ...entryVerbs({ ...jobs, warm }),
    ...readVerbs(jobs),
    ...look,
    ...maintenanceVerbs(jobs),
  };
}

/** A request with everything else as it is by default. */
export function request(change: Partial<WarmRequest> = {}): WarmRequest {
  return warmRequest.parse(change);
}
