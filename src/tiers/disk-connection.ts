/**
 * The disk tier's hold on its file: opens it when it is first needed, waits for other processes, and sets a damaged
 * file aside and begins a new one.
 */
import { existsSync, renameSync, statSync } from 'node:fs';
import { type Clock, sleep } from '../core/clock.ts';
import { ForewarmError, messageOf } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import { type DiskFile, openDiskFile } from './disk-schema.ts';

export interface DiskConnectionDependencies {
  readonly tier: string;
  readonly path: string;
  /** How long to wait for another process that is writing, in ms. */
  readonly patience: number;
  readonly clock: Clock;
  readonly events: Events;
}

/** What to do about an error of SQLite's. */
type Trouble = 'busy' | 'damaged' | 'other';

/** Primary result codes, from https://www.sqlite.org/rescode.html. */
const BUSY = 5;
const LOCKED = 6;
const CORRUPT = 11;
const NOT_A_DATABASE = 26;

const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 50;

export class DiskConnection {
  readonly #dependencies: DiskConnectionDependencies;
  #file: DiskFile | undefined;
  #closed = false;

  constructor(dependencies: DiskConnectionDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Does one synchronous piece of work on the file, which must be safe to do again from the start. Rejects with
   * `E_TIER_UNAVAILABLE` when the file stays busy or cannot be used, with `E_TIER_CLOSED`, or with the signal's reason.
   */
  async use<T>(signal: AbortSignal, act: (file: DiskFile) => T): Promise<T> {
    const { clock, patience } = this.#dependencies;
    const began = clock.elapsed();
    let pause = FIRST_PAUSE_MS;
    let mended = false;
    for (;;) {
      signal.throwIfAborted();
      if (this.#closed)
        throw new ForewarmError('E_TIER_CLOSED', `tier "${this.#dependencies.tier}" is closed`);
      try {
        this.#letGoIfMoved();
        this.#file ??= openDiskFile(this.#dependencies.path);
        return act(this.#file);
      } catch (error) {
        const trouble = troubleOf(error);
        if (trouble === 'busy' && clock.elapsed() - began < patience) {
          await sleep(clock, pause, signal);
          pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
        } else if (trouble === 'damaged' && !mended) {
          mended = true;
          this.#setAside(error);
        } else {
          throw this.#unavailable(error);
        }
      }
    }
  }

  close(): void {
    this.#closed = true;
    this.#letGo();
  }

  /** The path names another file, or none, since another process set the old one aside or somebody removed it. */
  #letGoIfMoved(): void {
    if (this.#file !== undefined && this.#file.inode !== this.#inode()) this.#letGo();
  }

  #inode(): number | undefined {
    return statSync(this.#dependencies.path, { throwIfNoEntry: false })?.ino;
  }

  #letGo(): void {
    const file = this.#file;
    this.#file = undefined;
    file?.db.close();
  }

  /** Renames the damaged file and its log, unless another process has. Closed last: then SQLite leaves the path alone. */
  #setAside(error: unknown): void {
    const { path, tier, clock, events } = this.#dependencies;
    const inode = this.#inode();
    if (inode !== undefined && inode === (this.#file?.inode ?? inode)) {
      const aside = `${path}.corrupt-${clock.now()}`;
      for (const suffix of ['', '-wal', '-shm']) {
        if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
      }
      const where = `tier "${tier}": its file is damaged, so it was set aside as "${aside}" and a new one begun`;
      events.emit('problem', { where, error });
    }
    this.#letGo();
  }

  #unavailable(error: unknown): ForewarmError {
    if (error instanceof ForewarmError) return error;
    const { tier, path } = this.#dependencies;
    return new ForewarmError(
      'E_TIER_UNAVAILABLE',
      `tier "${tier}" cannot use "${path}": ${messageOf(error)}`,
      { details: { tier, path }, cause: error },
    );
  }
}

function troubleOf(error: unknown): Trouble {
  // node:sqlite puts SQLite's extended result code on its errors.
  const primary = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0;
  if (primary === BUSY || primary === LOCKED) return 'busy';
  return primary === CORRUPT || primary === NOT_A_DATABASE ? 'damaged' : 'other';
}
