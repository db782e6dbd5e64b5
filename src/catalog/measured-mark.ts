/**
 * The contract of the mark that the process which measures the service leaves for the others. The numbers themselves are told by its own
 * metrics; this is how the others hear that there are new ones.
 */

export interface Measured {
  /** When, in ms since the epoch. */
  readonly at: number;
  /** Keys in quarantine, of sources that have any. */
  readonly quarantined: Readonly<Record<string, number>>;
}

export interface MeasuredMark {
  /** Undefined before the first time. */
  read(): Promise<Measured | undefined>;
  /** Takes the place of what was measured before. */
  set(measured: Measured): Promise<void>;
}
