import type { Entry, Head } from '../../core/entry.ts';
import { ForewarmError, messageOf } from '../../core/errors.ts';
import type { Events } from '../../core/events.ts';
import { decode, isOtherVersion } from '../format/envelope.ts';
import { KEEPS_ALL, leavesAt } from '../retention.ts';
import type { Tier, TierTraits, TierUsage, Want, Write, Written } from '../tier.ts';
import { type Listed, S3Bucket, type S3BucketDeps, type Stored } from './s3-bucket.ts';
import { change, readHead } from './s3-change.ts';
import { isName, nameOf, namePrefixOf } from './s3-names.ts';

export interface S3TierDeps extends S3BucketDeps {
  readonly name?: string;
  readonly events: Events;
  /** In bytes; 256 MiB by default. */
  readonly maxBodyBytes?: number;
}

const LARGEST_BODY = 256 * 2 ** 20;
/** Heads of one page of a scan. */
const SCAN_PAGE = 200;
/** Objects that one sweep looks at, and pages that one look at the usage counts: each costs a request. */
const SWEEP_LOOKS = 5_000;
const USAGE_PAGES = 20;

/**
 * Entries in a bucket of S3, one object each, as the envelope of `docs/format.md`. A head is the first bytes of an object; an
 * extend rewrites the object. `s3-names.ts` makes object names of keys, `s3-bucket.ts` sends the requests, a bounded number
 * at the same time, and `s3-change.ts` makes one write: read, decide, and write only if nothing changed in between.
 *
 * Newest wins because a write names what it replaces (If-Match). A server that does not compare can keep the older of
 * two values that two processes write at the same moment; within a process, writes of one key take turns.
 */
export class S3Tier implements Tier {
  readonly name: string;
  readonly traits: TierTraits;
  readonly #prefix: string;
  readonly #ttl: number;
  readonly #events: Events;
  readonly #bucket: S3Bucket;
  readonly #turns = new Map<string, Promise<unknown>>();
  /** The last object that a sweep looked at: the next sweep continues there. */
  #swept: string | undefined;
  #closed = false;

  constructor(deps: S3TierDeps) {
    this.name = deps.name ?? 's3';
    this.#prefix = deps.prefix;
    this.#ttl = deps.ttl ?? Number.POSITIVE_INFINITY;
    this.#events = deps.events;
    this.#bucket = new S3Bucket(deps);
    this.traits = {
      durable: true,
      reach: 'shared',
      writes: 'long',
      maxBodyBytes: deps.maxBodyBytes ?? LARGEST_BODY,
      keeps: KEEPS_ALL,
    };
  }

  async getMany(keys: readonly string[], want: Want, signal: AbortSignal): Promise<(Entry | undefined)[]> {
    this.#check(signal);
    const asked = new Map<string, Promise<Entry | undefined>>();
    for (const key of keys) {
      if (!asked.has(key)) asked.set(key, this.#get(this.#objectOf(key), want, signal, key));
    }
    return Promise.all(keys.map((key) => asked.get(key)));
  }

  async putMany(writes: readonly Write[], signal: AbortSignal): Promise<Written[]> {
    this.#check(signal);
    return Promise.all(
      writes.map((write) => {
        if (write.kind === 'put' && write.entry.body.byteLength > this.traits.maxBodyBytes)
          return 'too-large';
        const object = this.#objectOf(write.kind === 'put' ? write.entry.head.key : write.key);
        return this.#inTurn(object, () => change(this.#bucket, object, write, signal));
      }),
    );
  }

  /** In the order of names. Each head costs a request. */
  async *scan(prefix: string, signal: AbortSignal): AsyncGenerator<Head[]> {
    this.#check(signal);
    for await (const page of this.#list(prefix, undefined, signal)) {
      for (let i = 0; i < page.length; i += SCAN_PAGE) {
        this.#check(signal);
        const objects = page.slice(i, i + SCAN_PAGE);
        const entries = await Promise.all(objects.map(({ name }) => this.#get(name, 'head', signal)));
        const heads = entries.flatMap((entry) => (entry === undefined ? [] : [entry.head]));
        yield heads.filter(({ key }) => key.startsWith(prefix));
      }
    }
  }

  /** Looks at some thousand objects a call, each time the next ones: an expiry rule of the bucket costs nothing. */
  async sweep(now: number, limit: number, signal: AbortSignal): Promise<{ removed: number; bytes: number }> {
    this.#check(signal);
    let [looked, removed, bytes] = [0, 0, 0];
    for await (const page of this.#list('', this.#swept, signal)) {
      for (let at = 0; at < page.length; ) {
        const objects = page.slice(at, at + Math.min(SCAN_PAGE, limit - removed));
        at += objects.length;
        const freed = await Promise.all(objects.map((object) => this.#removeGone(object, now, signal)));
        const gone = freed.filter((size) => size !== undefined);
        removed += gone.length;
        bytes += gone.reduce((sum, size) => sum + size, 0);
        looked += objects.length;
        this.#swept = objects.at(-1)?.name;
        if (removed >= limit || looked >= SWEEP_LOOKS) return { removed, bytes };
      }
    }
    this.#swept = undefined;
    return { removed, bytes };
  }

  /** Counts the first 20,000 objects; of more there are at least so many. */
  async usage(signal: AbortSignal): Promise<TierUsage> {
    this.#check(signal);
    let [pages, entries, bytes] = [0, 0, 0];
    for await (const page of this.#list('', undefined, signal)) {
      entries += page.length;
      bytes += page.reduce((sum, object) => sum + object.bytes, 0);
      pages += 1;
      if (pages === USAGE_PAGES) break;
    }
    return { entries, bytes };
  }

  /** Whether the server compares before it writes; see `docs/consistency.md` for what it means where it does not. */
  compares(signal: AbortSignal): Promise<boolean> {
    this.#check(signal);
    return this.#bucket.compares(signal);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#bucket.close();
  }

  #check(signal: AbortSignal): void {
    signal.throwIfAborted();
    if (this.#closed) throw new ForewarmError('E_TIER_CLOSED', `tier "${this.name}" is closed`);
  }

  #objectOf(key: string): string {
    return this.#prefix + nameOf(key);
  }

  async *#list(prefix: string, after: string | undefined, signal: AbortSignal): AsyncGenerator<Listed[]> {
    for await (const page of this.#bucket.list(this.#prefix + namePrefixOf(prefix), after, signal)) {
      yield page.filter(({ name }) => isName(name.slice(this.#prefix.length)));
    }
  }

  async #get(object: string, want: Want, signal: AbortSignal, key = object): Promise<Entry | undefined> {
    const stored =
      want === 'entry'
        ? await this.#bucket.get(object, undefined, signal)
        : await readHead(this.#bucket, object, signal);
    return stored && this.#read(object, stored, want, key);
  }

  /** A damaged entry is a miss and stays: its stamp keeps no write out. */
  #read(object: string, { bytes }: Stored, want: Want, key = object): Entry | undefined {
    try {
      const entry = decode(bytes, want);
      if (this.#objectOf(entry.head.key) === object) return entry;
      throw new ForewarmError('E_TIER_CORRUPT', `it is an entry of another key, "${entry.head.key}"`);
    } catch (error) {
      if (!isOtherVersion(bytes)) {
        this.#events.emit('tier:corrupt', { tier: this.name, key, reason: messageOf(error) });
      }
      return undefined;
    }
  }

  /** The bytes that became free; undefined when the entry is not gone, or not any more. */
  async #removeGone({ name, bytes }: Listed, now: number, signal: AbortSignal): Promise<number | undefined> {
    return this.#inTurn(name, async () => {
      const stored = await readHead(this.#bucket, name, signal);
      const entry = stored && this.#read(name, stored, 'head');
      if (stored === undefined || entry === undefined || !this.#leaves(entry.head, now)) return undefined;
      return (await this.#bucket.remove(name, stored.etag, signal)) ? bytes : undefined;
    });
  }

  #leaves(head: Head, now: number): boolean {
    return leavesAt(head, this.#ttl) <= now;
  }

  /** After what this process does to the same object already. */
  async #inTurn<T>(object: string, act: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(object);
    const turn = before === undefined ? act() : before.then(act, act);
    this.#turns.set(object, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(object) === turn) this.#turns.delete(object);
    }
  }
}
