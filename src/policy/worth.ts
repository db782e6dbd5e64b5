/** Whether refreshing a key pays: how often it is read for each time that it is refreshed. */
import { DAY_MS, HOUR_MS } from '../core/units.ts';

export interface KeyUse {
  /** Reads in the last hour, as far as they were reported; undefined: nobody says. */
  readonly reads: number | undefined;
  /** Over how much of that hour reads of its source were reported, in ms. */
  readonly overMs: number;
  /** Between two refreshes, in ms. */
  readonly everyMs: number;
  /** Whether any read of its source was reported in that hour. */
  readonly isReported: boolean;
}

/**
 * - `worth`: it is read at least once for each refresh.
 * - `seldom`: it is read, and refreshed more often than that.
 * - `unread`: it is refreshed within the hour, and was not read in it, while others of its source were.
 * - `untold`: nothing follows. Nobody reports reads of its source, or not for a whole hour yet; or an hour without a read says little of
 *   what is refreshed seldom.
 */
export const WORTHS = ['worth', 'seldom', 'unread', 'untold'] as const;
export type Worth = (typeof WORTHS)[number];

/** What reads are counted over, in ms: a shorter look calls no key `seldom` or `unread`. */
export const READS_OVER_MS = HOUR_MS;

export function worthOf({ reads, overMs, everyMs, isReported }: KeyUse): Worth {
  if (reads === undefined || !isReported || overMs <= 0) return 'untold';
  if (reads > 0 && readsPerRefresh(reads, overMs, everyMs) >= 1) return 'worth';
  if (overMs < READS_OVER_MS) return 'untold';
  if (reads > 0) return 'seldom';
  return everyMs <= READS_OVER_MS ? 'unread' : 'untold';
}

/** `overMs`: in which so many reads were. */
export function readsPerRefresh(reads: number, overMs: number, everyMs: number): number {
  return (reads * everyMs) / Math.max(1, overMs);
}

/** Calls to the origin that refreshing so many keys takes in a day, where each call answers as many keys as it can. */
export function callsPerDay(keys: number, everyMs: number, keysPerCall: number): number {
  return ((keys / Math.max(1, keysPerCall)) * DAY_MS) / Math.max(1, everyMs);
}
