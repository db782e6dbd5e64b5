/**
 * The SQLite file of the disk tier: its schema, how it is opened, and its statements.
 *
 * A row table with an index on the key, rather than one without rowid: bodies are appended, and only the small index
 * is written at random places. The pages of a batch are gathered in the write-ahead log, which is copied back seldom.
 */
import { statSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { ForewarmError } from '../../core/errors.ts';

/** "FWRM": says that the file is ours. */
export const APPLICATION_ID = 0x4657524d;
const SCHEMA_VERSION = 2;
/** How long SQLite itself waits for another process; it holds this process up meanwhile, so the tier waits instead. */
const BUSY_MS = 10;

const SCHEMA = `
CREATE TABLE entries (
  key TEXT NOT NULL UNIQUE,
  stamp INTEGER NOT NULL,
  kind TEXT NOT NULL,
  format TEXT NOT NULL,
  fetched_at INTEGER NOT NULL,
  checked_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  stale_at INTEGER NOT NULL,
  gone_at INTEGER NOT NULL,
  checksum INTEGER NOT NULL,
  body_bytes INTEGER NOT NULL,
  meta TEXT NOT NULL,
  body BLOB NOT NULL
);
CREATE INDEX entries_by_gone_at ON entries (gone_at);
PRAGMA application_id = ${APPLICATION_ID};
`;

/**
 * Of version 2: when an entry came or was last read, about; and whether anybody has read its value. Only what may be
 * evicted is in the index. A process of version 1 that has the file open writes on; what it adds goes first.
 */
const USES = `
ALTER TABLE entries ADD COLUMN used_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE entries ADD COLUMN was_read INTEGER NOT NULL DEFAULT 0;
CREATE INDEX entries_by_use ON entries (used_at) WHERE kind <> 'dropped';
PRAGMA user_version = ${SCHEMA_VERSION};
`;

const HEAD_COLUMNS =
  'key, stamp, kind, format, fetched_at, checked_at, due_at, stale_at, gone_at, checksum, body_bytes, meta';

/**
 * A row with a number that JavaScript does not hold exactly, or with something else in place of a number. node:sqlite reads none of
 * the first kind, and a stamp of it would keep every later write out. Text is more than any number.
 */
const NUMBERS =
  'entries.stamp, entries.fetched_at, entries.checked_at, entries.due_at, entries.stale_at, entries.gone_at, entries.checksum, entries.body_bytes, entries.used_at, entries.was_read';
const UNREADABLE = `max(${NUMBERS}) > ${Number.MAX_SAFE_INTEGER} OR min(${NUMBERS}) < ${Number.MIN_SAFE_INTEGER}`;

const PUT = `
INSERT INTO entries (${HEAD_COLUMNS}, body, used_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET
  stamp = excluded.stamp, kind = excluded.kind, format = excluded.format, fetched_at = excluded.fetched_at,
  checked_at = excluded.checked_at, due_at = excluded.due_at, stale_at = excluded.stale_at,
  gone_at = excluded.gone_at, checksum = excluded.checksum, body_bytes = excluded.body_bytes,
  meta = excluded.meta, body = excluded.body, was_read = 0
WHERE excluded.stamp >= entries.stamp OR ${UNREADABLE}`;

const EXTEND = `
UPDATE entries SET stamp = ?, fetched_at = ?, checked_at = ?, due_at = ?, stale_at = ?, gone_at = ?
WHERE key = ? AND checksum = ? AND (stamp < ? OR (stamp = ? AND checked_at <= ?)) AND kind <> 'dropped'`;

const SWEEP = `DELETE FROM entries WHERE rowid IN (SELECT rowid FROM entries WHERE gone_at <= ? ORDER BY gone_at LIMIT ?)`;

const SWEEP_OLD = `
DELETE FROM entries WHERE rowid IN
  (SELECT rowid FROM entries WHERE checked_at <= ? AND kind <> 'dropped' LIMIT ?)`;

const EVICT = `
DELETE FROM entries WHERE rowid IN (SELECT rowid FROM entries WHERE kind <> 'dropped' ORDER BY used_at LIMIT ?)
RETURNING was_read`;

const USE = `UPDATE entries SET used_at = ?, was_read = 1 WHERE key IN (SELECT value FROM json_each(?))`;

/** The columns of the entries among the keys of a JSON array, in any order: many keys in one call of SQLite. */
function among(columns: string): string {
  return `SELECT ${columns} FROM (SELECT value AS wanted FROM json_each(?)) CROSS JOIN entries ON entries.key = wanted`;
}

function from(columns: string): string {
  return `SELECT ${columns} FROM entries WHERE key >= ? ORDER BY key LIMIT ?`;
}

function between(columns: string): string {
  return `SELECT ${columns} FROM entries WHERE key >= ? AND key < ? ORDER BY key LIMIT ?`;
}

/** An open file and its statements. Statements that read answer rows as arrays, in the order of the columns. */
export interface DiskFile {
  readonly db: DatabaseSync;
  /** The file that was opened, whatever the path names by now. */
  readonly inode: number;
  readonly pageSize: number;
  /** By a JSON array of keys. */
  readonly getEntries: StatementSync;
  readonly getHeads: StatementSync;
  /** Stamp, kind and checksum. */
  readonly getVersion: StatementSync;
  readonly put: StatementSync;
  readonly extend: StatementSync;
  /** From the first parameter on. */
  readonly scanHeads: StatementSync;
  readonly scanKeys: StatementSync;
  /** From the first parameter on and before the second. */
  readonly scanHeadsTo: StatementSync;
  readonly scanKeysTo: StatementSync;
  readonly remove: StatementSync;
  /** Unless it can be read by now. */
  readonly removeUnreadable: StatementSync;
  readonly sweep: StatementSync;
  /** What was last confirmed before a time; looks at every row. */
  readonly sweepOld: StatementSync;
  /** Lets the least recently used go, as many as its parameter says; a row for each: whether it was read. */
  readonly evict: StatementSync;
  /** Takes a time, and a JSON array of keys that were used then. */
  readonly use: StatementSync;
  readonly count: StatementSync;
  readonly pageCount: StatementSync;
  readonly freePages: StatementSync;
}

/** Opens the file, or creates it. Throws what SQLite throws, and `E_TIER_UNAVAILABLE` for a file not ours. */
export function openDiskFile(path: string): DiskFile {
  const db = new DatabaseSync(path, { timeout: BUSY_MS });
  try {
    if (readNumber(db, 'SELECT count(*) FROM sqlite_schema') === 0) create(db);
    upgrade(db);
    checkOwner(db, path);
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16384;
      PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 33554432;`);
    return statementsOf(db, statSync(path).ino);
  } catch (error) {
    db.close();
    throw error;
  }
}

/** `auto_vacuum` can only be chosen while the file is empty. Another process may be creating it too: the first one does. */
function create(db: DatabaseSync): void {
  db.exec('PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;');
  inTransaction(db, () => {
    if (readNumber(db, 'SELECT count(*) FROM sqlite_schema') === 0) db.exec(`${SCHEMA}${USES}`);
  });
}

/** Version 1 becomes version 2; the first process that opens the file does it. */
function upgrade(db: DatabaseSync): void {
  const isOld = () =>
    readNumber(db, 'PRAGMA application_id') === APPLICATION_ID && readNumber(db, 'PRAGMA user_version') === 1;
  if (!isOld()) return;
  inTransaction(db, () => {
    if (isOld()) db.exec(USES);
  });
}

function checkOwner(db: DatabaseSync, path: string): void {
  const version = readNumber(db, 'PRAGMA user_version');
  const ours = readNumber(db, 'PRAGMA application_id') === APPLICATION_ID;
  if (ours && version === SCHEMA_VERSION) return;
  throw new ForewarmError(
    'E_TIER_UNAVAILABLE',
    ours
      ? `"${path}" was written by another version of Forewarm (schema ${version}, not ${SCHEMA_VERSION}); name another tiers.disk.path`
      : `"${path}" is a database of another program; name another tiers.disk.path`,
    { details: { path } },
  );
}

function statementsOf(db: DatabaseSync, inode: number): DiskFile {
  const reading = (sql: string) => {
    const statement = db.prepare(sql);
    statement.setReturnArrays(true);
    return statement;
  };
  return {
    db,
    inode,
    pageSize: readNumber(db, 'PRAGMA page_size'),
    getEntries: reading(among(`${HEAD_COLUMNS}, body, used_at, was_read`)),
    getHeads: reading(among(HEAD_COLUMNS)),
    getVersion: reading('SELECT stamp, kind, checksum FROM entries WHERE key = ?'),
    put: db.prepare(PUT),
    extend: db.prepare(EXTEND),
    scanHeads: reading(from(HEAD_COLUMNS)),
    scanKeys: reading(from('key')),
    scanHeadsTo: reading(between(HEAD_COLUMNS)),
    scanKeysTo: reading(between('key')),
    remove: db.prepare('DELETE FROM entries WHERE key = ? AND stamp = ?'),
    removeUnreadable: db.prepare(`DELETE FROM entries WHERE key = ? AND (${UNREADABLE})`),
    sweep: db.prepare(SWEEP),
    sweepOld: db.prepare(SWEEP_OLD),
    evict: reading(EVICT),
    use: db.prepare(USE),
    count: reading('SELECT count(*) FROM entries'),
    pageCount: reading('PRAGMA page_count'),
    freePages: reading('PRAGMA freelist_count'),
  };
}

/** All of it or nothing; takes the right to write at the start, so that it never has to give up midway. */
export function inTransaction<T>(db: DatabaseSync, act: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const answer = act();
    db.exec('COMMIT');
    return answer;
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** The one number that a statement returns, rows being arrays. */
export function numberOf(statement: StatementSync): number {
  // `setReturnArrays` makes a row an array; the types of node:sqlite do not know.
  const row = statement.get() as unknown as readonly unknown[] | undefined;
  return Number(row?.[0]);
}

function readNumber(db: DatabaseSync, sql: string): number {
  const statement = db.prepare(sql);
  statement.setReturnArrays(true);
  return numberOf(statement);
}

/** What rows and indexes take, without the pages that are free. */
export function usedBytes(file: DiskFile): number {
  return (numberOf(file.pageCount) - numberOf(file.freePages)) * file.pageSize;
}
