/**
 * The last attempts at keys that did not succeed, for those who ask why a key is cold. Only such attempts are noted, so a healthy key
 * costs nothing; and only the latest of the latest keys are kept. The catalog knows the last one, and acts on it; this is for people.
 */
import type { Outcome } from '../core/outcome.ts';

export interface FailedAttempt {
  readonly key: string;
  readonly outcome: Extract<Outcome, 'refused' | 'failed'>;
  readonly reason: string;
  /** When it ended, ms since the epoch. */
  readonly at: number;
  /** The run that it was for; undefined: a refresh, or a read. */
  readonly run: string | undefined;
}

export interface Attempts {
  /** The same one again changes nothing. */
  note(source: string, attempts: readonly FailedAttempt[]): Promise<void>;
  /** The latest of this key, the newest first; few of them, and for about a day. */
  of(source: string, key: string): Promise<readonly FailedAttempt[]>;
  /** The last of each key that was for this run, in order; undefined where none is known any more. */
  ofRun(source: string, keys: readonly string[], run: string): Promise<(FailedAttempt | undefined)[]>;
}
