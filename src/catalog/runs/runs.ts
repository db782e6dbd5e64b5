/**
 * The contract of runs: one execution of a selection. A run has a manifest (its keys, in chunks), and one outcome per
 * key. An outcome is recorded once and never changed by a later attempt, so any work may be repeated after a crash
 * and the counts still add up.
 *
 *     planning ──begin──> running ──last key recorded──> verifying ──end──> ended
 *        └───────────────────┴──────────stop───────────────────────────────^
 */
import type { Stamp } from '../../core/entry.ts';
import { ForewarmError } from '../../core/errors.ts';
import type { Estimate } from '../../core/estimate.ts';
import type { Counts, Outcome } from '../../core/outcome.ts';
import { quote } from '../../core/quote.ts';
import type { ShrunkSource } from '../../core/shrunk-source.ts';

export const RUN_STATES = ['planning', 'running', 'verifying', 'ended'] as const;
export type RunState = (typeof RUN_STATES)[number];

/** Why a run ended. */
export const ENDED_REASONS = ['finished', 'stopped', 'deadline', 'failed'] as const;
export type EndedReason = (typeof ENDED_REASONS)[number];

/** Where a run came from. */
export const RUN_CAUSES = ['api', 'cli', 'library', 'schedule', 'start'] as const;
export type RunCause = (typeof RUN_CAUSES)[number];

/** The keys of a run that were named one by one, or by rows. They lie beside the run until it is planned, and then in its manifest. */
export interface NamedKeys {
  /** Of the list; see `KeyLists`. */
  readonly list: string;
  readonly pages: number;
  readonly keys: number;
  readonly sources: readonly string[];
}

export interface RunOptions {
  /** Fetch also what is still fresh. */
  readonly force: boolean;
  /** Leave alone what has a servable value, stale or not. */
  readonly missing: boolean;
  /** Warm at most this many keys, in manifest order. 0 is all. */
  readonly limit: number;
  /** No key is begun after this time, ms since the epoch. 0 is never. */
  readonly deadlineAt: number;
  /** Origins are believed that have values no more, however many. */
  readonly acceptAbsent: boolean;
}

/** What a run does of which nobody says more. */
export const PLAIN_RUN: RunOptions = {
  ...{ force: false, missing: false, limit: 0, deadlineAt: 0, acceptAbsent: false },
};

/** What was planned, by somebody who looked before the run was made. */
export interface RunPlan {
  readonly keys: number;
  readonly fetch: number;
  readonly calls: Estimate;
  readonly bytes: Estimate | null;
  /** How long it takes, in ms. */
  readonly likely: Estimate | null;
}

/** The plan of a run that nobody planned, which was made with its manifest; or why it has none. */
export interface PlannedTick {
  readonly plan?: RunPlan;
  readonly unplanned?: string;
}

export interface RunSpec {
  readonly id: string;
  /** Of a run whose keys were named: a short description for people, which is no selector. */
  readonly selector: string;
  /** Undefined when a selector says which keys. */
  readonly named: NamedKeys | undefined;
  /** How long keys that were named are kept warm, in ms; undefined: as long as their source says. */
  readonly keep: number | undefined;
  readonly cause: RunCause;
  readonly schedule: string | undefined;
  /** The time the schedule named, which may lie before the time it fired. */
  readonly nominal: number | undefined;
  readonly options: RunOptions;
  /** Undefined where nobody planned it, and it is no tick's. */
  readonly plan?: RunPlan | undefined;
  /** Who asked for it and why, where they said why. Undefined of one that a schedule made. */
  readonly note?: string | undefined;
  /** The configuration of the process that created it (`digestOfNames`): one with the same is to plan it. Undefined of an older version. */
  readonly names: string | undefined;
  /** On the clock of the process that created it: for people, and for the order of runs. */
  readonly createdAt: number;
  /** A stamp of each origin, taken when the run was created. Empty in runs that an older version created. */
  readonly stamps: Readonly<Record<string, Stamp>>;
}

/** How warm the manifest was in a tier when the run was verified. */
export interface TierCoverage {
  readonly warm: number;
  readonly total: number;
}

/** An entity set that could not be read when the run was planned: its keys are not in the manifest. */
export interface UnreadSet {
  readonly entities: string;
  readonly reason: string;
}

/** What came of planning, beside the manifest: what it is without, and its figures. */
export type PlanNotes = Pick<Run, 'unread' | 'shrunk'> & { readonly planned?: PlannedTick };

export interface Run extends RunSpec {
  readonly state: RunState;
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
  readonly endedReason: EndedReason | undefined;
  /** Says more about the end where the reason alone is not enough; of one that was stopped, by whom or what: `by ann: it moves`. */
  readonly endedNote: string;
  readonly total: number;
  readonly chunks: number;
  readonly unread: readonly UnreadSet[];
  /** Sources of which many keys were in no entity set any more when it was planned. */
  readonly shrunk: readonly ShrunkSource[];
  /** Why the run of a tick has no plan; undefined where it has one, or was to have none. */
  readonly unplanned?: string | undefined;
  readonly counts: Counts;
  /** Keys without an outcome: `total` less the sum of `counts`. */
  readonly pending: number;
  readonly coverage: Readonly<Record<string, TierCoverage>>;
  /** Grows with every change: an event id. */
  readonly revision: number;
}

/** A piece of a manifest: keys of one source. */
export interface RunChunk {
  readonly source: string;
  readonly keys: readonly string[];
  /** One code per key, see `core/outcome`. */
  readonly outcomes: string;
  readonly runState: RunState;
  readonly options: RunOptions;
  /** Of the run's creation, by origin: a value with a higher stamp was fetched for this run, or for something newer. */
  readonly stamps: Readonly<Record<string, Stamp>>;
}

export interface KeyOutcome {
  readonly index: number;
  readonly outcome: Outcome;
}

export interface Recorded {
  readonly state: RunState;
  /**
   * True for the caller whose marks were the last ones pending, and for every caller from then on until the run has ended:
   * a caller that died, or whose reply was lost, learns it at the next attempt. What follows must be idempotent.
   */
  readonly last: boolean;
}

export interface RunPage {
  readonly runs: readonly Run[];
  readonly cursor: string | undefined;
}

/** Of the page behind a run; without an id, of the runs that were created then or before. */
export function runCursor(createdAt: number | string, id = ''): string {
  return `${createdAt}:${id}`;
}

/** Where a page ended: the id and time of creation of its last run. */
export function readRunCursor(cursor: string): [id: string, createdAt: number] {
  const [, createdAt, id] = /^(\d{1,15}):([A-Za-z0-9_.-]{0,200})$/.exec(cursor) ?? [];
  if (createdAt === undefined || id === undefined) {
    throw new ForewarmError(
      'E_REQUEST_INVALID',
      `${quote(cursor)} is not a cursor of runs; leave it out to start over`,
    );
  }
  return [id, Number(createdAt)];
}

export interface Runs {
  /** Creates the run, or returns the one that has this id. */
  create(spec: RunSpec): Promise<{ run: Run; created: boolean }>;
  /** Writes a chunk of the manifest while planning; the same number again replaces it. */
  addChunk(id: string, chunk: number, source: string, keys: readonly string[]): Promise<void>;
  /** Ends planning: the manifest is whole. Idempotent. A run of no keys goes on to `verifying`. */
  begin(id: string, chunks: number, total: number, at: number, notes?: PlanNotes): Promise<Run>;
  chunk(id: string, chunk: number): Promise<RunChunk | undefined>;
  /** Records outcomes of keys that have none yet. */
  record(id: string, chunk: number, marks: readonly KeyOutcome[]): Promise<Recorded>;
  /** A verified key was found lost: turns a success into `failed`, once. */
  revoke(id: string, chunk: number, indexes: readonly number[]): Promise<number>;
  /** Marks every pending key `cancelled` and ends the run. Returns the run as it is then. */
  stop(id: string, reason: EndedReason, note: string, at: number): Promise<Run>;
  /** Ends a verified run. Idempotent. */
  end(
    id: string,
    reason: EndedReason,
    note: string,
    coverage: Readonly<Record<string, TierCoverage>>,
    at: number,
  ): Promise<Run>;
  get(id: string): Promise<Run | undefined>;
  /** Newest first; `cursor` is of the page before, or `runCursor` of any run. */
  list(limit: number, cursor: string | undefined): Promise<RunPage>;
  /** Runs that have not ended, oldest first. */
  active(): Promise<Run[]>;
  /** Removes those that have ended and are not among the newest `keep`, or ended before `before`. Returns how many. */
  trim(keep: number, before: number): Promise<number>;
}
