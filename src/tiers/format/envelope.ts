/**
 * The bytes of a stored entry in tiers that keep one blob per key. `docs/format.md` describes them byte by byte.
 *
 *     offset  bytes  what
 *          0      2  magic "FW"
 *          2      2  format version, unsigned big-endian: 1, or 2 where version 1 could not say it
 *          4     16  stamp, ASCII decimal digits            ┐ the clock: what an `extend` replaces, and nothing else
 *         20     40  five times, float64 big-endian         │
 *         60      4  CRC-32 of bytes 4..59                  ┘
 *         64      4  CRC-32 of bytes 68..end of meta
 *         68      1  kind: v, a or d
 *         69      1  body format: j, r, and since version 2 m or f
 *         70      4  meta length
 *         74      4  stored length of the body
 *         78      4  CRC-32 of the body; of an encrypted one, what tells it from others
 *         82      …  meta: JSON, UTF-8
 *          …      …  body, as it is or encoded: since version 2 the meta may say how
 *
 * The clock has a checksum of its own, so that who extends an entry need not know the rest of it. Magic, version and
 * stamp keep their places in every later version: a script compares stamps without understanding the entry.
 */
import { crc32 } from 'node:zlib';
import type { BodyFormat, Entry, EntryKind, Head, Stamp, Times } from '../../core/entry.ts';
import { NO_BODY } from '../../core/entry.ts';
import { ForewarmError } from '../../core/errors.ts';
import type { Want } from '../tier.ts';
import { headFrom, metaOf } from './meta.ts';

/**
 * What is written: the first, where it can say everything, so that processes of before the second read it too. To those,
 * an entry of the second is not damaged, but of another version.
 */
const PLAIN_VERSION = 1;
const ENCODED_VERSION = 2;
/** Length of the fixed head; the meta begins here. */
export const HEAD_BYTES = 82;
/** Where the clock (stamp, times and their checksum) begins and ends. */
export const CLOCK_START = 4;
export const CLOCK_END = 64;
/** Digits of a stamp. */
export const STAMP_DIGITS = 16;

const MAGIC = 0x4657;
const TIMES_START = CLOCK_START + STAMP_DIGITS;
const CLOCK_CRC = 60;
const SHAPE_CRC = 64;
const SHAPE_START = 68;
const META_LENGTH = 70;
const BODY_LENGTH = 74;
const BODY_CRC = 78;

const KIND_CODES: Readonly<Record<EntryKind, number>> = { value: 0x76, absent: 0x61, dropped: 0x64 };
const KINDS = new Map<number, EntryKind>([
  [0x76, 'value'],
  [0x61, 'absent'],
  [0x64, 'dropped'],
]);
const FORMAT_CODES: Readonly<Record<BodyFormat, number>> = {
  json: 0x6a,
  raw: 0x72,
  msgpack: 0x6d,
  float32: 0x66,
};
const FORMATS = new Map<number, BodyFormat>([
  [0x6a, 'json'],
  [0x72, 'raw'],
  [0x6d, 'msgpack'],
  [0x66, 'float32'],
]);

/** The entry as one buffer. `head.checksum` is trusted; `decode` finds out when it lies. */
export function encode(entry: Entry): Buffer {
  const { head, body } = entry;
  const meta = metaOf(head, head.key);
  const metaBytes = Buffer.byteLength(meta);
  const bodyStart = HEAD_BYTES + metaBytes;
  const bytes = Buffer.allocUnsafe(bodyStart + body.byteLength);
  bytes.writeUInt16BE(MAGIC, 0);
  bytes.writeUInt16BE(versionOf(head), 2);
  writeClock(bytes, CLOCK_START, head.stamp, head);
  bytes[68] = KIND_CODES[head.kind];
  bytes[69] = FORMAT_CODES[head.format];
  bytes.writeUInt32BE(metaBytes, META_LENGTH);
  bytes.writeUInt32BE(body.byteLength, BODY_LENGTH);
  bytes.writeUInt32BE(head.checksum, BODY_CRC);
  bytes.write(meta, HEAD_BYTES, metaBytes, 'utf8');
  bytes.writeUInt32BE(crc32(bytes.subarray(SHAPE_START, bodyStart)), SHAPE_CRC);
  bytes.set(body, bodyStart);
  return bytes;
}

function versionOf({ encoding, format }: Head): number {
  return encoding === undefined && (format === 'json' || format === 'raw') ? PLAIN_VERSION : ENCODED_VERSION;
}

function isKnownVersion(version: number): boolean {
  return version === PLAIN_VERSION || version === ENCODED_VERSION;
}

/** The clock alone, `CLOCK_END - CLOCK_START` bytes: written over that of a stored entry, it extends it. */
export function encodeClock(stamp: Stamp, times: Times): Buffer {
  const bytes = Buffer.allocUnsafe(CLOCK_END - CLOCK_START);
  writeClock(bytes, 0, stamp, times);
  return bytes;
}

function writeClock(bytes: Buffer, at: number, stamp: Stamp, times: Times): void {
  bytes.write(String(stamp).padStart(STAMP_DIGITS, '0'), at, STAMP_DIGITS, 'latin1');
  const start = at + STAMP_DIGITS;
  bytes.writeDoubleBE(times.fetchedAt, start);
  bytes.writeDoubleBE(times.checkedAt, start + 8);
  bytes.writeDoubleBE(times.dueAt, start + 16);
  bytes.writeDoubleBE(times.staleAt, start + 24);
  bytes.writeDoubleBE(times.goneAt, start + 32);
  bytes.writeUInt32BE(crc32(bytes.subarray(at, start + 40)), start + 40);
}

/**
 * The entry back. With `head`, the bytes may end anywhere after the meta, and the body comes back empty. Throws
 * `E_TIER_CORRUPT` for anything that `encode` did not write.
 */
export function decode(bytes: Buffer, want: Want): Entry {
  const bodyStart = checkHead(bytes);
  const head = readHead(bytes, bodyStart);
  if (want === 'head') return { head, body: NO_BODY };
  const body = bytes.subarray(bodyStart);
  if (body.byteLength !== head.bodyBytes) {
    throw corrupt(`its body has ${body.byteLength} bytes where ${head.bodyBytes} were written`);
  }
  if (crc32(body) !== (head.encoding?.crc ?? head.checksum))
    throw corrupt('its body does not match its checksum');
  return { head, body };
}

/** Whether the bytes look like an entry of another version of this format: not damaged, only not for us to read. */
export function isOtherVersion(bytes: Buffer): boolean {
  return (
    bytes.length >= CLOCK_END && bytes.readUInt16BE(0) === MAGIC && !isKnownVersion(bytes.readUInt16BE(2))
  );
}

/** How long head and meta are together, as the bytes say. */
export function headBytesOf(bytes: Buffer): number {
  return bytes.length < HEAD_BYTES ? HEAD_BYTES : HEAD_BYTES + bytes.readUInt32BE(META_LENGTH);
}

/** The stamp of an entry of any version; undefined where there is none, or it is damaged. */
export function stampOf(bytes: Buffer): Stamp | undefined {
  if (bytes.length < CLOCK_END || bytes.readUInt16BE(0) !== MAGIC) return undefined;
  const stamp = Number(bytes.toString('latin1', CLOCK_START, TIMES_START));
  if (!Number.isSafeInteger(stamp)) return undefined;
  if (isOtherVersion(bytes)) return stamp;
  return crc32(bytes.subarray(CLOCK_START, CLOCK_CRC)) === bytes.readUInt32BE(CLOCK_CRC) ? stamp : undefined;
}

/** Where the body begins, once head and meta have proved whole. */
function checkHead(bytes: Buffer): number {
  if (bytes.length < HEAD_BYTES) throw corrupt(`it has ${bytes.length} bytes, fewer than a head`);
  if (bytes.readUInt16BE(0) !== MAGIC) throw corrupt('it does not begin with "FW"');
  const version = bytes.readUInt16BE(2);
  if (!isKnownVersion(version)) throw corrupt(`its format is version ${version}, which is not known here`);
  const bodyStart = HEAD_BYTES + bytes.readUInt32BE(META_LENGTH);
  if (bodyStart > bytes.length) throw corrupt('its meta is cut off');
  if (crc32(bytes.subarray(CLOCK_START, CLOCK_CRC)) !== bytes.readUInt32BE(CLOCK_CRC)) {
    throw corrupt('its stamp and times do not match their checksum');
  }
  if (crc32(bytes.subarray(SHAPE_START, bodyStart)) !== bytes.readUInt32BE(SHAPE_CRC)) {
    throw corrupt('its head does not match its checksum');
  }
  return bodyStart;
}

function readHead(bytes: Buffer, bodyStart: number): Head {
  const kind = KINDS.get(bytes[68] ?? 0);
  const format = FORMATS.get(bytes[69] ?? 0);
  const stamp = Number(bytes.toString('latin1', CLOCK_START, TIMES_START));
  if (kind === undefined || format === undefined || !Number.isSafeInteger(stamp)) {
    throw corrupt('its head has a value that is never written');
  }
  const rest = {
    kind,
    format,
    stamp,
    fetchedAt: bytes.readDoubleBE(TIMES_START),
    checkedAt: bytes.readDoubleBE(TIMES_START + 8),
    dueAt: bytes.readDoubleBE(TIMES_START + 16),
    staleAt: bytes.readDoubleBE(TIMES_START + 24),
    goneAt: bytes.readDoubleBE(TIMES_START + 32),
    bodyBytes: bytes.readUInt32BE(BODY_LENGTH),
    checksum: bytes.readUInt32BE(BODY_CRC),
  };
  try {
    return headFrom(bytes.toString('utf8', HEAD_BYTES, bodyStart), rest);
  } catch (cause) {
    throw corrupt('its meta is not what is written there', cause);
  }
}

function corrupt(reason: string, cause?: unknown): ForewarmError {
  return new ForewarmError('E_TIER_CORRUPT', `a stored entry cannot be read back: ${reason}`, {
    details: { reason },
    cause,
  });
}
