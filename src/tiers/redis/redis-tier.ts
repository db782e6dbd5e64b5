import type { Cluster, Redis } from 'ioredis';
import { z } from 'zod';
import type { Entry, Head } from '../../core/entry.ts';
import { ForewarmError, messageOf } from '../../core/errors.ts';
import type { Events } from '../../core/events.ts';
import { duration, timerFrom } from '../../core/options.ts';
import { abortable } from '../../flow/abortable.ts';
import { failureOf } from '../../redis/connection-error.ts';
import { entryKey } from '../../redis/keys.ts';
import { runScript, runScriptBuffer } from '../../redis/script.ts';
import { codecOverride } from '../codec/options.ts';
import { decode, encode, encodeClock, isOtherVersion } from '../format/envelope.ts';
import { KEEPS_ALL } from '../retention.ts';
import type { ExtendWrite, Tier, TierTraits, TierUsage, Want, Write, Written } from '../tier.ts';
import { batchesOf } from './redis-batches.ts';
import { estimateUsage, scanKeys } from './redis-scan.ts';
import { DISCARD, EXTEND_MAGIC, HEADS } from './redis-scripts.ts';
import { RedisWrites } from './redis-writes.ts';

export const redisTierOptions = z.strictObject({
  enabled: z.boolean().default(true).describe('Keep entries in Redis, for every process.'),
  prefix: z.string().default('fw:').describe('What the Redis key of every entry starts with.'),
  ttl: duration()
    .optional()
    .describe(
      'How long after its origin last confirmed it an entry stays in this tier, at the longest. Absent: until it is gone.',
    ),
  timeout: timerFrom(1)
    .prefault('1s')
    .describe('A call that takes longer has failed; the next tier answers.'),
  codec: codecOverride.prefault({}).describe('How this tier stores bodies, where that is not as in `codec`.'),
});

export interface RedisTierDeps {
  readonly name?: string;
  /** Of a server or a cluster, without a `keyPrefix` of its own. The tier does not close it. */
  readonly redis: Redis | Cluster;
  readonly prefix: string;
  readonly events: Events;
  /** How long after its origin last confirmed it an entry stays, in ms; by default until it is gone. */
  readonly ttl?: number | undefined;
  /** In bytes; 64 MiB by default. Redis itself takes 512 MiB, but a body of that size stops it for everyone. */
  readonly maxBodyBytes?: number;
  /** A key beside the entries that every read asks for, too; not in a cluster, where it has a slot of its own. */
  readonly piggybackedKey?: PiggybackedKey;
}

export interface PiggybackedKey {
  /** Its whole name. */
  readonly key: string;
  /** Called when a read begins; what it returns is passed to `onRead`. */
  readonly moment: () => number;
  readonly onRead: (text: string, moment: number) => void;
}

const LARGEST_BODY = 64 * 2 ** 20;
const VERDICTS: readonly (Written | undefined)[] = [undefined, 'written', 'superseded', 'missing'];

/**
 * Entries in Redis, one key each, as the envelope of `docs/format.md`. Redis expires them when they are gone, so a sweep has
 * nothing to do.
 *
 * A batch is one script call, or a few that are sent together: by slot in a cluster, and small enough elsewhere that no other
 * client waits long (`redis-batches.ts`). The scripts (`redis-scripts.ts`) compare stamps where the entry is, so that of two
 * processes that write at the same moment the newer one wins; they read an envelope's fixed head and nothing else of it.
 * `redis-scan.ts` walks over the keys of a prefix and estimates what they weigh. A read can bring one more key along
 * (`PiggybackedKey`), which is how processes learn of fences at no cost.
 */
export class RedisTier implements Tier {
  readonly name: string;
  readonly traits: TierTraits;
  readonly #redis: Redis | Cluster;
  readonly #prefix: string;
  readonly #events: Events;
  readonly #piggybackedKey: PiggybackedKey | undefined;
  readonly #writes: RedisWrites;
  #closed = false;

  constructor(deps: RedisTierDeps) {
    this.name = deps.name ?? 'redis';
    this.#redis = deps.redis;
    this.#prefix = deps.prefix;
    this.#events = deps.events;
    this.#piggybackedKey = deps.redis.isCluster ? undefined : deps.piggybackedKey;
    this.#writes = new RedisWrites({
      redis: deps.redis,
      ttl: deps.ttl ?? 0,
      onProblem: (error) =>
        deps.events.emit('problem', {
          where: `writing again to tier "${this.name}" after a failover`,
          error,
        }),
    });
    this.traits = {
      durable: true,
      reach: 'shared',
      writes: 'brief',
      maxBodyBytes: deps.maxBodyBytes ?? LARGEST_BODY,
      keeps: KEEPS_ALL,
    };
  }

  async getMany(keys: readonly string[], want: Want, signal: AbortSignal): Promise<(Entry | undefined)[]> {
    this.#check(signal);
    const blobs = await this.#answer(signal, this.#blobs(this.#redisKeys(keys), want));
    const damaged: number[] = [];
    const entries = keys.map((key, i) => {
      const blob = blobs[i];
      if (blob === undefined || blob.length === 0) return undefined;
      const entry = this.#read(key, blob, want);
      if (entry === undefined && !isOtherVersion(blob)) damaged.push(i);
      return entry;
    });
    // A damaged stamp could keep every later write out, so it does not stay; another version's entry is not ours to judge.
    await Promise.all(damaged.map((i) => this.#discard(keys[i] ?? '', blobs[i] ?? Buffer.of())));
    return entries;
  }

  async putMany(writes: readonly Write[], signal: AbortSignal): Promise<Written[]> {
    this.#check(signal);
    const verdicts = new Array<Written>(writes.length).fill('too-large');
    const taken: number[] = [];
    const keys: string[] = [];
    const payloads: Buffer[] = [];
    for (const [i, write] of writes.entries()) {
      if (write.kind === 'put' && write.entry.body.byteLength > this.traits.maxBodyBytes) continue;
      taken.push(i);
      keys.push(this.#keyOf(write.kind === 'put' ? write.entry.head.key : write.key));
      payloads.push(write.kind === 'put' ? encode(write.entry) : extendOf(write));
    }
    const codes = await this.#answer(signal, this.#writes.put(keys, payloads, signal));
    for (const [at, i] of taken.entries()) {
      const verdict = VERDICTS[codes[at] ?? 0];
      if (verdict === undefined) throw this.#unavailable(`it answered ${codes[at]} to a write`);
      verdicts[i] = verdict;
    }
    return verdicts;
  }

  /** Each key once, for the last million keys; beyond, a key may come again when Redis resizes its table meanwhile. */
  async *scan(prefix: string, signal: AbortSignal): AsyncGenerator<Head[]> {
    this.#check(signal);
    const pages = scanKeys(this.#redis, this.#keyOf(prefix));
    for (;;) {
      const page = await this.#answer(signal, pages.next());
      if (page.done === true) return;
      const keys = page.value.map((key) => key.slice(this.#prefix.length));
      const entries = await this.getMany(keys, 'head', signal);
      yield entries.flatMap((entry) => (entry === undefined ? [] : [entry.head]));
    }
  }

  async sweep(
    _now: number,
    _limit: number,
    signal: AbortSignal,
  ): Promise<{ removed: number; bytes: number }> {
    this.#check(signal);
    return { removed: 0, bytes: 0 };
  }

  /** An estimate: exact counts on a small server, from a sample on a large one; bytes as Redis accounts for them. */
  async usage(signal: AbortSignal): Promise<TierUsage> {
    this.#check(signal);
    return this.#answer(signal, estimateUsage(this.#redis, this.#prefix));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#writes.close();
  }

  #check(signal: AbortSignal): void {
    signal.throwIfAborted();
    if (this.#closed) throw new ForewarmError('E_TIER_CLOSED', `tier "${this.name}" is closed`);
  }

  /** Waits for Redis or the signal; what Redis throws is translated here. */
  async #answer<T>(signal: AbortSignal, pending: Promise<T>): Promise<T> {
    try {
      return await abortable(signal, pending);
    } catch (error) {
      if (signal.aborted || isOfTier(error)) throw error;
      throw this.#unavailable(messageOf(failureOf(this.#redis, error)), error);
    }
  }

  #keyOf(key: string): string {
    return entryKey(this.#prefix, key);
  }

  #redisKeys(keys: readonly string[]): string[] {
    return keys.map((key) => this.#keyOf(key));
  }

  async #blobs(keys: string[], want: Want): Promise<(Buffer | undefined)[]> {
    const blobs = new Array<Buffer | undefined>(keys.length);
    const read = async (batch: readonly number[], piggybacked: PiggybackedKey | undefined) => {
      const asked = batch.map((i) => keys[i] ?? '');
      if (piggybacked !== undefined) asked.push(piggybacked.key);
      const moment = piggybacked?.moment() ?? 0;
      const answer =
        want === 'entry'
          ? await this.#redis.mgetBuffer(asked)
          : await runScriptBuffer(this.#redis, HEADS, asked, []);
      // Both answer an array of buffers, null where there is none.
      const found = answer as (Buffer | null)[];
      for (const [at, i] of batch.entries()) blobs[i] = found[at] ?? undefined;
      piggybacked?.onRead(found[batch.length]?.toString() ?? '', moment);
    };
    const batches = batchesOf(keys, this.#redis.isCluster);
    await Promise.all(batches.map((batch, n) => read(batch, n === 0 ? this.#piggybackedKey : undefined)));
    return blobs;
  }

  #read(key: string, blob: Buffer, want: Want): Entry | undefined {
    try {
      const entry = decode(blob, want);
      if (entry.head.key === key) return entry;
      throw new ForewarmError('E_TIER_CORRUPT', `it is an entry of another key, "${entry.head.key}"`);
    } catch (error) {
      this.#events.emit('tier:corrupt', { tier: this.name, key, reason: messageOf(error) });
      return undefined;
    }
  }

  async #discard(key: string, blob: Buffer): Promise<void> {
    try {
      await runScript(this.#redis, DISCARD, [this.#keyOf(key)], [blob]);
    } catch (error) {
      this.#events.emit('problem', { where: `removing a corrupt entry from tier "${this.name}"`, error });
    }
  }

  #unavailable(reason: string, cause?: unknown): ForewarmError {
    return new ForewarmError('E_TIER_UNAVAILABLE', `tier "${this.name}" did not answer: ${reason}`, {
      details: { tier: this.name },
      cause,
    });
  }
}

/** An error of ours, other than that a server could not be asked. */
function isOfTier(error: unknown): boolean {
  return error instanceof ForewarmError && error.code !== 'E_REDIS_UNAVAILABLE';
}

function extendOf({ stamp, times, checksum }: ExtendWrite): Buffer {
  const start = Buffer.allocUnsafe(6);
  start.write(EXTEND_MAGIC, 0, 'latin1');
  start.writeUInt32BE(checksum, 2);
  return Buffer.concat([start, encodeClock(stamp, times)]);
}
