/**
 * What the verbs promise, noun by noun, as data: a sentence, its proof, and a broken implementation that the proof must catch.
 * The product keeps them (`test/verbs/contract.test.ts`), and so do the verbs in memory, on which tests of the API and the
 * command line stand (`verbs.liars.test.ts`).
 */
import { describe, test } from 'vitest';
import { auditClauses } from './verbs.audit.ts';
import { changeClauses } from './verbs.changes.ts';
import { coverageClauses } from './verbs.coverage.ts';
import { entryClauses } from './verbs.entries.ts';
import { explanationClauses } from './verbs.explanations.ts';
import { invalidationClauses } from './verbs.invalidations.ts';
import { logLevelClauses } from './verbs.log-level.ts';
import { maintenanceClauses } from './verbs.maintenance.ts';
import { deadLetterClauses, healthClauses, statisticsClauses } from './verbs.operations.ts';
import { planClauses } from './verbs.plans.ts';
import { quarantineClauses } from './verbs.quarantine.ts';
import { runReportClauses } from './verbs.run-reports.ts';
import { runClauses } from './verbs.runs.ts';
import { scheduleClauses } from './verbs.schedules.ts';
import type { VerbsClauses, VerbsSubject } from './verbs.steps.ts';
import { worthClauses } from './verbs.worth.ts';

/** The clauses of each noun. */
export const VERBS_CLAUSES: Readonly<Record<string, VerbsClauses>> = {
  runs: runClauses,
  'reports of runs': runReportClauses,
  entries: entryClauses,
  coverage: coverageClauses,
  plans: planClauses,
  explanations: explanationClauses,
  worth: worthClauses,
  invalidations: invalidationClauses,
  schedules: scheduleClauses,
  statistics: statisticsClauses,
  'dead letters': deadLetterClauses,
  quarantine: quarantineClauses,
  health: healthClauses,
  'log levels': logLevelClauses,
  changes: changeClauses,
  audit: auditClauses,
  maintenance: maintenanceClauses,
};

/** Each clause gets a system of its own. */
export function describeVerbs(name: string, create: () => VerbsSubject | Promise<VerbsSubject>): void {
  for (const [noun, clauses] of Object.entries(VERBS_CLAUSES)) {
    describe(`the contract of ${noun}, kept by ${name}`, () => {
      for (const [sentence, { check }] of Object.entries(clauses))
        test(sentence, async () => check(await create()));
    });
  }
}
