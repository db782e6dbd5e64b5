/** Whether refreshing a key pays: how often it is read for each time that it is refreshed. */
import { DAY_MS } from '../core/units.ts';

export interface KeyUse {
  /** Reads in the last hour, as far as they were reported; undefined: nobody says. */
  readonly readsPerHour: number | undefined;
  /** Between two refreshes, in ms. */
  readonly everyMs: number;
  /** Whether any read of its source was reported in that hour. */
  readonly isReported: boolean;
}

/**
 * - `worth`: it is read at least once for each refresh.
 * - `seldom`: it is read, and refreshed more often than that.
 * - `unread`: it is refreshed within the hour, and was not read in it, while others of its source were.
 * - `untold`: nothing follows. Nobody reports reads of its source; or an hour without a read says little of what is refreshed
 *   seldom.
 */
export const WORTHS = ['worth', 'seldom', 'unread', 'untold'] as const;
export type Worth = (typeof WORTHS)[number];

/** What reads are counted over, in ms. */
export const READS_OVER_MS = 3_600_000;

export function worthOf({ readsPerHour, everyMs, isReported }: KeyUse): Worth {
  if (readsPerHour === undefined || !isReported) return 'untold';
  if (readsPerHour === 0) return everyMs <= READS_OVER_MS ? 'unread' : 'untold';
  return readsPerRefresh(readsPerHour, everyMs) >= 1 ? 'worth' : 'seldom';
}

export function readsPerRefresh(readsPerHour: number, everyMs: number): number {
  return (readsPerHour * everyMs) / READS_OVER_MS;
}

/** Calls to the origin that refreshing so many keys takes in a day, where each call answers as many keys as it can. */
export function callsPerDay(keys: number, everyMs: number, keysPerCall: number): number {
  return ((keys / Math.max(1, keysPerCall)) * DAY_MS) / Math.max(1, everyMs);
}
