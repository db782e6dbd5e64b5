/** Codecs for tests. */
import { randomBytes } from 'node:crypto';
import type { Compression } from '../../src/core/entry.ts';
import { keyringOf } from '../../src/tiers/codec/cipher.ts';
import { Codec, type CodecRule } from '../../src/tiers/codec/codec.ts';
import { SharedCompression } from '../../src/tiers/codec/shared-compression.ts';

/** A key of 32 bytes that are all the same. */
export function keyOf(byte: number): string {
  return Buffer.alloc(32, byte).toString('base64');
}

export interface CodecChoice {
  readonly compress?: Compression;
  readonly above?: number;
  readonly level?: number;
  /** By their ids; encrypted with the first one. */
  readonly keys?: Readonly<Record<string, string>>;
  readonly encrypt?: boolean;
  /** In place of all that, for some sources. */
  readonly rules?: Readonly<Record<string, CodecRule>>;
  readonly compression?: SharedCompression;
  readonly random?: (bytes: number) => Uint8Array;
}

/** Compresses everything by zstd, and encrypts where there are keys, unless told otherwise. */
export function codecOf(choice: CodecChoice = {}): Codec {
  const { compress = 'zstd', above = 0, level = 3, keys = {}, rules = {}, random = randomBytes } = choice;
  const { compression = new SharedCompression() } = choice;
  const ids = Object.keys(keys);
  const rule = { compress: { with: compress, above, level }, encrypt: choice.encrypt ?? ids.length > 0 };
  return new Codec({
    ruleOf: (source) => rules[source] ?? rule,
    keyring: keyringOf(keys, ids[0] ?? ''),
    compression,
    random,
  });
}
