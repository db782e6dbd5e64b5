/**
 * Rows of the disk tier's table, those apart that cannot be read at all: node:sqlite refuses a whole answer for one number that
 * JavaScript does not hold exactly.
 */
import type { StatementSync } from 'node:sqlite';
import type { Row } from './disk-rows.ts';
import type { DiskFile } from './disk-schema.ts';

export interface Rows {
  readonly rows: readonly Row[];
  /** Keys. */
  readonly unreadable: readonly string[];
}

export interface RowsPage extends Rows {
  /** The last key, readable or not; undefined when there are no more. */
  readonly last: string | undefined;
}

/** By keys, in any order. `statement` takes a JSON array of them. */
export function rowsOf(statement: StatementSync, keys: readonly string[]): Rows {
  const all = readable(() => answered(statement.all(JSON.stringify(keys))));
  if (all !== undefined) return { rows: all, unreadable: [] };
  const rows: Row[] = [];
  const unreadable: string[] = [];
  for (const key of new Set(keys)) {
    const row = readable(() => answered(statement.all(JSON.stringify([key]))));
    if (row === undefined) unreadable.push(key);
    else rows.push(...row);
  }
  return { rows, unreadable };
}

/** Heads in the order of keys: those from `from` on and before `end`, at most `limit`. */
export function pageOf(file: DiskFile, from: string, end: string | undefined, limit: number): RowsPage {
  const whole = readable(() => answered(ranged(file.scanHeads, file.scanHeadsTo, from, end, limit)));
  const keys = whole?.map(([key]) => key) ?? keysOf(file, from, end, limit);
  const last = keys.length < limit ? undefined : keys.at(-1);
  if (whole !== undefined) return { rows: whole, unreadable: [], last };
  const { rows, unreadable } = rowsOf(file.getHeads, keys);
  return { rows: [...rows].sort((a, b) => keys.indexOf(a[0]) - keys.indexOf(b[0])), unreadable, last };
}

function keysOf(file: DiskFile, from: string, end: string | undefined, limit: number): string[] {
  const rows = ranged(file.scanKeys, file.scanKeysTo, from, end, limit) as unknown as (readonly [string])[];
  return rows.map(([key]) => key);
}

function ranged(
  open: StatementSync,
  bounded: StatementSync,
  from: string,
  end: string | undefined,
  limit: number,
): unknown[] {
  return end === undefined ? open.all(from, limit) : bounded.all(from, end, limit);
}

/** Undefined where a number is too large. */
export function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The statement returns its columns as an array; the types of node:sqlite do not know. */
function answered(rows: unknown[]): Row[] {
  return rows as unknown as Row[];
}
