/**
 * The contract of the outlook: what lies ahead for a source in the catalog, for people and gauges. Nothing is decided by it.
 *
 * What must stay true: its cost does not grow with the number of keys.
 */

export interface SourceOutlook {
  readonly keys: number;
  /** Keys whose last attempt did not succeed. */
  readonly failing: number;
  /** The earliest due time, ms since the epoch; undefined without keys. */
  readonly earliest: number | undefined;
  /** How many are due at each of the times that were asked about, in their order. */
  readonly dueBy: readonly number[];
}

/** A key, and when it is due, in ms since the epoch: later than its value says while a job has it, or has put it off. */
export interface DueKey {
  readonly key: string;
  readonly due: number;
}

export interface Outlook {
  of(source: string, times: readonly number[]): Promise<SourceOutlook>;
  /** Different keys at random, up to `count`. */
  sample(source: string, count: number): Promise<DueKey[]>;
}
