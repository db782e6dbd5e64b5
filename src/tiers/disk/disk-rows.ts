/** Entries as rows of the disk tier's table, and back. */

import type { SQLInputValue } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import type { BodyFormat, Entry, EntryKind, Head } from '../../core/entry.ts';
import { NO_BODY } from '../../core/entry.ts';
import { ForewarmError } from '../../core/errors.ts';
import { headFrom, metaOf } from '../format/meta.ts';

/** The columns of a head in their order, and where it was asked for the body, and what is known of its use. */
export type Row = readonly [
  key: string,
  stamp: number,
  kind: EntryKind,
  format: BodyFormat,
  fetchedAt: number,
  checkedAt: number,
  dueAt: number,
  staleAt: number,
  goneAt: number,
  checksum: number,
  bodyBytes: number,
  meta: string,
  body?: Uint8Array,
  usedAt?: number,
  wasRead?: number,
];

export function rowOf({ head, body }: Entry): SQLInputValue[] {
  return [
    head.key,
    head.stamp,
    head.kind,
    head.format,
    head.fetchedAt,
    head.checkedAt,
    head.dueAt,
    head.staleAt,
    head.goneAt,
    head.checksum,
    head.bodyBytes,
    metaOf(head),
    body,
  ];
}

/** The entry of a row; its body empty where none was asked for. Throws `E_TIER_CORRUPT` when it is not as it was written. */
export function entryOf(row: Row): Entry {
  const head = headOf(row);
  const body = row[12];
  if (body === undefined) return { head, body: NO_BODY };
  if (body.byteLength !== head.bodyBytes || crc32(body) !== (head.encoding?.crc ?? head.checksum)) {
    throw new ForewarmError('E_TIER_CORRUPT', `the body of "${head.key}" does not match its checksum`);
  }
  return { head, body };
}

function headOf(row: Row): Head {
  const [key, stamp, kind, format, fetchedAt, checkedAt, dueAt, staleAt, goneAt, checksum, bodyBytes, meta] =
    row;
  try {
    if (![stamp, fetchedAt, checkedAt, dueAt, staleAt, goneAt].every(Number.isFinite)) {
      throw new TypeError('a time or the stamp is no number');
    }
    const times = { fetchedAt, checkedAt, dueAt, staleAt, goneAt };
    return headFrom(meta, { stamp, kind, format, ...times, checksum, bodyBytes }, key);
  } catch (cause) {
    throw new ForewarmError('E_TIER_CORRUPT', `the head of "${key}" is not as it was written`, { cause });
  }
}

/**
 * The least string above every string that starts with `prefix`, in SQLite's order (that of code points, as in UTF-8);
 * undefined when there is none.
 */
export function endOfPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  while (points.length > 0) {
    const last = points.pop() ?? 0;
    // Surrogates are no characters: after U+D7FF comes U+E000.
    const next = last === 0xd7ff ? 0xe000 : last + 1;
    if (next <= 0x10ffff) return String.fromCodePoint(...points, next);
  }
  return undefined;
}
