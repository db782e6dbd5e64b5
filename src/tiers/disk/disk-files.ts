/**
 * The three files of an SQLite database (itself, its log, and the index of that), seen from outside: whether they are still those
 * that were opened, and how they are moved out of the way.
 *
 * SQLite notices none of this by itself: a log that was cut or removed is written on, and lost; a file beside the log of another
 * is filled with that one's pages. Nothing here opens the file or the index, since closing either would give up SQLite's locks.
 */
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { APPLICATION_ID } from './disk-schema.ts';

/** `moved`: the path names another file, or none. `torn`: the log is not the one that was written to, or not all of it. */
export type FilesState = 'same' | 'moved' | 'torn';

const LOG_SUFFIXES = ['-wal', '-shm'] as const;
const SUFFIXES = ['', ...LOG_SUFFIXES] as const;

/** https://www.sqlite.org/walformat.html: both orders of bytes that a checksum may have. */
const LOG_MAGIC: readonly number[] = [0x377f0682, 0x377f0683];
const FILE_HEADER_BYTES = 100;
/** https://www.sqlite.org/fileformat.html: how a file begins, and where in it the id of its program is. */
export const FILE_MAGIC = 'SQLite format 3\0';
const APPLICATION_ID_AT = 68;
const LOG_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** How long to wait for another process that moves files, in ms; this process is held up meanwhile. */
const MOVING_MS = 2_000;
/** Files that were set aside are for people to look at; of more than so many the oldest go. */
const ASIDE = 2;

/** Of files that are open now. */
export interface FilesIdentity {
  readonly inodes: readonly (number | undefined)[];
  /** The log was never seen longer, in bytes; 0 once SQLite itself has cut it. */
  logBytes: number;
}

export function identityOf(path: string): FilesIdentity {
  return { inodes: SUFFIXES.map((suffix) => inodeOf(path + suffix)), logBytes: logBytesOf(path) };
}

/** Costs a few system calls; asks SQLite only where something is suspicious. */
export function lookAt(path: string, known: FilesIdentity, db: DatabaseSync): FilesState {
  const [main, log, index] = SUFFIXES.map((suffix) => inodeOf(path + suffix));
  if (main === undefined || main !== known.inodes[0]) return 'moved';
  if (isEmptied(path) || log !== known.inodes[1] || index !== known.inodes[2]) return 'torn';
  const bytes = logBytesOf(path);
  const isSuspicious = bytes < known.logBytes || !beginsAsLog(path, bytes);
  known.logBytes = bytes;
  return isSuspicious && isCut(path, db) ? 'torn' : 'same';
}

export function logBytesOf(path: string): number {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}

/** Of the file itself; 0 while there is none. */
export function bytesOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Bytes that the file system can still take, and all of it. */
export function spaceAt(path: string): { readonly free: number; readonly all: number } {
  const { bavail, blocks, bsize } = statfsSync(dirname(path));
  return { free: bavail * bsize, all: blocks * bsize };
}

/**
 * Whether Forewarm began the file, or it is one of something else that is not to be touched: the lock beside it stays and says so,
 * or else its beginning, as of a copy. Only for a file that could not be opened, since it is opened here.
 */
export function isOurs(path: string): boolean {
  if (existsSync(`${path}.lock`)) return true;
  const header = beginningOf(path, FILE_HEADER_BYTES);
  const isDatabase = header.toString('latin1', 0, FILE_MAGIC.length) === FILE_MAGIC;
  return isDatabase && header.readUInt32BE(APPLICATION_ID_AT) === APPLICATION_ID;
}

/** Moves what the path names to `aside`, if that is still this file or there was none; says whether it did. */
export function setFilesAside(path: string, opened: number | undefined, aside: string): boolean {
  return alone(path, () => {
    const now = inodeOf(path);
    if (now === undefined || now !== (opened ?? now)) return false;
    for (const suffix of SUFFIXES) if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
    for (const old of asideOf(path).slice(0, -ASIDE)) remove(old, SUFFIXES);
    return true;
  });
}

/** Begins a file where there is none. The log of one that is gone would be written into it. */
export function begin<T>(path: string, open: () => T): T {
  return alone(path, () => {
    if (inodeOf(path) === undefined) remove(path, LOG_SUFFIXES);
    return open();
  });
}

/** Removes the log of a file that the path does not name any more, while that file is still open here. */
export function removeLogOf(path: string, { inodes: [main, log] }: FilesIdentity): void {
  alone(path, () => {
    if (inodeOf(path) !== main && inodeOf(`${path}-wal`) === log) remove(path, LOG_SUFFIXES);
  });
}

/** Files that were set aside, the oldest first. */
export function asideOf(path: string): string[] {
  const folder = dirname(path);
  const file = basename(path);
  const isOne = (name: string) =>
    name.startsWith(file) && /^\.(?:corrupt|locked)-\d+$/.test(name.slice(file.length));
  const at = (name: string) => Number(name.slice(name.lastIndexOf('-') + 1));
  return namesIn(folder)
    .filter(isOne)
    .sort((a, b) => at(a) - at(b))
    .map((name) => join(folder, name));
}

/** None of a folder that is not there, is no folder or may not be read: whoever opens the file in it says why. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function remove(path: string, suffixes: readonly string[]): void {
  for (const suffix of suffixes) rmSync(path + suffix, { force: true });
}

/** One process at a time; a lock of SQLite's, which ends with its process. */
function alone<T>(path: string, act: () => T): T {
  const lock = new DatabaseSync(`${path}.lock`, { timeout: MOVING_MS });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return act();
  } finally {
    lock.close();
  }
}

export function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

/** A database in use has a header, which SQLite writes when the file is begun. */
function isEmptied(path: string): boolean {
  return statSync(path).size < FILE_HEADER_BYTES;
}

/** An empty log is one, and so is one whose header is still being written. */
function beginsAsLog(path: string, bytes: number): boolean {
  if (bytes < LOG_HEADER_BYTES) return true;
  return LOG_MAGIC.includes(beginningOf(`${path}-wal`, 4).readUInt32BE());
}

/** Zeros where the file is shorter. */
function beginningOf(path: string, bytes: number): Buffer {
  const header = Buffer.alloc(bytes);
  const file = openSync(path, 'r');
  try {
    readSync(file, header, 0, bytes, 0);
  } finally {
    closeSync(file);
  }
  return header;
}

/** SQLite keeps the length of its log in memory: more than there is on disk was taken away by others. */
function isCut(path: string, db: DatabaseSync): boolean {
  const page = Number(db.prepare('PRAGMA page_size').get()?.page_size);
  const frames = loggedFrames(db);
  const bytes = logBytesOf(path);
  return (
    (frames > 0 && bytes < LOG_HEADER_BYTES + frames * (page + FRAME_HEADER_BYTES)) ||
    !beginsAsLog(path, bytes)
  );
}

/** Without end where SQLite cannot say: what it wanted to copy back is not there. */
function loggedFrames(db: DatabaseSync): number {
  try {
    return Math.max(0, Number(db.prepare('PRAGMA wal_checkpoint(PASSIVE)').get()?.log));
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
