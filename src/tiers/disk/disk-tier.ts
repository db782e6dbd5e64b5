import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import type { Entry, EntryKind, Head } from '../../core/entry.ts';
import { messageOf } from '../../core/errors.ts';
import type { Events } from '../../core/events.ts';
import { duration, path, sizeFrom, timerFrom } from '../../core/options.ts';
import { codecOverride } from '../codec/options.ts';
import { KEEPS_ALL } from '../retention.ts';
import type { ExtendWrite, PutWrite, Tier, TierTraits, TierUsage, Want, Write, Written } from '../tier.ts';
import { DiskConnection } from './disk-connection.ts';
import { pageOf, readable, rowsOf } from './disk-reads.ts';
import { checkRoom, longestLog } from './disk-room.ts';
import { endOfPrefix, entryOf, type Row, rowOf } from './disk-rows.ts';
import { type DiskFile, inTransaction, numberOf, usedBytes } from './disk-schema.ts';
import { DiskUses } from './disk-uses.ts';

export const diskOptions = z.strictObject({
  enabled: z.boolean().default(true).describe('Keep entries in a SQLite file on this host.'),
  path: path().default('.forewarm/cache.db').describe('The SQLite file; it follows `data`.'),
  maxSize: sizeFrom(1_000).prefault('4GB').describe('Bound on the file.'),
  ttl: duration()
    .optional()
    .describe(
      'How long after its origin last confirmed it an entry stays in this tier, at the longest. Absent: until it is gone.',
    ),
  timeout: timerFrom(1)
    .prefault('2s')
    .describe('A call that takes longer has failed; the next tier answers.'),
  codec: codecOverride.prefault({}).describe('How this tier stores bodies, where that is not as in `codec`.'),
});

export interface DiskTierDeps {
  readonly name?: string;
  readonly path: string;
  /** Bound on the file in bytes, without its write-ahead log. */
  readonly maxSize: number;
  /** How long after its origin last confirmed it an entry stays, in ms; by default until it is gone. */
  readonly ttl?: number | undefined;
  /** How long to wait for another process that is writing, in ms. */
  readonly timeout: number;
  readonly clock: Clock;
  readonly events: Events;
  /** In bytes; 256 MiB by default. */
  readonly maxBodyBytes?: number;
  /** How long the write-ahead log may become, in bytes; by default a quarter of `maxSize`, and at least 64 MiB. */
  readonly maxLog?: number;
}

const LARGEST_BODY = 256 * 2 ** 20;
/** Rows of one page of a scan, of one removal, and pages of one vacuum: between them, others get their turn. */
const SCAN_ROWS = 1_000;
const REMOVE_ROWS = 500;
const VACUUM_PAGES = 1_000;
/** The bound is looked at after this many bytes, or this share of it if that is less. */
const LOOK_AFTER_BYTES = 2 ** 20;
const LOOK_AFTER_SHARE = 1 / 16;
/** What an eviction leaves of the bound. */
const EVICT_TO_SHARE = 0.95;
const BEYOND_NUMBERS = 'it holds a number that is too large to be read';

/**
 * Entries in a SQLite file that every process of this host shares, one row each (`disk-rows.ts`). Its statements
 * (`disk-schema.ts`) compare stamps in the database, so that the newest wins among processes, too. SQLite runs in the thread
 * of its user, so every long walk gives others a turn between its pages.
 *
 * `disk-connection.ts` opens the file at the first call, sets a damaged one aside and begins a new one (`disk-check.ts`
 * looks). `disk-uses.ts` remembers when entries were read. Over the bound, what is gone is removed first, then what was read
 * least recently, but no tombstone: an older write could come back.
 */
export class DiskTier implements Tier {
  readonly name: string;
  readonly traits: TierTraits;
  readonly #path: string;
  readonly #maxSize: number;
  readonly #maxLog: number;
  readonly #ttl: number | undefined;
  readonly #events: Events;
  readonly #clock: Clock;
  readonly #connection: DiskConnection;
  readonly #uses: DiskUses;
  #unlooked: number;

  constructor(deps: DiskTierDeps) {
    this.name = deps.name ?? 'disk';
    this.traits = {
      durable: true,
      reach: 'host',
      writes: 'brief',
      maxBodyBytes: deps.maxBodyBytes ?? LARGEST_BODY,
      keeps: KEEPS_ALL,
    };
    this.#path = deps.path;
    this.#maxSize = deps.maxSize;
    this.#maxLog = deps.maxLog ?? longestLog(deps.maxSize);
    this.#ttl = deps.ttl;
    this.#unlooked = deps.maxSize;
    this.#events = deps.events;
    this.#clock = deps.clock;
    this.#connection = new DiskConnection({
      tier: this.name,
      path: deps.path,
      patience: deps.timeout,
      clock: deps.clock,
      events: deps.events,
    });
    this.#uses = new DiskUses({ connection: this.#connection, clock: deps.clock });
  }

  async getMany(keys: readonly string[], want: Want, signal: AbortSignal): Promise<(Entry | undefined)[]> {
    return this.#connection.use(signal, (file) => {
      const statement = want === 'entry' ? file.getEntries : file.getHeads;
      const { rows, unreadable } = rowsOf(statement, keys);
      for (const key of unreadable) this.#discardUnreadable(file, key);
      const byKey = new Map(rows.map((row) => [row[0], row]));
      for (const [key, , kind, , , , , , , , , , body, usedAt = 0, wasRead] of rows) {
        if (body !== undefined && kind !== 'dropped') this.#uses.note(key, usedAt, wasRead === 1);
      }
      return keys.map((key) => this.#read(file, byKey.get(key)));
    });
  }

  async putMany(writes: readonly Write[], signal: AbortSignal): Promise<Written[]> {
    const verdicts = await this.#connection.change(signal, (file) => {
      checkRoom(this.#path, file.db, this.#maxLog);
      return inTransaction(file.db, () =>
        writes.map((write) => (write.kind === 'put' ? this.#put(file, write) : extend(file, write))),
      );
    });
    if (this.#unlooked >= Math.min(LOOK_AFTER_BYTES, this.#maxSize * LOOK_AFTER_SHARE))
      await this.#evict(signal);
    return verdicts;
  }

  async *scan(prefix: string, signal: AbortSignal): AsyncGenerator<Head[]> {
    const end = endOfPrefix(prefix);
    let from: string | undefined = prefix;
    while (from !== undefined) {
      const { rows, unreadable, last } = await this.#connection.use(signal, (file) =>
        pageOf(file, from ?? '', end, SCAN_ROWS),
      );
      for (const key of unreadable) this.#reportCorrupt(key, BEYOND_NUMBERS);
      const heads = rows.flatMap((row) => this.#readHead(row));
      if (heads.length > 0) yield heads;
      // The least string after the last key.
      from = last === undefined ? undefined : `${last}\0`;
    }
  }

  async sweep(now: number, limit: number, signal: AbortSignal): Promise<{ removed: number; bytes: number }> {
    let removed = await this.#remove((file, rows) => file.sweep.run(now, rows), limit, signal);
    const ttl = this.#ttl;
    if (ttl !== undefined) {
      removed += await this.#remove(
        (file, rows) => file.sweepOld.run(now - ttl, rows),
        limit - removed,
        signal,
      );
    }
    return { removed, bytes: await this.#vacuum(signal) };
  }

  /** Counts the rows; bytes are those of the file, free pages not counted. */
  async usage(signal: AbortSignal): Promise<TierUsage> {
    return this.#connection.use(signal, (file) => ({
      entries: numberOf(file.count),
      bytes: usedBytes(file),
    }));
  }

  async close(): Promise<void> {
    this.#connection.close();
  }

  #put(file: DiskFile, { entry }: PutWrite): Written {
    if (entry.body.byteLength > this.traits.maxBodyBytes) return 'too-large';
    this.#unlooked += entry.body.byteLength;
    return Number(file.put.run(...rowOf(entry), this.#clock.now()).changes) === 0 ? 'superseded' : 'written';
  }

  /** A damaged entry is a miss and goes, so that no extend takes it for whole. */
  #read(file: DiskFile, row: Row | undefined): Entry | undefined {
    if (row === undefined) return undefined;
    try {
      return entryOf(row);
    } catch (error) {
      this.#reportCorrupt(row[0], messageOf(error));
      this.#discard(() => file.remove.run(row[0], row[1]));
      return undefined;
    }
  }

  #discardUnreadable(file: DiskFile, key: string): void {
    this.#reportCorrupt(key, BEYOND_NUMBERS);
    this.#discard(() => file.removeUnreadable.run(key));
  }

  /** Now, or when it is read the next time: a file that is busy is no reason for a read to fail. */
  #discard(remove: () => unknown): void {
    try {
      remove();
    } catch (error) {
      this.#events.emit('problem', { where: `removing a corrupt entry from tier "${this.name}"`, error });
    }
  }

  #readHead(row: Row): Head[] {
    try {
      return [entryOf(row).head];
    } catch (error) {
      this.#reportCorrupt(row[0], messageOf(error));
      return [];
    }
  }

  #reportCorrupt(key: string, reason: string): void {
    this.#events.emit('tier:corrupt', { tier: this.name, key, reason });
  }

  async #evict(signal: AbortSignal): Promise<void> {
    this.#unlooked = 0;
    const isOver = (share: number) =>
      this.#connection.use(signal, (file) => usedBytes(file) > this.#maxSize * share);
    if (!(await isOver(1))) return;
    await this.#uses.write(signal);
    let [keys, unread] = [0, 0];
    while (await isOver(EVICT_TO_SHARE)) {
      const { swept, evicted } = await this.#connection.change(signal, (file) =>
        letGo(file, this.#clock.now()),
      );
      keys += evicted.length;
      unread += evicted.filter(([wasRead]) => wasRead === 0).length;
      if (swept + evicted.length === 0) break;
      await setImmediate();
    }
    if (keys > 0) this.#events.emit('tier:evicted', { tier: this.name, keys, unread });
  }

  /** Some rows at a time, until there are no more or `limit` are removed. */
  async #remove(
    act: (file: DiskFile, rows: number) => { readonly changes: number | bigint },
    limit: number,
    signal: AbortSignal,
  ): Promise<number> {
    let removed = 0;
    while (removed < limit) {
      const count = Math.min(REMOVE_ROWS, limit - removed);
      const gone = await this.#connection.change(signal, (file) => Number(act(file, count).changes));
      removed += gone;
      if (gone < count) break;
      await setImmediate();
    }
    return removed;
  }

  /** Gives free pages back to the file system, some at a time. Returns how many bytes the file became shorter. */
  async #vacuum(signal: AbortSignal): Promise<number> {
    let bytes = 0;
    for (;;) {
      const given = await this.#connection.use(signal, (file) => {
        const before = numberOf(file.pageCount);
        file.db.exec(`PRAGMA incremental_vacuum(${VACUUM_PAGES})`);
        return (before - numberOf(file.pageCount)) * file.pageSize;
      });
      bytes += given;
      if (given === 0) break;
      await setImmediate();
    }
    // The file itself is cut when the log is copied back; not now, if another process is reading.
    if (bytes > 0)
      await this.#connection.use(signal, (file) => file.db.exec('PRAGMA wal_checkpoint(TRUNCATE)'));
    return bytes;
  }
}

/** Some rows: those that are gone, and only where there are none, those that were used least recently. */
function letGo(file: DiskFile, now: number) {
  const swept = Number(file.sweep.run(now, REMOVE_ROWS).changes);
  // The statement returns its column as an array; the types of node:sqlite do not know.
  const evicted = swept > 0 ? [] : (file.evict.all(REMOVE_ROWS) as unknown as (readonly [number])[]);
  return { swept, evicted };
}

type Version = readonly [stamp: number, kind: EntryKind, checksum: number];

/** A row that cannot be read holds no such body. */
function extend(file: DiskFile, { key, stamp, times, checksum }: ExtendWrite): Written {
  const { fetchedAt, checkedAt, dueAt, staleAt, goneAt } = times;
  const change = [stamp, fetchedAt, checkedAt, dueAt, staleAt, goneAt];
  const where = [key, checksum, stamp, stamp, checkedAt];
  if (Number(file.extend.run(...change, ...where).changes) > 0) return 'written';
  // The statement returns its columns as an array; the types of node:sqlite do not know.
  const held = readable(() => file.getVersion.get(key)) as unknown as Version | undefined;
  if (held === undefined) return 'missing';
  const [heldStamp, kind, heldChecksum] = held;
  if (heldStamp > stamp) return 'superseded';
  return heldStamp === stamp && kind !== 'dropped' && heldChecksum === checksum ? 'written' : 'missing';
}
