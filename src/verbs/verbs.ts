/**
 * The verbs: what people and programs can ask of a running system, the same for the CLI and the control API. The shapes
 * of requests and answers are schemas, so that the API can check and describe them.
 */
import { z } from 'zod';
import { TEMPERATURES } from '../core/source.ts';
import type { ClearRequest, InvalidateReport, InvalidateRequest } from './invalidate-shapes.ts';
import type { MaintenanceVerbs } from './maintenance/maintenance.ts';
import { countsView, type StatsView } from './stats-view.ts';

export {
  type ClearRequest,
  clearRequest,
  type InvalidateReport,
  type InvalidateRequest,
  invalidateReport,
  invalidateRequest,
} from './invalidate-shapes.ts';
export { type StatisticsView, statisticsView } from './metrics-view.ts';
export {
  countsView,
  type ProcessView,
  processView,
  type StatsView,
  statsView,
} from './stats-view.ts';

const time = () => z.number().describe('Milliseconds since the epoch.');
const selectorText = () =>
  z
    .string()
    .describe(
      'Which keys, such as `source=profile entities=markets`. The empty selector is everything configured.',
    );

export const warmRequest = z.strictObject({
  selector: selectorText().default(''),
  id: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/)
    .optional()
    .describe('Names the run; the same id again answers the same run.'),
  force: z.boolean().default(false).describe('Fetch also what is still fresh.'),
  missing: z.boolean().default(false).describe('Leave alone what has a servable value, stale or not.'),
  limit: z.int().min(0).default(0).describe('Warm at most this many keys; 0 is all.'),
  deadline: z.int().min(0).default(0).describe('No key is begun after this many milliseconds; 0 is never.'),
});
export type WarmRequest = z.infer<typeof warmRequest>;

export const runView = z.object({
  id: z.string(),
  state: z.enum(['planning', 'running', 'verifying', 'ended']),
  selector: z.string(),
  cause: z.enum(['api', 'cli', 'schedule', 'start']),
  schedule: z.string().nullable(),
  nominal: time().nullable().describe('The time the schedule named.'),
  createdAt: time(),
  startedAt: time().nullable(),
  endedAt: time().nullable(),
  endedReason: z.enum(['finished', 'stopped', 'deadline', 'failed']).nullable(),
  endedNote: z.string(),
  total: z.int().describe('Keys in the manifest.'),
  pending: z.int().describe('Keys without an outcome.'),
  counts: countsView,
  coverage: z
    .record(z.string(), z.object({ warm: z.int(), total: z.int() }))
    .describe('By tier, as verified at the end.'),
  revision: z.int().describe('Grows with every change.'),
});
export type RunView = z.infer<typeof runView>;

export const headView = z.object({
  key: z.string(),
  source: z.string(),
  kind: z.enum(['value', 'absent', 'dropped']),
  freshness: z.enum(['fresh', 'due', 'stale', 'gone']),
  stamp: z.number(),
  fetchedAt: time(),
  checkedAt: time(),
  dueAt: time(),
  staleAt: time(),
  goneAt: time(),
  contentType: z.string().nullable(),
  etag: z.string().nullable(),
  lastModified: z.string().nullable(),
  version: z.string().nullable(),
  tags: z.array(z.string()),
  bodyBytes: z.int(),
});
export type HeadView = z.infer<typeof headView>;

export const entryView = z.object({
  key: z.string(),
  source: z.string(),
  temperature: z.enum(TEMPERATURES),
  /** `missing`: nothing servable is stored. */
  freshness: z.enum(['fresh', 'due', 'stale', 'missing']),
  dueAt: time().nullable(),
  bodyBytes: z.int(),
  failure: z.string().nullable().describe('Why the last attempt did not succeed.'),
});
export type EntryView = z.infer<typeof entryView>;

export const entryPage = z.object({ entries: z.array(entryView), cursor: z.string().nullable() });
export type EntryPage = z.infer<typeof entryPage>;

export const inspection = z.object({
  key: z.string(),
  source: z.string(),
  temperature: z.enum(TEMPERATURES),
  params: z.record(z.string(), z.string()),
  catalogued: z.boolean(),
  dueAt: time().nullable(),
  failure: z
    .object({ outcome: z.enum(['refused', 'failed']), reason: z.string(), at: time(), count: z.int() })
    .nullable(),
  tiers: z.array(
    z.object({
      tier: z.string(),
      head: headView.nullable(),
      error: z.string().nullable().describe('Why the tier did not answer.'),
    }),
  ),
});
export type Inspection = z.infer<typeof inspection>;

export const tierCoverage = z.object({
  tier: z.string(),
  total: z.int(),
  fresh: z.int(),
  due: z.int(),
  stale: z.int(),
  missing: z.int(),
  bytes: z.int().describe('Of the bodies found.'),
  missingSamples: z.array(z.string()),
  error: z.string().nullable(),
});
export const coverageReport = z.object({
  selector: z.string(),
  total: z.int(),
  tiers: z.array(tierCoverage),
  sources: z.array(
    z.object({
      source: z.string(),
      total: z.int(),
      warm: z.int().describe('Fresh or due in at least one tier.'),
    }),
  ),
  /** Why keys are not warm: the most frequent reasons of keys whose last attempt failed. */
  reasons: z.array(z.object({ reason: z.string(), keys: z.int() })),
});
export type CoverageReport = z.infer<typeof coverageReport>;

export const scheduleView = z.object({
  name: z.string(),
  kind: z.enum(['refresh', 'run', 'probe', 'gc']).describe('What it does when it fires.'),
  cron: z.string(),
  timezone: z.string().nullable(),
  selector: z.string(),
  nextAt: time().nullable(),
  lastAt: time().nullable().describe('The nominal time of the last tick.'),
  lastRun: z.string().nullable(),
});
export type ScheduleView = z.infer<typeof scheduleView>;

export const gcReport = z.object({
  removed: z.int().describe('Entries removed from tiers.'),
  bytes: z.int().describe('Bytes given back.'),
  recoded: z.int().describe('Entries written anew with the key that is in use, or without one.'),
  orphans: z.int().describe('Catalogued keys that nothing asks for any more.'),
  runs: z.int().describe('Runs trimmed from the history.'),
});
export type GcReport = z.infer<typeof gcReport>;

export const deadLetter = z.object({
  id: z.string(),
  kind: z.enum(['key', 'job']),
  subject: z.string().describe('The key, or the kind of the job.'),
  source: z.string().nullable(),
  run: z.string().nullable(),
  reason: z.string(),
  at: time(),
  attempts: z.int(),
});
export const deadLetterPage = z.object({ letters: z.array(deadLetter), total: z.int() });
export type DeadLetterView = z.infer<typeof deadLetter>;
export type DeadLetterPage = z.infer<typeof deadLetterPage>;

export const doctorCheck = z.object({
  name: z.string(),
  state: z.enum(['ok', 'warning', 'error']),
  finding: z.string(),
  remedy: z.string().nullable(),
});
export type DoctorCheck = z.infer<typeof doctorCheck>;

/** A value as a reader gets it. */
export interface ValueView {
  readonly head: HeadView;
  readonly body: Uint8Array;
  /** The tier that answered. */
  readonly tier: string;
}

/**
 * Every verb rejects with a `ForewarmError`: `E_SELECTOR_INVALID`, `E_NOT_FOUND`, `E_CONFLICT`, `E_REDIS_UNAVAILABLE`.
 */
export interface Verbs extends MaintenanceVerbs {
  warm(request: WarmRequest, cause: 'api' | 'cli' | 'start'): Promise<{ run: RunView; created: boolean }>;
  runs(limit: number, cursor: string | undefined): Promise<{ runs: RunView[]; cursor: string | null }>;
  run(id: string): Promise<RunView>;
  stopRun(id: string): Promise<RunView>;
  /** The run at each change until it has ended or the signal aborts, and once at the beginning. */
  watchRun(id: string, signal: AbortSignal): AsyncIterable<RunView>;
  invalidate(request: InvalidateRequest, cause: 'api' | 'cli'): Promise<InvalidateReport>;
  /** Declares every value outdated. */
  clear(request: ClearRequest, cause: 'api' | 'cli'): Promise<InvalidateReport>;
  /** Undefined when nothing servable is stored under this key. */
  get(key: string, offline: boolean): Promise<ValueView | undefined>;
  /** `get` of many keys, in order: each tier is asked once. */
  getMany(keys: readonly string[]): Promise<(ValueView | undefined)[]>;
  list(selector: string, limit: number, cursor: string | undefined): Promise<EntryPage>;
  inspect(key: string): Promise<Inspection>;
  check(selector: string, samples: number): Promise<CoverageReport>;
  schedules(): Promise<ScheduleView[]>;
  /** Makes a schedule fire now; answers the run it made, or null for a temperature's refresh. */
  trigger(name: string): Promise<{ schedule: string; run: string | null }>;
  stats(): Promise<StatsView>;
  gc(): Promise<GcReport>;
  deadLetters(limit: number): Promise<DeadLetterPage>;
  /** Queues dead letters again; all of them when no ids are given. Answers how many. */
  redrive(ids: readonly string[]): Promise<number>;
  doctor(): Promise<DoctorCheck[]>;
  /** Whether this process can do its work: reasons why not. Empty is ready. */
  ready(): Promise<string[]>;
}
