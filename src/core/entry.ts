/**
 * What a tier stores under a key: a head (everything but the bytes) and a body.
 *
 * All times are absolute milliseconds since the epoch and come from the fetch, so copying an entry from one tier to another
 * never makes it younger, be it from a backing tier to an in-process tier or back.
 */

/**
 * When the fetch began, on the jobs Redis's clock: microseconds since the epoch, strictly increasing per origin.
 * Between two writes of one key the higher stamp wins, in every tier. 16 decimal digits until the year 2286.
 */
export type Stamp = number;

/**
 * `value`: the origin gave a body. `absent`: the origin said there is no such value, which is cached as well (the body
 * is empty). `dropped`: an invalidation's tombstone; for readers it is a miss, and older writes lose to it.
 */
export type EntryKind = 'value' | 'absent' | 'dropped';

export const BODY_FORMATS = ['json', 'msgpack', 'raw', 'float32'] as const;

/** How the body's bytes are to be read; `body.ts` makes values of them. */
export type BodyFormat = (typeof BODY_FORMATS)[number];

export const COMPRESSIONS = ['none', 'zstd', 'gzip', 'brotli'] as const;

export type Compression = (typeof COMPRESSIONS)[number];

/** How the bytes that a store keeps were made of a body that was compressed, encrypted or both. */
export interface Encoding {
  readonly compress: Compression;
  /** Bytes of the body itself; `head.bodyBytes` counts the stored ones. */
  readonly plainBytes: number;
  /** CRC-32 of the stored bytes. */
  readonly crc: number;
  /** The id of the key that the bytes are encrypted with. Absent where they are not. */
  readonly key?: string;
  /** The checksum of the body, masked, where it is encrypted; `head.checksum` then only distinguishes bodies. */
  readonly masked?: number;
}

export interface Times {
  /** When the body was fetched. */
  readonly fetchedAt: number;
  /** When the origin last confirmed it: equal to `fetchedAt`, or later after a 304. */
  readonly checkedAt: number;
  /** From here on it should be refreshed, though still fresh. */
  readonly dueAt: number;
  /** From here on it is stale: past its ttl. */
  readonly staleAt: number;
  /** From here on it must not be served, and may be removed. */
  readonly goneAt: number;
}

export interface Head extends Times {
  readonly key: string;
  readonly source: string;
  readonly kind: EntryKind;
  readonly stamp: Stamp;
  readonly format: BodyFormat;
  readonly tags: readonly string[];
  readonly contentType?: string;
  readonly etag?: string;
  readonly lastModified?: string;
  /** The origin's own version of the value, where it names one. */
  readonly version?: string;
  /** What the origin gave beside the value and cannot be used, and why, for people. */
  readonly unusable?: string;
  /** What its validators were given for: `asks` of its source at that time. They say nothing of another address. */
  readonly asked?: string;
  /** The params, only where the key holds a hash in place of one that was too long. */
  readonly params?: Readonly<Record<string, string>>;
  readonly bodyBytes: number;
  /** CRC-32 of the body (the polynomial of zlib and PNG), unsigned. */
  readonly checksum: number;
  /** Only in a store, below the codec: everything above it sees plain bodies. */
  readonly encoding?: Encoding;
}

export interface Entry {
  readonly head: Head;
  readonly body: Uint8Array;
}

/** Whether a head takes the place of another one of its key: newest wins, and of equal ones the first. */
export function isNewer({ stamp }: Head, other: Head | undefined): boolean {
  return other === undefined || stamp > other.stamp;
}

/** The head that counts of those of a key: of the newest value, or of what hides it. */
export function newestOf(heads: readonly (Head | undefined)[]): Head | undefined {
  let newest: Head | undefined;
  for (const head of heads) if (head !== undefined && isNewer(head, newest)) newest = head;
  return newest;
}

/** The body of absent entries and tombstones. */
export const NO_BODY: Uint8Array = new Uint8Array(0);
