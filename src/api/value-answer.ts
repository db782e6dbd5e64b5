/** A stored value as an HTTP answer: its own bytes and metadata (RFC 9110, 9111), not a JSON description of them. */
import { createHash } from 'node:crypto';
import type { ValueView } from '../jobs/verbs.ts';

const ETAG = /^(?:W\/)?"[\x21\x23-\x7e]*"$/;
const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:\s*;[\x20-\x7e]*)?$/;

/** Metadata comes from origins: what could not stand in a header is replaced or left out. */
export function valueHeaders({ head, body, tier }: ValueView, now: number) {
  const modified = Date.parse(head.lastModified ?? '');
  return {
    ...whereabouts(head.freshness, tier),
    'content-type': MEDIA_TYPE.test(head.contentType ?? '')
      ? (head.contentType ?? '')
      : 'application/octet-stream',
    etag: ETAG.test(head.etag ?? '') ? (head.etag ?? '') : etagOf(body),
    age: String(Math.max(0, Math.floor((now - head.checkedAt) / 1_000))),
    ...(Number.isNaN(modified) ? {} : { 'last-modified': new Date(modified).toUTCString() }),
    'cache-control': 'private, no-cache',
  };
}

/** How fresh an entry is, and the tier that answered. */
export function whereabouts(freshness: string, tier: string): Record<string, string> {
  return { 'x-forewarm-freshness': freshness, 'x-forewarm-tier': tier };
}

/** Whether an If-None-Match field names this entity tag, by weak comparison (RFC 9110, 13.1.2). */
export function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  const opaque = etag.replace(/^W\//, '');
  return [...ifNoneMatch.matchAll(/"[^"]*"/g)].some(([known]) => known === opaque);
}

function etagOf(body: Uint8Array): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
}
