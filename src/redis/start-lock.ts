import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';

const SQLITE_BUSY = 5;
const RETRY_MS = 20;

/**
 * Does `work` while no other process does its own under the same file. The lock is SQLite's on an empty database: the
 * system frees it with the process that holds it, however that ends, so there are no stale locks to judge.
 */
export async function withStartLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const database = new DatabaseSync(file);
  try {
    while (!locked(database)) await delay(RETRY_MS);
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
