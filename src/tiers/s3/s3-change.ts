/** One write to one object, so that the newest wins: read what is held, decide, and write only if it is held still. */
import type { Entry, Stamp } from '../../core/entry.ts';
import { ForewarmError } from '../../core/errors.ts';
import { CLOCK_START, decode, encode, encodeClock, headBytesOf, stampOf } from '../format/envelope.ts';
import type { ExtendWrite, PutWrite, Write, Written } from '../tier.ts';
import type { S3Bucket, Stored } from './s3-bucket.ts';

/** The first read of a head brings most metas along; a longer one costs a second read. */
const FIRST_BYTES = 1_024;
/** Nothing that we write has a longer head. */
const LONGEST_HEAD = 2 ** 20;
/** Each time, somebody else has written in between. */
const ATTEMPTS = 10;

/** The beginning of an object, its whole head included. */
export async function readHead(
  bucket: S3Bucket,
  name: string,
  signal: AbortSignal,
): Promise<Stored | undefined> {
  const start = await bucket.get(name, FIRST_BYTES, signal);
  if (start === undefined || start.bytes.length < FIRST_BYTES) return start;
  const length = headBytesOf(start.bytes);
  return length <= FIRST_BYTES || length > LONGEST_HEAD ? start : bucket.get(name, length, signal);
}

/**
 * Rejects with `E_TIER_UNAVAILABLE` when others write the same object all the time. On a server that does not compare,
 * what was written is read back: so an older write that came just after is overwritten in its turn.
 */
export async function change(
  bucket: S3Bucket,
  name: string,
  write: Write,
  signal: AbortSignal,
): Promise<Written> {
  let mine: string | undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const held =
      write.kind === 'put' || mine !== undefined
        ? await readHead(bucket, name, signal)
        : await bucket.get(name, undefined, signal);
    if (mine !== undefined && held?.etag === mine) return 'written';
    const next = write.kind === 'put' ? replaced(held, write) : extended(held, write);
    if (typeof next === 'string') return next;
    const put = await bucket.put(name, next, held?.etag, signal);
    if (put === undefined) continue;
    if (put.certain) return 'written';
    mine = put.etag;
  }
  throw new ForewarmError(
    'E_TIER_UNAVAILABLE',
    `object "${name}": others wrote it ${ATTEMPTS} times in a row meanwhile; it is written again later`,
  );
}

function replaced(held: Stored | undefined, { entry }: PutWrite): Buffer | Written {
  return heldStamp(held) > entry.head.stamp ? 'superseded' : encode(entry);
}

/** An object cannot be written in part: all of it is, with another clock. */
function extended(held: Stored | undefined, { stamp, times, checksum }: ExtendWrite): Buffer | Written {
  if (held === undefined) return 'missing';
  if (heldStamp(held) > stamp) return 'superseded';
  const entry = decodeOrNot(held.bytes, 'entry');
  if (entry === undefined || entry.head.kind === 'dropped' || entry.head.checksum !== checksum) {
    return 'missing';
  }
  if (entry.head.stamp === stamp && entry.head.checkedAt > times.checkedAt) return 'written';
  const bytes = Buffer.from(held.bytes);
  encodeClock(stamp, times).copy(bytes, CLOCK_START);
  return bytes;
}

/** Lower than any stamp where nothing is held that could be newer: nothing at all, something foreign, or damaged. */
function heldStamp(held: Stored | undefined): Stamp {
  return (held && stampOf(held.bytes)) ?? -1;
}

function decodeOrNot(bytes: Buffer, want: 'entry' | 'head'): Entry | undefined {
  try {
    return decode(bytes, want);
  } catch {
    return undefined;
  }
}
