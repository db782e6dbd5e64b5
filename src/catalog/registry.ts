/**
 * The contract of the registry: what processes report about themselves and their work. People look at it; the one decision
 * based on it is whether another worker can do what this one lacks the configuration for.
 */

import type { ProcessState } from '../core/health.ts';
import type { KnownNames } from '../core/known-names.ts';
import type { LogLevelName, LogLevelWish } from '../core/log-level.ts';
import type { Statistics } from '../core/metrics/statistics.ts';
import type { Counts, Outcome } from '../core/outcome.ts';

/** What a live process reports every few seconds. */
export interface ProcessBeat {
  readonly id: string;
  readonly roles: readonly string[];
  readonly host: string;
  readonly pid: number;
  /** Ms since the epoch, as all times here. */
  readonly startedAt: number;
  /** When it reported this. */
  readonly seenAt: number;
  /** What its memory tier holds; undefined when it has none. */
  readonly memory: { readonly entries: number; readonly bytes: number } | undefined;
  /** What it is configured with; undefined of another version, which does not tell. */
  readonly knows?: KnownNames | undefined;
  /** By how much its host's clock is behind that of the jobs Redis, in ms; undefined where that is not known. */
  readonly behind?: number | undefined;
  /** The level of its log, the configured one, and until when they differ; undefined without a log of its own. */
  readonly log?:
    | { readonly level: LogLevelName; readonly configured: LogLevelName; readonly until?: number | undefined }
    | undefined;
  /** How it is; undefined of one without roles, such as an application's reader, and of another version. */
  readonly state?: ProcessState | undefined;
  /** What it has done since it started; undefined where it cannot be read, such as that of another version. */
  readonly statistics: Statistics | undefined;
}

/** The latest tick of a schedule. */
export interface Tick {
  readonly schedule: string;
  /** The time the schedule named. */
  readonly nominal: number;
  /** The run it made; undefined for a temperature's refresh. */
  readonly run: string | undefined;
}

/** A process that was not seen for longer than this, in ms, is no longer live. Beat at least three times as often. */
export const LIVE_WITHIN_MS = 15_000;

export interface Registry {
  beat(process: ProcessBeat): Promise<void>;
  /** The processes that are live at `now`, by id. */
  processes(now: number): Promise<ProcessBeat[]>;
  /** The process stops: it is no longer live. */
  leave(id: string): Promise<void>;
  /** From now on this is wanted of the log of a process, or of `all`, whatever was wanted of any before. */
  askLogLevel(process: string, wish: LogLevelWish): Promise<void>;
  /** What is wanted at `now`, by process. */
  logLevels(now: number): Promise<ReadonlyMap<string, LogLevelWish>>;
  /**
   * Whether this process measures the service until `until`: nobody else does at `now`. Whoever measures prolongs it in time, and another
   * process takes over when it does not. Idempotent.
   */
  measures(id: string, now: number, until: number): Promise<boolean>;
  /** The process measures no more, if it did. */
  endMeasuring(id: string): Promise<void>;
  /** Remembers a schedule's tick, unless a later one is known. */
  noteTick(schedule: string, nominal: number, run?: string): Promise<void>;
  /** The latest tick of each schedule that ever ticked, in no particular order. */
  ticks(): Promise<Tick[]>;
  /** Adds to the totals of a source: statistics, which may count twice when a connection is lost. */
  count(source: string, outcomes: Partial<Record<Outcome, number>>): Promise<void>;
  /** The totals of each of these sources since the beginning, in order. */
  counts(sources: readonly string[]): Promise<Counts[]>;
}
