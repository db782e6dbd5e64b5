/** Values that an application brings itself: through every tier, stamped like a fetch. */
import { crc32 } from 'node:zlib';
import type { Ledger } from '../budget/ledger.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { bodyOf } from '../core/body.ts';
import type { Clock } from '../core/clock.ts';
import type { Entry, Stamp } from '../core/entry.ts';
import { ForewarmError } from '../core/errors.ts';
import { timeOf, timesFrom } from '../core/freshness.ts';
import { isHashed } from '../core/key.ts';
import type { Params, Source } from '../core/source.ts';
import type { Bus } from '../tiers/invalidation/bus.ts';
import type { Stack } from '../tiers/stack/stack.ts';
import type { Written } from '../tiers/tier.ts';

export interface WriterDeps {
  readonly stack: Stack;
  readonly ledger: Ledger;
  readonly bus: Bus;
  readonly catalog: Catalog;
  readonly clock: Clock;
  /** Why a body must not be stored; undefined when it may. */
  readonly judge: (source: Source, body: Uint8Array) => string | undefined;
}

export interface Put {
  readonly key: string;
  readonly params: Params;
  readonly value: unknown;
}

export class Writer {
  readonly #deps: WriterDeps;

  constructor(deps: WriterDeps) {
    this.#deps = deps;
  }

  /**
   * Stores values of one source. Answers for each whether it is what the tiers now hold: false where they know of a newer
   * one. Rejects with `E_BODY_INVALID` before anything is stored, and with `E_TOO_LARGE`.
   */
  async write(
    source: Source,
    puts: readonly Put[],
    ttl: number | undefined,
    signal: AbortSignal,
  ): Promise<boolean[]> {
    if (puts.length === 0) return [];
    const { stack, ledger } = this.#deps;
    const bodies = puts.map(({ key, value }) => this.#body(source, key, value));
    await this.#expect(source, puts);
    const stamp = await ledger.stamp(source.origin);
    const lifetime = ttl === undefined ? source.lifetime : { ...source.lifetime, ttl };
    const times = timesFrom(lifetime, timeOf(stamp));
    const writes = puts.map(({ key, params }, i) => {
      const body = bodies[i] ?? Buffer.of();
      const head = { ...headOf(source, key, params), ...times, stamp, ...sizeOf(body) };
      return { kind: 'put', entry: { head, body } satisfies Entry } as const;
    });
    const { verdicts } = await stack.writeThrough(writes, signal);
    await this.#tell(source, puts, verdicts, stamp, times.dueAt);
    return verdicts.map((verdict) => verdict === 'written');
  }

  /**
   * Before the stamp is taken: an invalidation finds its keys in the catalog, and one whose stamp is higher must find
   * these.
   */
  async #expect(source: Source, puts: readonly Put[]): Promise<void> {
    const { catalog, clock } = this.#deps;
    const keys = puts.map(({ key }) => key);
    const hashed = puts.filter(({ key }) => isHashed(key));
    if (hashed.length > 0)
      await catalog.remember(source.name, new Map(hashed.map(({ key, params }) => [key, params])));
    await catalog.track(source.name, keys, clock.now() + source.lifetime.ttl);
  }

  #body(source: Source, key: string, value: unknown): Uint8Array {
    const body = bodyOf(source.format, value);
    const refused = this.#deps.judge(source, body);
    const { maxBodyBytes } = this.#deps.stack.traits;
    if (refused !== undefined) throw new ForewarmError('E_BODY_INVALID', `the value of "${key}": ${refused}`);
    if (body.byteLength <= maxBodyBytes) return body;
    throw new ForewarmError(
      'E_TOO_LARGE',
      `the value of "${key}" has ${body.byteLength} bytes; the tiers take ${maxBodyBytes}`,
    );
  }

  /**
   * In the memory of other processes and on the disks of other hosts what is older becomes stale, just below the value's stamp:
   * those that have the value already keep it. Should Redis fail, the older one is all there is.
   */
  async #tell(
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

function headOf(source: Source, key: string, params: Params) {
  return {
    key,
    source: source.name,
    kind: 'value',
    format: source.format,
    tags: source.tags.map((tag) => tag.build(params)),
    ...(isHashed(key) ? { params } : {}),
  } as const;
}

function sizeOf(body: Uint8Array) {
  return { bodyBytes: body.byteLength, checksum: crc32(body) };
}
