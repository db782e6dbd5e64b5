import { DatabaseSync } from 'node:sqlite';
import { type Clock, sleep } from '../core/clock.ts';
import { ForewarmError } from '../core/errors.ts';

const SQLITE_BUSY = 5;
const RETRY_MS = 20;

/**
 * Does `work` while no other process does its own under the same file. The lock is that of SQLite on an empty database:
 * the operating system releases it with the process that holds it, however that ends, so no lock is ever stale. Rejects with `E_REDIS_UNAVAILABLE`
 * when the others take longer than `patience`, in ms.
 */
export async function withStartLock<T>(
  file: string,
  { clock, patience }: { readonly clock: Clock; readonly patience: number },
  work: () => Promise<T>,
): Promise<T> {
  const database = new DatabaseSync(file);
  const since = clock.elapsed();
  try {
    while (!locked(database)) {
      if (clock.elapsed() - since >= patience) {
        throw new ForewarmError('E_REDIS_UNAVAILABLE', 'another process is still starting the private Redis');
      }
      await sleep(clock, RETRY_MS);
    }
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
