/**
 * When entries of the disk tier were last read, so that what is used least goes first: coarsely, and written in batches
 * after the reads, which so stay reads. A hint: what is not yet written when a process ends is lost.
 */
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../core/clock.ts';
import { NEVER } from '../../core/never.ts';
import type { DiskConnection } from './disk-connection.ts';

/** A use is written again only when the one on record is older. */
const GRAIN_MS = 3_600_000;
/** Uses of one write, and how long they may wait for others, in ms. */
const BATCH = 500;
const LONGEST_WAIT_MS = 60_000;

export interface DiskUsesDeps {
  readonly connection: DiskConnection;
  readonly clock: Clock;
}

export class DiskUses {
  readonly #connection: DiskConnection;
  readonly #clock: Clock;
  readonly #keys = new Set<string>();
  #since = 0;
  #writing: Promise<void> | undefined;

  constructor(deps: DiskUsesDeps) {
    this.#connection = deps.connection;
    this.#clock = deps.clock;
  }

  /** An entry was read; `usedAt` and `wasRead` are what the file says of it. */
  note(key: string, usedAt: number, wasRead: boolean): void {
    const now = this.#clock.now();
    if (wasRead && now - usedAt < GRAIN_MS) return;
    if (this.#keys.size === 0) this.#since = now;
    this.#keys.add(key);
    if (this.#keys.size >= BATCH || now - this.#since >= LONGEST_WAIT_MS) this.#writeSoon();
  }

  /** Writes what was noted. Rejects as the connection does. */
  async write(signal: AbortSignal): Promise<void> {
    const keys = [...this.#keys];
    this.#keys.clear();
    for (let i = 0; i < keys.length; i += BATCH) {
      const batch = JSON.stringify(keys.slice(i, i + BATCH));
      await this.#connection.change(signal, (file) => file.use.run(this.#clock.now(), batch));
      await setImmediate();
    }
  }

  /** Nobody waits for it, and a file that is busy or closed costs a hint. */
  #writeSoon(): void {
    this.#writing ??= setImmediate()
      .then(() => this.write(NEVER))
      .catch(() => undefined)
      .finally(() => {
        this.#writing = undefined;
      });
  }
}
