/**
 * The verbs: what people and programs can ask of a running system. The command line, the control API and `connect()` offer
 * the same ones under the same names, which is why `Verbs` is flat although it is made of one contract per noun.
 *
 * Each noun has a file (or, for maintenance, a folder) with everything about it: the zod shapes of what its verbs take and
 * return, its contract (`RunVerbs`), and a function that makes the implementation (`runVerbs`) of what it is given. The
 * shapes are schemas so that the API checks requests and describes itself with them; those it names are listed in the
 * noun's `...Shapes`. `src/app` wires the nouns together; `src/api` and `src/cli` know the system only through `Verbs`.
 *
 * To add a verb: extend contract and implementation in the noun's file, then add its route and its command. A new noun also
 * needs a line in `Verbs` and in `verbShapes` here, and one in `src/app`.
 *
 * What must stay true:
 * - A verb rejects with a `ForewarmError` whose code says what the caller can do about it, and never with another error.
 * - A selector that names what nothing provides is refused before anything is changed.
 * - A verb returns when what it promises holds: a run is recorded, an invalidation binds every reader.
 * - The clauses in `test/contract/verbs.*.ts` hold of the product and of the in-memory verbs that tests of the API and the
 *   command line use, so that these tests cannot rely on what the product does not do.
 */
import { type AuditVerbs, auditShapes } from './audit/audit.ts';
import { changeShapes } from './changes/change-shapes.ts';
import type { ChangeVerbs } from './changes/changes.ts';
import type { CoverageVerbs } from './coverage.ts';
import { coverageShapes } from './coverage-shapes.ts';
import type { DeadLetterVerbs } from './dead-letters/dead-letters.ts';
import { deadLetterShapes } from './dead-letters/letter-shapes.ts';
import { type EntryVerbs, entryShapes } from './entries.ts';
import type { ExplanationVerbs } from './explain/explain.ts';
import { explanationShapes } from './explain/explanation-shapes.ts';
import { type HealthVerbs, healthShapes } from './health/health.ts';
import { historyShapes } from './history-shapes.ts';
import { type InvalidationVerbs, invalidationShapes } from './invalidations.ts';
import { type LogLevelVerbs, logLevelShapes } from './log-level.ts';
import { type MaintenanceVerbs, maintenanceShapes } from './maintenance/maintenance.ts';
import { planShapes } from './plans/plan-shapes.ts';
import type { PlanVerbs } from './plans/plans.ts';
import { processShapes } from './process-shapes.ts';
import { type QuarantineVerbs, quarantineShapes } from './quarantine.ts';
import { type RunVerbs, runShapes } from './runs/runs.ts';
import { clockChange } from './schedules/clock-changes.ts';
import { scheduleResultShapes } from './schedules/schedule-results.ts';
import { scheduleShapes } from './schedules/schedule-shapes.ts';
import type { ScheduleVerbs } from './schedules/schedules.ts';
import { type StatisticsVerbs, statisticsShapes } from './statistics.ts';
import { type WorthVerbs, worthShapes } from './worth.ts';

export interface Verbs
  extends RunVerbs,
    EntryVerbs,
    PlanVerbs,
    CoverageVerbs,
    ExplanationVerbs,
    WorthVerbs,
    InvalidationVerbs,
    ScheduleVerbs,
    StatisticsVerbs,
    DeadLetterVerbs,
    QuarantineVerbs,
    HealthVerbs,
    LogLevelVerbs,
    ChangeVerbs,
    AuditVerbs,
    MaintenanceVerbs {}

/** The shapes that the API describes by name, of every noun. */
export const verbShapes = {
  ...runShapes,
  ...entryShapes,
  ...planShapes,
  ...coverageShapes,
  ...explanationShapes,
  ...worthShapes,
  ...invalidationShapes,
  ...scheduleShapes,
  ...scheduleResultShapes,
  ClockChange: clockChange,
  ...statisticsShapes,
  ...processShapes,
  ...historyShapes,
  ...deadLetterShapes,
  ...quarantineShapes,
  ...healthShapes,
  ...logLevelShapes,
  ...changeShapes,
  ...auditShapes,
  ...maintenanceShapes,
};
