/**
 * The verbs over plain maps, for tests of what stands above them: the API and the command line. The state is real: a run's
 * counts add up, an invalidated value is stale, a watch sees each change. They keep the contracts in `test/contract/verbs.*`,
 * as the product does. Nothing happens by itself: `work` warms keys of a run.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../src/core/clock.ts';
import { Events } from '../../../src/core/events.ts';
import { hideSecrets } from '../../../src/core/secrets.ts';
import { auditVerbs } from '../../../src/verbs/audit/audit.ts';
import { audited } from '../../../src/verbs/audit/audited.ts';
import type { HeadView } from '../../../src/verbs/inspection-shapes.ts';
import type { Verbs } from '../../../src/verbs/verbs.ts';
import { AuditLogInMemory } from './audit-log.ts';
import { changesInMemory } from './changes.ts';
import {
  coverageInMemory,
  entriesInMemory,
  explanationsInMemory,
  invalidationsInMemory,
  worthInMemory,
} from './entries.ts';
import { KnownValues } from './known-values.ts';
import { logLevelsInMemory } from './log-levels.ts';
import { maintenanceInMemory } from './maintenance.ts';
import { DeadLettersInMemory, healthInMemory, QuarantineInMemory, statisticsInMemory } from './operations.ts';
import { plansInMemory } from './plans.ts';
import { RunsInMemory } from './runs.ts';
import { schedulesInMemory } from './schedules.ts';

export type VerbsInMemory = ReturnType<typeof verbsInMemory>;

/** One key is a dead letter from the beginning, `letter-1`, unless others are given. */
export function verbsInMemory(
  clock: Clock,
  { dead: lost = ['profile:lost'] }: { dead?: readonly string[] } = {},
) {
  const known = new KnownValues(clock);
  const runs = new RunsInMemory(known);
  const dead = new DeadLettersInMemory(known, runs);
  const aside = new QuarantineInMemory(known);
  for (const key of lost) dead.bury(key);
  const schedules = schedulesInMemory(known, runs);
  const auditLog = new AuditLogInMemory(clock);
  const plain = {
    warm: runs.warm.bind(runs),
    runs: runs.runs.bind(runs),
    run: runs.run.bind(runs),
    stopRun: runs.stopRun.bind(runs),
    runReport: runs.runReport.bind(runs),
    runFailures: runs.runFailures.bind(runs),
    diffRuns: runs.diffRuns.bind(runs),
    watchRun: runs.watchRun.bind(runs),
    ...entriesInMemory(known),
    ...coverageInMemory(known),
    ...plansInMemory(known),
    ...explanationsInMemory(known),
    ...worthInMemory(known),
    ...invalidationsInMemory(known, runs),
    ...schedules,
    ...changesInMemory(known, runs, schedules),
    ...statisticsInMemory(known),
    deadLetters: dead.deadLetters.bind(dead),
    redrive: dead.redrive.bind(dead),
    quarantine: aside.quarantine.bind(aside),
    release: aside.release.bind(aside),
    ...logLevelsInMemory(known),
    ...maintenanceInMemory(known),
    ...auditVerbs({ auditLog }),
  };
  const { verbs } = audited(plain, {
    ...{ auditLog, clock, events: new Events(), hide: hideSecrets, newId: randomUUID },
    self: { who: 'ann@host', way: 'library' },
  });
  const unready: string[] = [];
  return {
    ...verbs,
    ...healthInMemory(() => unready, known),
    /** Tiers that do not answer. */
    silent: known.silent,
    /** Reasons that `ready` returns. */
    unready,
    put: (key: string, body: string | Uint8Array, head?: Partial<HeadView>) => known.put(key, body, head),
    expect: (keys: readonly string[]) => known.expect(keys),
    bury: (key: string, run?: string) => dead.bury(key, run),
    setAside: (key: string) => aside.setAside(key),
    planRun: (run: string) => runs.plan(run),
    work: (run: string, count: number) => runs.work(run, count),
    /** Watches that go on. */
    get watches(): number {
      return runs.watches;
    },
  } satisfies Verbs & Record<string, unknown>;
}
