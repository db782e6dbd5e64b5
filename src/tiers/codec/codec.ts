/**
 * What happens to a body between the stack and the store of a tier: it is compressed where that pays, then encrypted where
 * that is configured; and back. `CodedTier` calls it. Entries above it are plain; entries below it say in `head.encoding`
 * what was done, so that a change of the configuration leaves everything readable.
 *
 * `compression.ts` has the algorithms, `shared-compression.ts` compresses a body once for all tiers, `cipher.ts` encrypts and
 * derives what stands in place of a checksum, `options.ts` is what the configuration says.
 *
 * What must stay true: opening never throws and never gives a wrong body; an encrypted body is bound to its key and its
 * head; nothing in the store tells an outsider what a body says.
 */
import { crc32 } from 'node:zlib';
import { type Compression, type Encoding, type Entry, type Head, NO_BODY } from '../../core/entry.ts';
import { messageOf } from '../../core/errors.ts';
import { type Context, decrypt, encrypt, identityOf, type Keyring, masked, NONCE_BYTES } from './cipher.ts';
import { COMPRESSORS } from './compression.ts';
import { AWAY_BYTES, type SharedCompression } from './shared-compression.ts';

/** What is done with the bodies of one source in one tier. */
export interface CodecRule {
  readonly compress: {
    readonly with: Compression;
    /** In bytes; a body that is not larger is not compressed. */
    readonly above: number;
    readonly level: number;
  };
  readonly encrypt: boolean;
}

export interface CodecDeps {
  readonly ruleOf: (source: string) => CodecRule;
  readonly keyring: Keyring;
  /** Of all tiers that bodies are written to together. */
  readonly compression: SharedCompression;
  /** That many random bytes, fit for cryptography. */
  readonly random: (bytes: number) => Uint8Array;
}

/**
 * What opening gives. `locked`: a key is not here, or is another one than it was; the entry may be whole. `damaged`: it
 * is not what was sealed.
 */
export type Opened =
  | { readonly kind: 'plain'; readonly entry: Entry }
  | { readonly kind: 'locked' | 'damaged'; readonly reason: string };

/** No source has this name: its rule is that of most sources. */
const NO_SOURCE = '';
/** What it costs in the store to record how a body was compressed: compressing must save more. */
const NOTE_BYTES = 80;

export class Codec {
  readonly #ruleOf: (source: string) => CodecRule;
  readonly #keyring: Keyring;
  readonly #compression: SharedCompression;
  readonly #random: (bytes: number) => Uint8Array;

  constructor({ ruleOf, keyring, compression, random }: CodecDeps) {
    this.#ruleOf = ruleOf;
    this.#keyring = keyring;
    this.#compression = compression;
    this.#random = random;
  }

  /** The id of the key that a body of this source would be encrypted with now. */
  keyFor(source: string): string | undefined {
    return this.#ruleOf(source).encrypt ? this.#keyring.current : undefined;
  }

  get hasKeys(): boolean {
    return this.#keyring.keys.size > 0;
  }

  get hasOldKeys(): boolean {
    return this.#keyring.keys.size > 1;
  }

  hasKey(id: string): boolean {
    return this.#keyring.keys.has(id);
  }

  /**
   * The entry as it is to be stored; a promise only where the body is large. One that cannot be compressed is stored without that,
   * and `failed` hears why.
   */
  seal(entry: Entry, failed: (reason: string) => void = () => undefined): Entry | Promise<Entry> {
    const { body, head } = entry;
    if (body.byteLength === 0) return entry;
    const { compress } = this.#ruleOf(head.source);
    const { with: algorithm, above, level } = compress;
    if (algorithm === 'none' || body.byteLength <= above) return this.#seal(entry, 'none', body);
    const finish = (smaller: Buffer) =>
      smaller.byteLength + NOTE_BYTES < body.byteLength
        ? this.#seal(entry, algorithm, smaller)
        : this.#seal(entry, 'none', body);
    const giveUp = (error: unknown) => {
      failed(`${algorithm} failed: ${messageOf(error)}`);
      return this.#seal(entry, 'none', body);
    };
    let compressed: Buffer | Promise<Buffer>;
    try {
      compressed = this.#compression.compress(body, algorithm, level);
    } catch (error) {
      return giveUp(error);
    }
    return compressed instanceof Promise ? compressed.then(finish, giveUp) : finish(compressed);
  }

  /** The entry as it was before it was sealed; a promise only where the body is large. Never throws. */
  open(entry: Entry): Opened | Promise<Opened> {
    const { encoding } = entry.head;
    if (encoding === undefined) return plain(entry);
    const opened = this.openHead(entry.head);
    if (opened.kind !== 'plain') return opened;
    const { head } = opened.entry;
    const packed = this.#decrypted(head, encoding, entry.body);
    if (packed === undefined) return damaged('it was encrypted for another entry, or changed since');
    const { compress, plainBytes } = encoding;
    if (compress === 'none') return checked(head, packed);
    const { expand } = COMPRESSORS[compress];
    try {
      if (plainBytes < AWAY_BYTES) return checked(head, expand.now(packed, plainBytes));
    } catch (error) {
      return notExpanded(compress, error);
    }
    return expand.away(packed, plainBytes).then(
      (body) => checked(head, body),
      (error: unknown) => notExpanded(compress, error),
    );
  }

  /** The head as it was, with an empty body. */
  openHead(head: Head): Opened {
    const { encoding, ...rest } = head;
    if (encoding === undefined) return plain({ head, body: NO_BODY });
    const checksum = encoding.key === undefined ? head.checksum : this.#unmasked(head, encoding);
    if (typeof checksum === 'string') return { kind: 'locked', reason: checksum };
    return plain({ head: { ...rest, bodyBytes: encoding.plainBytes, checksum }, body: NO_BODY });
  }

  /**
   * The checksums under which a body with this one may be stored, the most likely one first: as it is, or as an identity
   * under some key.
   */
  checksumsOf(key: string, checksum: number): number[] {
    const likely = this.keyFor(NO_SOURCE);
    const ids = [...this.#keyring.keys.keys()].sort((a, b) => Number(b === likely) - Number(a === likely));
    const identities = ids.flatMap((id) => {
      const master = this.#keyring.keys.get(id);
      return master === undefined ? [] : [identityOf(master, key, checksum)];
    });
    return likely === undefined ? [checksum, ...identities] : [...identities, checksum];
  }

  #seal(entry: Entry, compress: Compression, packed: Uint8Array): Entry {
    const { head } = entry;
    const id = this.keyFor(head.source);
    const master = id === undefined ? undefined : this.#keyring.keys.get(id);
    const plainBytes = head.bodyBytes;
    if (id === undefined || master === undefined) {
      if (compress === 'none') return entry;
      const encoding = { compress, plainBytes, crc: crc32(packed) };
      return { head: { ...head, bodyBytes: packed.byteLength, encoding }, body: packed };
    }
    const body = encrypt(master, contextOf(head, compress), this.#random(NONCE_BYTES), packed);
    const checksum = identityOf(master, head.key, head.checksum);
    const mask = masked(master, head.key, checksum, head.checksum);
    const encoding = { compress, plainBytes, crc: crc32(body), key: id, masked: mask };
    return { head: { ...head, bodyBytes: body.byteLength, checksum, encoding }, body };
  }

  /** The checksum of an encrypted body, or why it cannot be had. */
  #unmasked({ key, checksum: identity }: Head, encoding: Encoding): number | string {
    const id = encoding.key ?? '';
    const master = this.#keyring.keys.get(id);
    if (master === undefined) return `it is encrypted with the key "${id}", which codec.encrypt.keys lacks`;
    const checksum = masked(master, key, identity, encoding.masked ?? 0);
    if (identityOf(master, key, checksum) === identity) return checksum;
    return `the key "${id}" of codec.encrypt.keys is not the one it is encrypted with`;
  }

  #decrypted(head: Head, { key, compress }: Encoding, stored: Uint8Array): Uint8Array | undefined {
    if (key === undefined) return stored;
    const master = this.#keyring.keys.get(key);
    return master && decrypt(master, contextOf(head, compress), stored);
  }
}

/** What an encrypted body is bound to: its entry, and all that is needed to understand it. Not the times: they change. */
function contextOf({ key, format, bodyBytes, checksum }: Head, compress: Compression): Context {
  return { key, bound: [compress, format, bodyBytes, checksum, key].join('\0') };
}

function plain(entry: Entry): Opened {
  return { kind: 'plain', entry };
}

function damaged(reason: string): Opened {
  return { kind: 'damaged', reason };
}

function notExpanded(compress: Compression, error: unknown): Opened {
  return damaged(`it cannot be expanded by ${compress}: ${messageOf(error)}`);
}

function checked(head: Head, body: Uint8Array): Opened {
  if (body.byteLength === head.bodyBytes && crc32(body) === head.checksum) return plain({ head, body });
  return damaged('its body does not match its checksum');
}
