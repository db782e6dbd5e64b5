/** The verbs as a process has them, on the job kinds of `build-jobs`. */
import { NO_STATISTICS } from '../../src/core/metrics/statistics.ts';
import { coverageVerbs } from '../../src/verbs/coverage.ts';
import { deadLetterVerbs } from '../../src/verbs/dead-letters.ts';
import { entryVerbs } from '../../src/verbs/entries.ts';
import { invalidationVerbs } from '../../src/verbs/invalidations.ts';
import { maintenanceVerbs } from '../../src/verbs/maintenance/maintenance.ts';
import { quarantineVerbs } from '../../src/verbs/quarantine.ts';
import { runVerbs } from '../../src/verbs/runs/runs.ts';
import { type WarmRequest, warmRequest } from '../../src/verbs/runs/warm-request.ts';
import { statisticsVerbs } from '../../src/verbs/statistics.ts';
import type { AnyJobs } from '../jobs/run.steps.ts';

export type TestedVerbs = ReturnType<typeof verbsOf>;

/** `self` is the process whose verbs they are: one that has done nothing, unless given. */
export function verbsOf(jobs: AnyJobs, self = { id: 'nobody', statistics: () => NO_STATISTICS }) {
  const runs = runVerbs(jobs);
  const { warm } = runs;
  return {
    ...runs,
    ...entryVerbs(jobs),
    ...coverageVerbs(jobs),
    ...invalidationVerbs({ ...jobs, warm }),
    ...statisticsVerbs({ ...jobs, self }),
    ...deadLetterVerbs({ ...jobs, warm }),
    ...quarantineVerbs(jobs),
    ...maintenanceVerbs(jobs),
  };
}

/** A request with everything else as it is by default. */
export function request(change: Partial<WarmRequest> = {}): WarmRequest {
  return warmRequest.parse(change);
}
