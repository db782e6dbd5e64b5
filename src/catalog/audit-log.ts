/** The contract of the audit log: who changed what, by verbs, the latest of it. */
import type { Way } from '../flow/actor.ts';

export const AUDIT_OUTCOMES = ['done', 'failed'] as const;

/** One call of a verb that changed something, or may have. */
export interface Action {
  /** Who asked, and how. */
  readonly who: string;
  readonly way: Way;
  /** The verb. */
  readonly verb: string;
  /** What it was asked for, as text; cut, and without secrets. */
  readonly about: string;
  /** What they said of it, for people; empty when nothing. */
  readonly note: string;
  /** A failed one may have been done in part. */
  readonly outcome: (typeof AUDIT_OUTCOMES)[number];
  /** What came of it, or why it failed, for people. */
  readonly result: string;
  /** How long it took. */
  readonly ms: number;
}

export interface RecordedAction extends Action {
  /** Sorts by time. */
  readonly id: string;
  /** When it ended, by the server's clock, in ms since the epoch. */
  readonly at: number;
}

/** What is asked for of the log; undefined: any. Times in ms since the epoch, both included. */
export interface ActionRequest {
  readonly who?: string | undefined;
  readonly verb?: string | undefined;
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

export interface ActionPage {
  readonly actions: readonly RecordedAction[];
  /** Where the next page begins; undefined after the last. */
  readonly cursor: string | undefined;
}

export interface AuditLog {
  /** `key` names this call: adding it again, after a lost reply, adds nothing. Forgets what is too old or too much. */
  add(key: string, action: Action): Promise<void>;
  /** The newest first, up to `limit`. Rejects with `E_REQUEST_INVALID` for what is no cursor. */
  list(filter: ActionRequest, limit: number, cursor: string | undefined): Promise<ActionPage>;
}
