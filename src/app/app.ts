/** The composed system as its callers see it: the verbs, the events, and a switch to start and stop it. */
import type { Events } from '../core/events.ts';
import type { LogLevel } from '../core/log-level.ts';
import type { Statistics } from '../core/metrics/statistics.ts';
import type { Settings } from '../settings/settings.ts';
import type { MetricsText } from '../telemetry/exposition.ts';
import type { Verbs } from '../verbs/verbs.ts';
import type { Backlog, DrainOptions, DrainReport } from '../workers/drain.ts';
import type { WorkLeft } from './work-left.ts';

export type { Backlog, DrainEnd, DrainOptions, DrainReport } from '../workers/drain.ts';

/** What a process does besides serving verbs: run jobs, fire schedules, serve the control API. */
export type Role = 'worker' | 'scheduler' | 'api';

export interface App {
  readonly settings: Settings;
  readonly verbs: Verbs;
  readonly events: Events;
  /** What this process has done since it was composed. */
  statistics(): Statistics;
  /** All that this process measures, as text for a scrape with this `Accept` header. */
  metricsText(accept: string | undefined): Promise<MetricsText>;
  /** What is left for all processes: keys that are due, and jobs that wait. Rejects where the jobs Redis does not tell. */
  left(): Promise<WorkLeft>;
  /** How much is logged; a logger goes by its events. */
  readonly logLevel: LogLevel;
  /** By how much the clock of this host is behind that of the jobs Redis, in ms; 0 as long as that has not told. */
  readonly behind: number;
  /** Where the control API listens; undefined before `start` and without the role `api`. */
  readonly apiUrl: string | undefined;
  /** Where its health and metrics are served; undefined before `start`, and where nothing is. */
  readonly httpUrl: string | undefined;
  /** Connects, and starts the services of the roles. */
  start(): Promise<void>;
  /**
   * Of a worker: resolves once its queue is empty, or that cannot be waited for. See `Drain`. Rejects with `E_NOT_FOUND` for a lane that it
   * was composed with and that there is not.
   */
  drain(options: DrainOptions, signal: AbortSignal, onLook: (left: Backlog) => void): Promise<DrainReport>;
  /**
   * Stops everything and closes every connection, at the latest at `deadline` (ms on the clock). Work in hand is
   * finished or goes back to the queue. Idempotent.
   */
  stop(deadline: number): Promise<void>;
  /** Once it has stopped: the jobs that it had in hand and could not give back; others take them up when their locks run out. */
  unended(): number;
}

export interface ComposeOptions {
  readonly settings: Settings;
  /** Empty: only the verbs. */
  readonly roles: readonly Role[];
  readonly env: NodeJS.ProcessEnv;
  /** Whether it serves its health where `http` says: not what a command does beside the roles of this host. */
  readonly listens?: boolean;
  /** Of which a worker takes jobs beside `control` and those of its origins. */
  readonly lanes?: readonly string[];
}

/** Wires an app; nothing runs before its `start`. */
export type Compose = (options: ComposeOptions) => Promise<App>;
