import { setImmediate } from 'node:timers/promises';
import type { Entry, Head } from '../../core/entry.ts';
import { NO_BODY } from '../../core/entry.ts';
import type { Events } from '../../core/events.ts';
import { CIPHER_BYTES } from '../codec/cipher.ts';
import type { Codec, Opened } from '../codec/codec.ts';
import type { ExtendWrite, PutWrite, Tier, TierTraits, TierUsage, Want, Write, Written } from '../tier.ts';
import type { Reencryptable } from './reencryptable.ts';

export interface CodedTierDeps {
  /** What it stores is sealed. It is closed with this one. */
  readonly tier: Tier;
  readonly codec: Codec;
  readonly events: Events;
}

/** Coding blocks the thread. What an entry costs beside its bytes, in bytes; and after how many bytes others get a turn. */
const COST_OF_ENTRY = 20_000;
const TURN = 2_000_000;

/**
 * A tier whose store holds bodies compressed, encrypted or both, while everything above it sees plain ones. It reads what is
 * stored plain, too, and is there whatever is configured: so what was stored under another configuration is still read.
 *
 * An entry that cannot be opened is a miss for every verb. One that is encrypted with a key that is not here stays; one that
 * is damaged is removed.
 */
export class CodedTier implements Tier, Reencryptable {
  readonly name: string;
  readonly traits: TierTraits;
  readonly #tier: Tier;
  readonly #codec: Codec;
  readonly #events: Events;
  /** Nothing is left to reencrypt, and nothing will come: scanning again would find nothing. */
  #isUpToDate = false;

  constructor({ tier, codec, events }: CodedTierDeps) {
    this.name = tier.name;
    // Its users count plain bytes, and an encrypted body is a little longer.
    const maxBodyBytes = tier.traits.maxBodyBytes - (codec.hasKeys ? CIPHER_BYTES : 0);
    this.traits = { ...tier.traits, maxBodyBytes };
    this.#tier = tier;
    this.#codec = codec;
    this.#events = events;
  }

  async getMany(keys: readonly string[], want: Want, signal: AbortSignal): Promise<(Entry | undefined)[]> {
    const stored = await this.#tier.getMany(keys, want, signal);
    if (stored.every(isPlain)) return stored;
    return this.#openAll(stored, want, signal);
  }

  async putMany(writes: readonly Write[], signal: AbortSignal): Promise<Written[]> {
    signal.throwIfAborted();
    const verdicts = new Array<Written>(writes.length).fill('too-large');
    const taken: number[] = [];
    const sealed: (Write | Promise<Write>)[] = [];
    const turns = new Turns(signal);
    for (const [i, write] of writes.entries()) {
      const bytes = write.kind === 'put' ? write.entry.body.byteLength : 0;
      if (bytes > this.traits.maxBodyBytes) continue;
      taken.push(i);
      sealed.push(write.kind === 'put' ? this.#seal(write) : this.#extends(write).first);
      if (bytes > 0 && turns.isOver(bytes)) await turns.next();
    }
    const ready = await Promise.all(sealed);
    const answers = await this.#tier.putMany(ready, signal);
    for (const [at, i] of taken.entries()) verdicts[i] = answers[at] ?? 'missing';
    await this.#extendOthers(writes, verdicts, signal);
    this.#report(ready);
    return verdicts;
  }

  async *scan(prefix: string, signal: AbortSignal): AsyncGenerator<Head[]> {
    for await (const page of this.#tier.scan(prefix, signal)) {
      yield page.flatMap((head) => {
        const opened = this.#openHead(head);
        return opened === undefined ? [] : [opened.head];
      });
    }
  }

  sweep(now: number, limit: number, signal: AbortSignal): Promise<{ removed: number; bytes: number }> {
    return this.#tier.sweep(now, limit, signal);
  }

  usage(signal: AbortSignal): Promise<TierUsage> {
    return this.#tier.usage(signal);
  }

  close(): Promise<void> {
    return this.#tier.close();
  }

  async reencrypt(limit: number, signal: AbortSignal): Promise<number> {
    if (!this.#codec.hasKeys || this.#isUpToDate) return 0;
    let reencrypted = 0;
    for await (const page of this.#tier.scan('', signal)) {
      const old = page.filter((head) => this.#isOld(head)).slice(0, limit - reencrypted);
      if (old.length > 0) reencrypted += await this.#reencrypt(old, signal);
      if (reencrypted >= limit) break;
    }
    // Where there is an old key, somebody may still be writing with it.
    this.#isUpToDate = reencrypted === 0 && !this.#codec.hasOldKeys;
    if (reencrypted > 0) this.#events.emit('tier:reencrypted', { tier: this.name, keys: reencrypted });
    return reencrypted;
  }

  /** Under another key than it would be now, and to be read: what is locked stays as it is. */
  #isOld({ source, bodyBytes, goneAt, encoding }: Head): boolean {
    if (bodyBytes === 0 || goneAt === DISCARDED_AT) return false;
    const key = encoding?.key;
    return key !== this.#codec.keyFor(source) && (key === undefined || this.#codec.hasKey(key));
  }

  /** With the stamps they have: whatever is written meanwhile is newer and stays. */
  async #reencrypt(heads: readonly Head[], signal: AbortSignal): Promise<number> {
    const keys = heads.map(({ key }) => key);
    const entries = await this.getMany(keys, 'entry', signal);
    const writes = entries.flatMap((entry) => (entry === undefined ? [] : [{ kind: 'put', entry } as const]));
    const verdicts = await this.putMany(writes, signal);
    return verdicts.filter((verdict) => verdict === 'written').length;
  }

  #seal(write: PutWrite): Write | Promise<Write> {
    const { key } = write.entry.head;
    const sealed = this.#codec.seal(write.entry, (reason) =>
      this.#events.emit('tier:uncompressed', { tier: this.name, key, reason }),
    );
    if (sealed === write.entry) return write;
    if (!(sealed instanceof Promise)) return { kind: 'put', entry: sealed };
    const pending = sealed.then((entry) => ({ kind: 'put', entry }) as const);
    // The error reaches the caller by `Promise.all`; until then it must not count as unhandled.
    pending.catch(() => undefined);
    return pending;
  }

  /** The same extend under each checksum that the confirmed body may have in the store, the most likely one first. */
  #extends(write: ExtendWrite): { readonly first: ExtendWrite; readonly others: readonly ExtendWrite[] } {
    const [likely = write.checksum, ...rest] = this.#codec.checksumsOf(write.key, write.checksum);
    const as = (checksum: number) => ({ ...write, checksum });
    return { first: as(likely), others: rest.map(as) };
  }

  /** Extends that found no such body, for bodies that are stored plain or under another key. At most one of them applies. */
  async #extendOthers(writes: readonly Write[], verdicts: Written[], signal: AbortSignal): Promise<void> {
    const places: number[] = [];
    const others: ExtendWrite[] = [];
    for (const [i, write] of writes.entries()) {
      if (write.kind !== 'extend' || verdicts[i] !== 'missing') continue;
      for (const other of this.#extends(write).others) {
        places.push(i);
        others.push(other);
      }
    }
    if (others.length === 0) return;
    const answers = await this.#tier.putMany(others, signal);
    for (const [at, i] of places.entries())
      if (verdicts[i] === 'missing') verdicts[i] = answers[at] ?? 'missing';
  }

  async #openAll(
    stored: readonly (Entry | undefined)[],
    want: Want,
    signal: AbortSignal,
  ): Promise<(Entry | undefined)[]> {
    const turns = new Turns(signal);
    const damaged: Head[] = [];
    const opened: (Entry | undefined | Promise<Entry | undefined>)[] = [];
    for (const entry of stored) {
      if (entry === undefined || entry.head.encoding === undefined || want === 'head') {
        opened.push(entry && this.#openHeadOf(entry));
        continue;
      }
      const taken = (answer: Opened) => this.#take(entry.head, answer, damaged);
      const answer = this.#codec.open(entry);
      opened.push(answer instanceof Promise ? answer.then(taken) : taken(answer));
      if (turns.isOver(entry.head.encoding.plainBytes)) await turns.next();
    }
    const entries = await Promise.all(opened);
    if (damaged.length > 0) await this.#discard(damaged, signal);
    return entries;
  }

  #take(head: Head, answer: Opened, damaged: Head[]): Entry | undefined {
    if (answer.kind === 'plain') return answer.entry;
    this.#reportCorrupt(head, answer.reason);
    if (answer.kind === 'damaged') damaged.push(head);
    return undefined;
  }

  #openHeadOf(entry: Entry): Entry | undefined {
    return entry.head.encoding === undefined && entry.head.goneAt !== DISCARDED_AT
      ? entry
      : this.#openHead(entry.head);
  }

  #openHead(head: Head): Entry | undefined {
    if (head.goneAt === DISCARDED_AT) return undefined;
    const answer = this.#codec.openHead(head);
    return this.#take(head, answer, []);
  }

  #reportCorrupt({ key }: Head, reason: string): void {
    this.#events.emit('tier:corrupt', { tier: this.name, key, reason });
  }

  /**
   * A store removes what it finds damaged itself; this is for what was changed without a trace there. An entry that is
   * gone since the beginning of time takes its place, if it has the same stamp still, and the next sweep removes that.
   */
  async #discard(heads: readonly Head[], signal: AbortSignal): Promise<void> {
    try {
      const writes = heads.map((head) => ({ kind: 'put', entry: discarded(head) }) as const);
      await this.#tier.putMany(writes, signal);
    } catch (error) {
      this.#events.emit('problem', { where: `removing a corrupt entry from tier "${this.name}"`, error });
    }
  }

  #report(writes: readonly Write[]): void {
    const sums = new Map<string, { plain: number; stored: number }>();
    for (const write of writes) {
      if (write.kind !== 'put' || write.entry.body.byteLength === 0) continue;
      const { source, bodyBytes, encoding } = write.entry.head;
      const sum = sums.get(source) ?? { plain: 0, stored: 0 };
      sum.plain += encoding?.plainBytes ?? bodyBytes;
      sum.stored += bodyBytes;
      sums.set(source, sum);
    }
    for (const [source, sum] of sums) this.#events.emit('tier:coded', { tier: this.name, source, ...sum });
  }
}

/** The times of the entry that takes the place of a discarded one. */
const DISCARDED_AT = 0;

function discarded({ key, source, stamp }: Head): Entry {
  const at = DISCARDED_AT;
  const times = { fetchedAt: at, checkedAt: at, dueAt: at, staleAt: at, goneAt: at };
  const rest = { kind: 'absent', format: 'raw', tags: [], bodyBytes: 0, checksum: 0 } as const;
  return { head: { key, source, stamp, ...times, ...rest }, body: NO_BODY };
}

function isPlain(entry: Entry | undefined): boolean {
  return entry === undefined || (entry.head.encoding === undefined && entry.head.goneAt !== DISCARDED_AT);
}

/** Gives others a turn when much has been coded without a pause. */
class Turns {
  readonly #signal: AbortSignal;
  #cost = 0;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Counts an entry, and whether it was the last of this turn. */
  isOver(bytes: number): boolean {
    this.#cost += COST_OF_ENTRY + bytes;
    return this.#cost >= TURN;
  }

  async next(): Promise<void> {
    this.#cost = 0;
    await setImmediate();
    this.#signal.throwIfAborted();
  }
}
