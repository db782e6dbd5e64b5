import type { Compression } from '../../core/entry.ts';
import { COMPRESSORS } from './compression.ts';

type Algorithm = Exclude<Compression, 'none'>;
type Compressed = Buffer | Promise<Buffer>;
/** What a body was compressed to, by algorithm and level. */
type Generation = WeakMap<Uint8Array, Map<string, Compressed>>;

/** From this size on, another thread compresses and expands; for smaller bodies that takes longer than the work. */
export const AWAY_BYTES = 256 * 2 ** 10;
/** Bytes of bodies of one generation. Two are remembered. */
const GENERATION_BYTES = 8 * 2 ** 20;

/**
 * Compresses a body once for all the tiers that it is written to at the same time: what it became is remembered until
 * some more have been compressed.
 */
export class SharedCompression {
  #young: Generation = new WeakMap();
  #old: Generation = new WeakMap();
  #bytes = 0;

  /** A promise only where the body is large. The body must not be changed afterwards. */
  compress(body: Uint8Array, algorithm: Algorithm, level: number): Compressed {
    const name = `${algorithm} ${level}`;
    const known = this.#young.get(body)?.get(name) ?? this.#old.get(body)?.get(name);
    if (known !== undefined) return known;
    const { compress } = COMPRESSORS[algorithm];
    const compressed = body.byteLength < AWAY_BYTES ? compress.now(body, level) : compress.away(body, level);
    this.#remember(body, name, compressed);
    return compressed;
  }

  #remember(body: Uint8Array, name: string, compressed: Compressed): void {
    const others = this.#young.get(body) ?? new Map<string, Compressed>();
    this.#young.set(body, others.set(name, compressed));
    this.#bytes += body.byteLength;
    if (this.#bytes < GENERATION_BYTES) return;
    this.#old = this.#young;
    this.#young = new WeakMap();
    this.#bytes = 0;
  }
}
