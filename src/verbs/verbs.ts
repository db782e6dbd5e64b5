/**
 * The verbs: what people and programs can ask of a running system. The command line, the control API and `connect()` offer
 * the same ones under the same names, which is why `Verbs` is flat although it is made of one contract per noun.
 *
 * Each noun has a file (or, for maintenance, a folder) with its contract (`RunVerbs`) and a function that makes the
 * implementation (`runVerbs`) of what it is given. The zod shapes of what its verbs take and return have a file of their own
 * beside it (`run-shapes.ts`): the API checks requests and describes itself with them at its start, while the implementation
 * is loaded when one of the verbs is asked for. Those that the API names are listed in the noun's `...Shapes`. `src/app`
 * wires the nouns together; `src/api` and `src/cli` know the system only through `Verbs`.
 *
 * To add a verb: extend the noun's shapes, contract and implementation, then add its route and its command. A new noun also
 * needs a line in `Verbs` and in `verbShapes` here, and one in `src/app`.
 *
 * What must stay true:
 * - A verb rejects with a `ForewarmError` whose code says what the caller can do about it, and never with another error.
 * - A selector that names what nothing provides is refused before anything is changed.
 * - A verb returns when what it promises holds: a run is recorded, an invalidation binds every reader.
 * - The clauses in `test/contract/verbs.*.ts` hold of the product and of the in-memory verbs that tests of the API and the
 *   command line use, so that these tests cannot rely on what the product does not do.
 */
import type { AuditVerbs } from './audit/audit.ts';
import { auditShapes } from './audit/audit-shapes.ts';
import { changeShapes } from './changes/change-shapes.ts';
import type { ChangeVerbs } from './changes/changes.ts';
import type { CoverageVerbs } from './coverage.ts';
import { coverageShapes } from './coverage-shapes.ts';
import type { DeadLetterVerbs } from './dead-letters/dead-letters.ts';
import { deadLetterShapes } from './dead-letters/letter-shapes.ts';
import type { EntryVerbs } from './entries.ts';
import { entryShapes } from './entry-shapes.ts';
import type { ExplanationVerbs } from './explain/explain.ts';
import { explanationShapes } from './explain/explanation-shapes.ts';
import { healthShapes } from './health/doctor-shapes.ts';
import type { HealthVerbs } from './health/health.ts';
import { historyShapes } from './history-shapes.ts';
import { invalidationShapes } from './invalidation-shapes.ts';
import type { InvalidationVerbs } from './invalidations.ts';
import type { LogLevelVerbs } from './log-level.ts';
import { logLevelShapes } from './log-level-shapes.ts';
import type { MaintenanceVerbs } from './maintenance/maintenance.ts';
import { maintenanceShapes } from './maintenance/maintenance-shapes.ts';
import { planShapes } from './plans/plan-shapes.ts';
import type { PlanVerbs } from './plans/plans.ts';
import { processShapes } from './process-shapes.ts';
import type { QuarantineVerbs } from './quarantine.ts';
import { quarantineShapes } from './quarantine-shapes.ts';
import { runShapes } from './runs/run-shapes.ts';
import type { RunVerbs } from './runs/runs.ts';
import { scheduleResultShapes } from './schedules/schedule-result-shapes.ts';
import { clockChange, scheduleShapes } from './schedules/schedule-shapes.ts';
import type { ScheduleVerbs } from './schedules/schedules.ts';
import type { StatisticsVerbs } from './statistics.ts';
import { statisticsShapes } from './statistics-view.ts';
import type { WorthVerbs } from './worth.ts';
import { worthShapes } from './worth-shapes.ts';

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
