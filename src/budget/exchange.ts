/** What a process and the ledger tell each other, in one round trip. */
import type { BudgetUser } from '../core/budget.ts';
import type { Stamp } from '../core/entry.ts';
import type { CallTotals, Quota } from './ledger.ts';
import type { LoadReport } from './load-signals.ts';

/** What a process reports to the ledger and asks of it. All of it is absolute, so that it may be executed twice. */
export interface Exchange {
  /** Permits in use. */
  readonly inUse: number;
  /** Of those, for live misses. */
  readonly liveInUse: number;
  /** Permits wanted beside those, by each user. */
  readonly wants: Readonly<Record<BudgetUser, number>>;
  /** Since this process started. */
  readonly calls: CallTotals;
  readonly signals: LoadReport;
  /** What the origin said since the last exchange. */
  readonly quota: Quota | undefined;
  /** How late replies come, beside the quickest, in ms. */
  readonly lateMs: number;
}

/** What the ledger returns. Times are relative to its own, so that the two clocks need not agree. */
export interface Grant {
  /** The ledger's time, ms since the epoch. */
  readonly at: number;
  /** For live misses, and for anybody. */
  readonly live: number;
  readonly others: number;
  readonly stamp: Stamp;
  /** Between the starts of two calls: the limit that holds now; 0 without a rate. */
  readonly intervalMs: number;
  /** How many may begin at once, and in how many ms; the others follow, an interval apart. */
  readonly together: number;
  /** So many of those are of what is kept for live misses: no pace holds them. */
  readonly spared: number;
  readonly togetherInMs: number;
  /** From now until the first of the others, in ms. */
  readonly firstInMs: number;
  /** How late this reply may come, in ms: until then those that begin at once are in time. */
  readonly leadMs: number;
  /** Calls that are late may follow each other at once, as far as the burst allows. */
  readonly isBurst: boolean;
  /** When to ask again for more, in ms: for live misses, and for the others. */
  readonly waitMs: number;
  readonly waitOthersMs: number;
  /** What is left of a window is kept for live misses: others wait until there is more. */
  readonly isKept: boolean;
  /** The origin is paused until then, ms since the epoch; 0 when it is not. */
  readonly pausedUntil: number;
  readonly pauseReason: string;
  /** Other processes wait for a share of the calls in flight. */
  readonly othersWait: boolean;
  /** The calls in flight, and not the rate or a pause, limited the grant: any release may help. */
  readonly concurrencyReached: boolean;
  /** Each call is counted: none may be made under a permit that served before. */
  readonly counted: boolean;
  /** Permits that other processes have in use. */
  readonly elsewhere: number;
  /** Which limits hold. */
  readonly epoch: number;
  readonly version: number;
}
