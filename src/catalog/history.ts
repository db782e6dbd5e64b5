/**
 * The contract of the history: what was measured of the service, minute by minute for a day and hour by hour for a month. People look at
 * it; a plan is less sure by it, and no work is decided by it.
 *
 * What must stay true: a minute that nobody measured is unknown, and never 0. Recording a minute again takes the place of what was
 * recorded of it before, so that two who measure at the same time count nothing twice. What it costs is bounded.
 */

/** Rows that are kept of a day: a row that comes later is left out until the next. */
export const MOST_ROWS = 2_000;
/** For how many days minutes and hours are kept, at the least. */
export const MINUTE_DAYS = 1;
export const HOUR_DAYS = 30;

export interface HistoryPoint {
  /** Names a row, in the words of `core/metrics/history-series.ts`. */
  readonly row: string;
  /** Kept with the precision of four bytes: seven digits. */
  readonly value: number;
}

/** What is known of a row in an hour. */
export interface HourPoint {
  readonly lowest: number;
  readonly mean: number;
  readonly highest: number;
  /** Minutes of the hour that are known. */
  readonly minutes: number;
}

export interface History {
  /** What was measured in the minute of `at` (ms since the epoch), in order of importance. Returns how many rows were left out. */
  record(at: number, points: readonly HistoryPoint[]): Promise<number>;
  /** Makes hours of the minutes of those that have ended by `now`, of the last day. Idempotent. */
  rollUp(now: number): Promise<void>;
  /** The rows of the days from one time to another, each once. */
  rows(from: number, to: number): Promise<readonly string[]>;
  /** Of each row the minutes from that of `from` to that of `to`, both included; undefined: not known. */
  minutes(
    rows: readonly string[],
    from: number,
    to: number,
  ): Promise<readonly (readonly (number | undefined)[])[]>;
  /** The same of hours; undefined also of an hour of which nothing was made yet. */
  hours(
    rows: readonly string[],
    from: number,
    to: number,
  ): Promise<readonly (readonly (HourPoint | undefined)[])[]>;
}
