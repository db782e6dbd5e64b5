/**
 * Encrypting bodies: AES-256-GCM, with a key of its own for each entry, so that a random nonce never has to be unique
 * among all that a configured key ever encrypts. `docs/format.md` says it byte by byte.
 */
import { createCipheriv, createDecipheriv, createHmac, createSecretKey, type KeyObject } from 'node:crypto';

/** The keys that there are, by their ids. */
export interface Keyring {
  readonly keys: ReadonlyMap<string, KeyObject>;
  /** The id of the key that is encrypted with. Undefined: nothing is encrypted any more, and what is can be read. */
  readonly current: string | undefined;
}

/** What an encrypted body belongs to. */
export interface Context {
  /** The key of the entry. */
  readonly key: string;
  /** What must be as it was when the body was encrypted; one text for one state of it. */
  readonly bound: string;
}

/** Bytes of a configured key. */
export const KEY_BYTES = 32;
/** Bytes of a nonce. */
export const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** By how much an encrypted body is longer. */
export const CIPHER_BYTES = NONCE_BYTES + TAG_BYTES;

export function keyringOf(keys: Readonly<Record<string, string>>, current: string): Keyring {
  const decoded = Object.entries(keys).map(([id, text]) => [id, createSecretKey(text, 'base64')] as const);
  return { keys: new Map(decoded), current: current === '' ? undefined : current };
}

/** `nonce` must be random. Returns nonce, ciphertext and tag in one. */
export function encrypt(
  master: KeyObject,
  { key, bound }: Context,
  nonce: Uint8Array,
  body: Uint8Array,
): Buffer {
  const cipher = createCipheriv('aes-256-gcm', bodyKey(master, key), nonce);
  cipher.setAAD(Buffer.from(bound));
  const encrypted = cipher.update(body);
  cipher.final();
  return Buffer.concat([nonce, encrypted, cipher.getAuthTag()]);
}

/** Undefined where the bytes, the key or the context are not those of `encrypt`. */
export function decrypt(master: KeyObject, { key, bound }: Context, stored: Uint8Array): Buffer | undefined {
  if (stored.byteLength < CIPHER_BYTES) return undefined;
  const tagAt = stored.byteLength - TAG_BYTES;
  const decipher = createDecipheriv('aes-256-gcm', bodyKey(master, key), stored.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(bound));
  decipher.setAuthTag(stored.subarray(tagAt));
  const body = decipher.update(stored.subarray(NONCE_BYTES, tagAt));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return body;
}

/** A checksum would let anyone test a guess at a body, so an identity takes its place: it tells bodies apart, and no more. */
export function identityOf(master: KeyObject, key: string, checksum: number): number {
  return derive(master, `identity\0${checksum}\0${key}`).readUInt32BE(0);
}

/** Masks the checksum beside an identity, and takes the mask off again. */
export function masked(master: KeyObject, key: string, identity: number, checksum: number): number {
  return (derive(master, `mask\0${identity}\0${key}`).readUInt32BE(0) ^ checksum) >>> 0;
}

function bodyKey(master: KeyObject, key: string): Buffer {
  return derive(master, `body\0${key}`);
}

function derive(master: KeyObject, purpose: string): Buffer {
  return createHmac('sha256', master).update(purpose).digest();
}
