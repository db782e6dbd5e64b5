/**
 * The budget ledger: what each origin allows, counted once for every process.
 *
 * A permit is the right to make one call. Permits are leases: those of a process that dies come back by themselves.
 */
import type { Stamp } from '../core/entry.ts';

export interface Permit {
  /** When the call begins, on the ledger's clock: the stamp of what it fetches. */
  readonly stamp: Stamp;
  /** The call has ended. Twice is fine. */
  release(): void;
}

export interface LedgerState {
  readonly origin: string;
  readonly inFlight: number;
  readonly processes: number;
  /** No permit before this time (ms since the epoch), 0 when not paused. */
  readonly pausedUntil: number;
  readonly pauseReason: string;
}

export interface Ledger {
  /**
   * Waits for one permit. Rejects with `BudgetDeferredError` when none is to be had within the ledger's patience (the
   * origin is paused), and with the signal's reason once it aborts.
   */
  permit(origin: string, signal: AbortSignal): Promise<Permit>;
  /** No process calls this origin before `until` (ms since the epoch). A shorter pause never cuts a longer one. */
  pause(origin: string, until: number, reason: string): Promise<void>;
  /** A stamp of now, above all that this origin has given: for invalidations. */
  stamp(origin: string): Promise<Stamp>;
  state(origin: string): Promise<LedgerState>;
  close(): Promise<void>;
}
