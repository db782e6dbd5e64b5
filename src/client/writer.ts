/** What an application changes: values that it sets, through every tier and stamped like a fetch, and keys that it invalidates. */

import { crc32 } from 'node:zlib';
import type { Ledger } from '../budget/ledger.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { bodyOf } from '../core/body.ts';
import type { Clock } from '../core/clock.ts';
import type { Entry, Stamp } from '../core/entry.ts';
import { ForewarmError } from '../core/errors.ts';
import { type Lifetime, timeOf, timesFrom } from '../core/freshness.ts';
import type { InvalidationMode } from '../core/invalidation-mode.ts';
import { NEVER } from '../core/never.ts';
import { quote } from '../core/quote.ts';
import { type Params, paramsBeyondKey, type Source, tagsOf } from '../core/source.ts';
import { DAY_MS } from '../core/units.ts';
import { Breath } from '../flow/breath.ts';
import { within } from '../flow/deadline.ts';
import { PATIENCE } from '../flow/patience.ts';
import type { Bus } from '../tiers/invalidation/bus.ts';
import type { Stack } from '../tiers/stack/stack.ts';
import type { Written } from '../tiers/tier.ts';
import type { MemoryReads } from './memory-reads.ts';
import { readerClosed } from './read-path.ts';
import type { InvalidateOptions } from './reader-options.ts';

export interface WriterDeps {
  readonly stack: Stack;
  readonly ledger: Ledger;
  readonly bus: Bus;
  readonly catalog: Catalog;
  readonly clock: Clock;
  /** Why a body must not be stored; undefined when it may. */
  readonly judge: (source: Source, body: Uint8Array, breath: Breath) => Promise<string | undefined>;
  /** Takes a stamp, and invalidates these keys in every tier and process. */
  readonly invalidate: (
    source: Source,
    keys: readonly string[],
    mode: InvalidationMode,
    signal: AbortSignal,
  ) => Promise<Stamp>;
  /** Whether the Redis for jobs is there. */
  readonly reachable: () => boolean;
  /** Judges the next reads by the exact time. */
  readonly memoryReads: Pick<MemoryReads, 'expire'>;
}

export interface Put {
  readonly key: string;
  readonly params: Params;
  readonly value: unknown;
  /** Besides those that the source gives. */
  readonly tags: readonly string[];
}

export class Writer {
  readonly #deps: WriterDeps;
  #isClosed = false;

  constructor(deps: WriterDeps) {
    this.#deps = deps;
  }

  /** What begins later rejects. */
  close(): void {
    this.#isClosed = true;
  }

  /**
   * Stores values of one source. Returns for each whether it is what the tiers now hold: false where they know of a newer
   * one. Rejects with `E_BODY_INVALID`, `E_TOO_LARGE` and, for a ttl or tags that cannot be any, `E_REQUEST_INVALID` before
   * anything is stored. Ends within five seconds for each 10,000 keys.
   */
  async set(
    source: Source,
    puts: readonly Put[],
    ttl: number | undefined,
    signal: AbortSignal = NEVER,
  ): Promise<boolean[]> {
    const lifetime = lifetimeOf(source, ttl);
    this.#check(signal);
    const write = (inner: AbortSignal) => this.#write(source, puts, lifetime, inner);
    return this.#bounded(puts.length, 'set', write, signal);
  }

  /** Resolves when no read returns the old values; see docs/consistency.md. Ends within five seconds for each 10,000 keys. */
  async invalidate(
    source: Source,
    keys: readonly string[],
    { mode = 'drop', signal = NEVER }: InvalidateOptions = {},
  ): Promise<void> {
    this.#check(signal);
    const work = (inner: AbortSignal) => this.#deps.invalidate(source, keys, mode, inner);
    await this.#bounded(keys.length, 'invalidated', work, signal);
    this.#deps.memoryReads.expire();
  }

  /** What its caller was told has failed does not go on: the next step sees that the signal has aborted. */
  #bounded<T>(
    keys: number,
    did: string,
    work: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const bound = PATIENCE.server * Math.max(1, Math.ceil(keys / KEYS_AT_A_TIME));
    const late = () =>
      new ForewarmError(
        'E_REDIS_UNAVAILABLE',
        `the Redis for jobs did not answer within ${bound} ms; whether it was ${did} is not known: try again`,
      );
    return within(this.#deps.clock, bound, work, late, signal);
  }

  /** Both need a stamp, which only the jobs Redis gives: they do not wait for one that is away. */
  #check(signal: AbortSignal): void {
    signal.throwIfAborted();
    if (this.#isClosed) throw readerClosed();
    if (this.#deps.reachable()) return;
    throw new ForewarmError(
      'E_REDIS_UNAVAILABLE',
      'the Redis for jobs is away, and without it nothing can be set or invalidated; try again later',
    );
  }

  async #write(
    source: Source,
    puts: readonly Put[],
    lifetime: Lifetime,
    signal: AbortSignal,
  ): Promise<boolean[]> {
    if (puts.length === 0) return [];
    const { stack, ledger } = this.#deps;
    for (const { key, tags } of puts) checkTags(key, tags);
    // Before anything is waited for: from then on the caller may change its values, and bytes that it gave.
    const bodies = puts.map(({ key, value }) => {
      const written = bodyOf(source.format, value, `the value of "${key}"`);
      return written === value ? new Uint8Array(written) : written;
    });
    await this.#judge(source, puts, bodies);
    signal.throwIfAborted();
    if (lifetime !== source.lifetime) await stack.fences.keepFor(source.name, lifetime.ttl + lifetime.grace);
    await this.#track(source, puts);
    signal.throwIfAborted();
    const stamp = await ledger.stamp(source.origin);
    const times = timesFrom(lifetime, timeOf(stamp));
    const writes = puts.map((one, i) => {
      const body = bodies[i] ?? Buffer.of();
      const head = { ...headOf(source, one), ...times, stamp, ...sizeOf(body) };
      return { kind: 'put', entry: { head, body } satisfies Entry } as const;
    });
    // Refused means not there: what no other tier took is not kept in memory either.
    const { verdicts } = await stack.writeThrough(writes, signal, 'refused');
    await this.#announce(source, puts, verdicts, stamp, times.dueAt);
    return verdicts.map((verdict) => verdict === 'written');
  }

  /**
   * Before the stamp is taken: an invalidation finds its keys in the catalog, and one whose stamp is higher must find
   * these.
   */
  async #track(source: Source, puts: readonly Put[]): Promise<void> {
    const { catalog, clock } = this.#deps;
    const keys = puts.map(({ key }) => key);
    const remembered = new Map<string, Params>();
    for (const { key, params } of puts) {
      const beyond = paramsBeyondKey(source, params);
      if (beyond !== undefined) remembered.set(key, beyond);
    }
    if (remembered.size > 0) await catalog.remember(source.name, remembered);
    await catalog.track(source.name, keys, clock.now() + source.lifetime.ttl);
  }

  async #judge(source: Source, puts: readonly Put[], bodies: readonly Uint8Array[]): Promise<void> {
    const { clock, stack, judge } = this.#deps;
    const { maxBodyBytes } = stack.traits;
    const breath = new Breath({ clock });
    for (const [i, body] of bodies.entries()) {
      if (breath.isDue) await breath.take();
      const { key } = puts[i] ?? { key: '' };
      const refused = await judge(source, body, breath);
      if (refused !== undefined)
        throw new ForewarmError('E_BODY_INVALID', `the value of "${key}": ${refused}`);
      if (body.byteLength <= maxBodyBytes) continue;
      throw new ForewarmError(
        'E_TOO_LARGE',
        `the value of "${key}" has ${body.byteLength} bytes; the tiers take ${maxBodyBytes}`,
      );
    }
  }

  /**
   * In the memory of other processes and on the disks of other hosts what is older becomes stale, just below the value's stamp:
   * those that have the value already keep it. Should Redis fail, the older one is all there is.
   */
  async #announce(
    source: Source,
    puts: readonly Put[],
    verdicts: readonly Written[],
    stamp: Stamp,
    dueAt: number,
  ): Promise<void> {
    const { bus, catalog, clock } = this.#deps;
    const keys = puts.map(({ key }) => key).filter((_, i) => verdicts[i] === 'written');
    if (keys.length === 0) return;
    const at = clock.now();
    await Promise.all([
      bus.announce({ source: source.name, keys, mode: 'stale', stamp: stamp - 1, at }),
      catalog.settle(
        source.name,
        keys.map((key) => ({ key, dueAt })),
      ),
    ]);
  }
}

/** How many keys a call may have for each time that it waits for a server. */
const KEYS_AT_A_TIME = 10_000;
/** A year. Fences are kept for as long as a value may live, so a longer life is said by its source, where it can be seen. */
const LONGEST_TTL_MS = 365 * DAY_MS;

function lifetimeOf({ name, lifetime }: Source, ttl: unknown): Lifetime {
  if (ttl === undefined) return lifetime;
  const longest = Math.max(LONGEST_TTL_MS, lifetime.ttl);
  if (typeof ttl === 'number' && Number.isInteger(ttl) && ttl > 0 && ttl <= longest)
    return { ...lifetime, ttl };
  const hint = typeof ttl === 'number' && ttl > longest ? `; for longer, give source "${name}" that ttl` : '';
  throw new ForewarmError(
    'E_REQUEST_INVALID',
    `ttl is ${quote(ttl)}; it must be a whole number of milliseconds from 1 to ${longest}${hint}`,
  );
}

/** Of one value. They are part of each of its heads, and the longest is longer than any that people write. */
const MOST_TAGS = 64;
const LONGEST_TAG = 1_024;

function checkTags(key: string, tags: readonly string[]): void {
  const fits = (tag: unknown) =>
    typeof tag === 'string' && tag !== '' && tag.length <= LONGEST_TAG && tag.isWellFormed();
  if (Array.isArray(tags) && tags.length <= MOST_TAGS && tags.every(fits)) return;
  throw new ForewarmError(
    'E_REQUEST_INVALID',
    `the tags of "${key}": give up to ${MOST_TAGS} texts of 1 to ${LONGEST_TAG} characters, none of them half of a surrogate pair`,
    { details: { key } },
  );
}

function headOf(source: Source, { key, params, tags }: Put) {
  const beyond = paramsBeyondKey(source, params);
  return {
    key,
    source: source.name,
    kind: 'value',
    format: source.format,
    tags: [...new Set([...tagsOf(source, params), ...tags])],
    ...(beyond === undefined ? {} : { params: beyond }),
  } as const;
}

function sizeOf(body: Uint8Array) {
  return { bodyBytes: body.byteLength, checksum: crc32(body) };
}
