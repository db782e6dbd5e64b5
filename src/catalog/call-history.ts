/**
 * The contract of the history of calls: what calls for each source took lately, hour by hour, as the processes that made them
 * report it. Plans are made of it. It measures, and decides nothing.
 */
import type { CallRecord } from '../core/call-record.ts';

/** What one process saw in one hour. */
export interface HourOfCalls extends CallRecord {
  /** When the hour began, ms since the epoch. */
  readonly hour: number;
}

export interface CallHistory {
  /** What this process has seen of a source since an hour began: it replaces what it reported of that hour before. */
  report(source: string, seen: HourOfCalls): Promise<void>;
  /** What was reported of a source, the oldest first: of the last hours in which it was called, and of a bounded number. */
  of(source: string): Promise<readonly HourOfCalls[]>;
}
