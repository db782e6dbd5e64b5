/** Entries for tests. Their times lie ahead of the machine's clock, since Redis expires by its own. */
import { crc32 } from 'node:zlib';
import type { Entry, Head } from '../../src/core/entry.ts';

/** 2100-01-01: when test entries are fetched. */
export const FETCHED_AT = Date.UTC(2100, 0, 1);

export function entryOf(key: string, text: string | Uint8Array, head: Partial<Head> = {}): Entry {
  const body = typeof text === 'string' ? Buffer.from(text) : text;
  return {
    head: {
      key,
      source: 'profile',
      kind: 'value',
      stamp: 1_767_225_600_000_000,
      format: 'json',
      tags: [],
      fetchedAt: FETCHED_AT,
      checkedAt: FETCHED_AT,
      dueAt: FETCHED_AT + 80_000,
      staleAt: FETCHED_AT + 100_000,
      goneAt: FETCHED_AT + 600_000,
      bodyBytes: body.byteLength,
      checksum: crc32(body),
      ...head,
    },
    body,
  };
}

/** A tombstone. */
export function tombstoneOf(key: string, stamp: number, head: Partial<Head> = {}): Entry {
  return entryOf(key, '', { kind: 'dropped', stamp, format: 'raw', ...head });
}
