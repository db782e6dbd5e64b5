/**
 * The disk tier's hold on its file: opens it when it is first needed, waits for other processes, and sets a file aside
 * and begins a new one where it is damaged, has lost its log, or no process can write it for long.
 */
import { rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Clock, sleep } from '../../core/clock.ts';
import { ForewarmError, messageOf } from '../../core/errors.ts';
import type { Events } from '../../core/events.ts';
import { makeFolder } from '../../flow/files.ts';
import { quickCheck } from './disk-check.ts';
import {
  begin,
  type FilesIdentity,
  identityOf,
  inodeOf,
  isOurs,
  logBytesOf,
  lookAt,
  removeLogOf,
  setFilesAside,
} from './disk-files.ts';
import { type DiskFile, openDiskFile } from './disk-schema.ts';

export interface DiskConnectionDeps {
  readonly tier: string;
  readonly path: string;
  /** How long to wait for another process that is writing, in ms. */
  readonly patience: number;
  readonly clock: Clock;
  readonly events: Events;
}

/** What to do about an error of SQLite's. `stale`: the file may be well, and what is open of it is not. */
type Trouble = 'busy' | 'damaged' | 'stale' | 'other';

/** Primary result codes, from https://www.sqlite.org/rescode.html. */
const BUSY = 5;
const LOCKED = 6;
const READ_ONLY = 8;
const IO_ERROR = 10;
const CORRUPT = 11;
const NOT_A_DATABASE = 26;

/** Extended result codes: a read failed, came short, or the file system is corrupt. */
const UNREADABLE = [266, 522, 8_458];

/** A file that could not be written for so long belongs to a process that hangs: the others go on without it. */
const LOCKED_FOR_MS = 60_000;
/** A file that was not closed is checked after it was opened: for how long at most, and how seldom, in ms. */
const CHECK_FOR_MS = 60_000;
const CHECK_EVERY_MS = 3_600_000;

const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 50;

/** Reads may meet a file that was set aside for so long; what is written always goes to the one that the path names, in ms. */
const LOOK_EVERY_MS = 20;

export class DiskConnection {
  readonly #deps: DiskConnectionDeps;
  readonly #stopped = new AbortController();
  #file: DiskFile | undefined;
  #identity: FilesIdentity = { inodes: [], logBytes: 0 };
  /** Since when changes have been in vain, on the monotonic clock. */
  #lockedSince: number | undefined;
  /** When the path was last looked at, on the monotonic clock. */
  #lookedAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(deps: DiskConnectionDeps) {
    this.#deps = deps;
  }

  /**
   * Does one synchronous piece of work on the file, which must be safe to do again from the start. Rejects with
   * `E_TIER_UNAVAILABLE` when the file stays busy or cannot be used, with `E_TIER_CLOSED`, or with the signal's reason.
   */
  use<T>(signal: AbortSignal, act: (file: DiskFile) => T): Promise<T> {
    return this.#run(signal, act, false);
  }

  /** The same for what writes. */
  async change<T>(signal: AbortSignal, act: (file: DiskFile) => T): Promise<T> {
    const answer = await this.#run(signal, act, true);
    this.#lockedSince = undefined;
    return answer;
  }

  async #run<T>(signal: AbortSignal, act: (file: DiskFile) => T, writes: boolean): Promise<T> {
    const { clock, patience } = this.#deps;
    const began = clock.elapsed();
    let pause = FIRST_PAUSE_MS;
    /** Each is tried once. */
    const tried = { anew: false, aside: false };
    for (;;) {
      signal.throwIfAborted();
      if (this.#closed) throw new ForewarmError('E_TIER_CLOSED', `tier "${this.#deps.tier}" is closed`);
      try {
        this.#look(writes);
        this.#file ??= this.#open();
        return act(this.#file);
      } catch (error) {
        const trouble = troubleOf(error);
        if (trouble === 'busy' && clock.elapsed() - began < patience) {
          await sleep(clock, pause, signal);
          pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
        } else if (!this.#mended(trouble, error, writes && this.#isStuck(trouble, began), tried)) {
          throw this.#unavailable(error);
        }
      }
    }
  }

  /** Whether something was done that may help. Throws where nothing may be done, since the file is another program's. */
  #mended(
    trouble: Trouble,
    error: unknown,
    isStuck: boolean,
    tried: { anew: boolean; aside: boolean },
  ): boolean {
    if (trouble === 'stale' && !tried.anew) {
      tried.anew = true;
      // At once, whoever asks: it may have been removed since it was looked at.
      this.#look(true);
      this.#letGo();
      return true;
    }
    if (tried.aside || !(trouble === 'damaged' || isStuck || isUnreadable(error))) return false;
    const { path } = this.#deps;
    if (this.#file === undefined && inodeOf(path) !== undefined && !isOurs(path)) throw foreign(path, error);
    tried.aside = true;
    this.#setAside(isStuck ? 'locked' : 'corrupt', error);
    return true;
  }

  close(): void {
    this.#closed = true;
    this.#stopped.abort();
    this.#letGo();
  }

  #isStuck(trouble: Trouble, began: number): boolean {
    if (trouble !== 'busy') return false;
    this.#lockedSince ??= began;
    return this.#deps.clock.elapsed() - this.#lockedSince >= LOCKED_FOR_MS;
  }

  /** A log beside the file means that it was not closed, or that others have it open. */
  #open(): DiskFile {
    const { path } = this.#deps;
    const isNew = inodeOf(path) === undefined;
    const hasLog = !isNew && logBytesOf(path) > 0;
    if (isNew) this.#makeFolder();
    const file = isNew ? begin(path, () => openDiskFile(path)) : openDiskFile(path);
    this.#identity = identityOf(path);
    if (hasLog) this.#check(file).catch(() => undefined);
    return file;
  }

  #makeFolder(): void {
    const { path, tier } = this.#deps;
    try {
      makeFolder(dirname(path));
    } catch (cause) {
      const message = `tier "${tier}" cannot use "${path}": ${messageOf(cause)}; name a file that can be made in tiers.disk.path`;
      throw new ForewarmError('E_TIER_UNAVAILABLE', message, { details: { tier, path }, cause });
    }
  }

  /** In the background: the file is used meanwhile, and set aside if it proves damaged. */
  async #check(file: DiskFile): Promise<void> {
    const { path, clock } = this.#deps;
    const mark = `${path}.checked`;
    const last = statSync(mark, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (clock.now() - last < CHECK_EVERY_MS) return;
    writeFileSync(mark, '');
    utimesSync(mark, clock.now() / 1_000, clock.now() / 1_000);
    const task = { path, timeout: CHECK_FOR_MS, clock, signal: this.#stopped.signal };
    const answer = await quickCheck(task);
    // Given up with a command that had ended: the next process that opens the file is to try.
    if (answer.state !== 'whole' && answer.state !== 'damaged') rmSync(mark, { force: true });
    if (answer.state === 'damaged' && this.#file === file)
      this.#setAside('corrupt', new Error(answer.reason));
  }

  /**
   * The path names another file, or none, where another process set the old one aside or somebody removed it: it is let go. A
   * file whose log was cut or removed has lost what was in that, without an error: it is as good as damaged.
   */
  #look(writes: boolean): void {
    const { path, clock } = this.#deps;
    const now = clock.elapsed();
    if (this.#file === undefined || (!writes && now - this.#lookedAt < LOOK_EVERY_MS)) return;
    this.#lookedAt = now;
    const state = lookAt(path, this.#identity, this.#file.db);
    if (state === 'torn') this.#setAside('corrupt', new Error('its log was cut, removed or replaced'));
    if (state !== 'moved') return;
    removeLogOf(path, this.#identity);
    this.#letGo();
  }

  #letGo(): void {
    const file = this.#file;
    this.#file = undefined;
    file?.db.close();
  }

  /** Renames the file and its log, unless another process has. Closed last: then SQLite leaves the path alone. */
  #setAside(why: 'corrupt' | 'locked', error: unknown): void {
    const { path, tier, clock, events } = this.#deps;
    const aside = `${path}.${why}-${clock.now()}`;
    if (setFilesAside(path, this.#file?.inode, aside)) {
      const is = why === 'locked' ? 'has been locked for a minute' : 'is damaged';
      const where = `tier "${tier}": its file ${is}, so it was set aside as "${aside}" and a new one begun`;
      events.emit('problem', { where, error });
    }
    this.#lockedSince = undefined;
    this.#letGo();
  }

  #unavailable(error: unknown): ForewarmError {
    if (error instanceof ForewarmError) return error;
    const { tier, path } = this.#deps;
    return new ForewarmError(
      'E_TIER_UNAVAILABLE',
      `tier "${tier}" cannot use "${path}": ${messageOf(error)}`,
      { details: { tier, path }, cause: error },
    );
  }
}

function foreign(path: string, cause: unknown): ForewarmError {
  const message = `"${path}" is a file of something else (${messageOf(cause)}), and is left as it is; name another tiers.disk.path`;
  return new ForewarmError('E_TIER_UNAVAILABLE', message, { details: { path }, cause });
}

/** Parts of the file cannot be read, also by a connection that is new: the disk may be well elsewhere. */
function isUnreadable(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && UNREADABLE.includes(Number(error.errcode));
}

function troubleOf(error: unknown): Trouble {
  // node:sqlite puts SQLite's extended result code on its errors.
  const primary = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0;
  if (primary === BUSY || primary === LOCKED) return 'busy';
  if (primary === READ_ONLY || primary === IO_ERROR) return 'stale';
  return primary === CORRUPT || primary === NOT_A_DATABASE ? 'damaged' : 'other';
}
