import { DatabaseSync } from 'node:sqlite';
import { type Clock, sleep } from '../core/clock.ts';

const SQLITE_BUSY = 5;
const RETRY_MS = 20;

/**
 * Does `work` while no other process does its own under the same file. The lock is that of SQLite on an empty database:
 * the operating system releases it with the process that holds it, however that ends, so no lock is ever stale.
 */
export async function withStartLock<T>(file: string, clock: Clock, work: () => Promise<T>): Promise<T> {
  const database = new DatabaseSync(file);
  try {
    while (!locked(database)) await sleep(clock, RETRY_MS);
    return await work();
  } finally {
    database.close();
  }
}

function locked(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return false;
    throw error;
  }
}
