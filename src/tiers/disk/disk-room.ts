/** Whether the disk tier may write more: its log has a bound, and the disk is never filled to the last byte. */
import type { DatabaseSync } from 'node:sqlite';
import { ForewarmError } from '../../core/errors.ts';
import { formatSize } from '../../core/units.ts';
import { logBytesOf, spaceAt } from './disk-files.ts';

/** A log that is longer is told by the doctor: a process that holds a read open keeps it from being copied back. */
export const LONG_LOG_BYTES = 64 * 2 ** 20;
/** What others on the host are left, and at most this share of the disk. */
const RESERVE_BYTES = 64 * 2 ** 20;
const RESERVE_SHARE = 1 / 20;

/** How long the log of a file of at most so many bytes may become. */
export function longestLog(maxSize: number): number {
  return Math.max(LONG_LOG_BYTES, maxSize / 4);
}

/** How much of a disk of so many bytes is left to others. */
export function reserveOf(all: number): number {
  return Math.min(RESERVE_BYTES, all * RESERVE_SHARE);
}

/** Throws `E_TIER_UNAVAILABLE` where there is none; writes go on once the reader has ended, or there is space again. */
export function checkRoom(path: string, db: DatabaseSync, logBound: number): void {
  if (logBytesOf(path) > logBound) {
    // Once nobody reads what is older, this makes the log short; before, it changes nothing.
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    const bytes = logBytesOf(path);
    if (bytes > logBound) {
      throw noRoom(
        path,
        `its log has grown to ${formatSize(bytes)}, as some process holds a read open; end that process`,
      );
    }
  }
  const { free, all } = spaceAt(path);
  if (free < reserveOf(all)) {
    throw noRoom(
      path,
      `the disk has only ${formatSize(free)} left; make space, or give tiers.disk.maxSize a smaller bound`,
    );
  }
}

function noRoom(path: string, why: string): ForewarmError {
  return new ForewarmError('E_TIER_UNAVAILABLE', `"${path}" is not written: ${why}`, { details: { path } });
}
