/** The verbs as a process has them, on the job kinds of `build-jobs`. */
import { REPORTED_WITHIN_MS } from '../../src/catalog/popularity.ts';
import { NO_STATISTICS } from '../../src/core/metrics/statistics.ts';
import type { Source } from '../../src/core/source.ts';
import { HOUR_MS } from '../../src/core/units.ts';
import { keysPerChunk } from '../../src/jobs/queueing.ts';
import { Calendars } from '../../src/schedules/calendars.ts';
import type { Schedule } from '../../src/schedules/fire.ts';
import { RedisTickStore } from '../../src/schedules/redis-tick-store.ts';
import { coverageVerbs } from '../../src/verbs/coverage.ts';
import { deadLetterVerbs } from '../../src/verbs/dead-letters/dead-letters.ts';
import { entryVerbs } from '../../src/verbs/entries.ts';
import { explanationVerbs } from '../../src/verbs/explain/explain.ts';
import { invalidationVerbs } from '../../src/verbs/invalidations.ts';
import { maintenanceVerbs } from '../../src/verbs/maintenance/maintenance.ts';
import { quarantineVerbs } from '../../src/verbs/quarantine.ts';
import { runVerbs } from '../../src/verbs/runs/runs.ts';
import { type WarmRequest, warmRequest } from '../../src/verbs/runs/warm-request.ts';
import { statisticsVerbs } from '../../src/verbs/statistics.ts';
import { worthVerbs } from '../../src/verbs/worth.ts';
import type { AnyJobs } from '../jobs/run.steps.ts';

export type TestedVerbs = ReturnType<typeof verbsOf>;

/** `self` is the process whose verbs they are: one that has done nothing, unless given. */
export function verbsOf(jobs: AnyJobs, self = { id: 'nobody', statistics: () => NO_STATISTICS }) {
  const runs = runVerbs(jobs);
  const { warm } = runs;
  return {
    ...runs,
    ...entryVerbs(jobs),
    ...coverageVerbs({ ...jobs, ...schedulesOf(jobs) }),
    ...worthVerbs(jobs),
    ...explanationVerbs({ ...jobs, ...schedulesOf(jobs) }),
    ...invalidationVerbs({ ...jobs, warm }),
    ...statisticsVerbs({ ...jobs, self }),
    ...deadLetterVerbs({ ...jobs, warm }),
    ...quarantineVerbs(jobs),
    ...maintenanceVerbs(jobs),
  };
}

/** Readers were there for all of the last hour, and reported that they read nothing of these sources. */
export async function reportedForAnHour(
  { popularity, clock }: Pick<AnyJobs, 'popularity' | 'clock'>,
  sources: readonly string[],
): Promise<void> {
  const now = clock.now();
  for (let at = now - HOUR_MS; at <= now; at += REPORTED_WITHIN_MS)
    await Promise.all(sources.map((source) => popularity.count(source, new Map(), at)));
}

/** Schedules of a system, with their accounts. */
export function schedulesOf(
  { redis, prefix }: Pick<AnyJobs, 'redis' | 'prefix'>,
  schedules: readonly Schedule[] = [],
) {
  const ticks = new RedisTickStore({ redis, prefix, holder: 'a', leaseMs: 1_000, kept: 99 });
  return { ticks, calendars: new Calendars(), schedules };
}

/** What plans need besides, of origins that are not limited. */
export function planning({ chunkSize }: Pick<AnyJobs, 'chunkSize'>) {
  return {
    budgets: new Map([['markets', { rate: undefined, concurrency: 8 }]]),
    timeouts: new Map([['markets', 5_000]]),
    ...{ attempts: 3, backoff: { base: 2_000, max: 60_000 } },
    keysPerChunk: (source: Source) => keysPerChunk(source, chunkSize),
    rooms: new Map(),
  };
}

/** A request with everything else as it is by default. */
export function request(change: Partial<WarmRequest> = {}): WarmRequest {
  return warmRequest.parse(change);
}
