/** A stored value as an HTTP response: its own bytes and metadata (RFC 9110, 9111), or a JSON document that describes them. */
import { createHash } from 'node:crypto';
import { bodyInJson } from '../../core/body-in-json.ts';
import { headView, type ValueView } from '../../verbs/entries.ts';
import { ENTRY_TYPE } from '../negotiation.ts';

const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:\s*;[\x20-\x7e]*)?$/;

/** One form of a value (RFC 9110, 3.2). */
export interface Representation {
  readonly type: string;
  readonly bytes: Buffer;
  /** Strong: it differs whenever the bytes do, also between forms of one value (RFC 9110, 8.8.3). */
  readonly etag: string;
}

export function asBytes({ head, body }: ValueView): Representation {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return { type: bytesType(head.contentType), bytes, etag: etagOf(body) };
}

export function asDocument(value: ValueView): Representation {
  const bytes = Buffer.from(`{${documentMembers(value)}}`);
  return { type: ENTRY_TYPE, bytes, etag: etagOf(bytes) };
}

/** Head and body as members of a JSON object; the body in its own characters. */
export function documentMembers({ head, tier, body }: ValueView): string {
  const { encoding, json } = bodyInJson(body);
  const known = JSON.stringify({ tier, head: headView.parse(head), encoding }).slice(1, -1);
  return `${known},"body":${json}`;
}

/** Metadata comes from origins: what a header cannot hold is replaced or left out. */
export function bytesType(contentType: string | null): string {
  return MEDIA_TYPE.test(contentType ?? '') ? (contentType ?? '') : 'application/octet-stream';
}

export function valueHeaders({ head, tier }: ValueView): Record<string, string> {
  const modified = Date.parse(head.lastModified ?? '');
  return {
    ...whereabouts(head.freshness, tier),
    ...(Number.isNaN(modified) ? {} : { 'last-modified': new Date(modified).toUTCString() }),
  };
}

/** How fresh an entry is, and the tier it was read from. */
export function whereabouts(freshness: string, tier: string): Record<string, string> {
  return { 'x-forewarm-freshness': freshness, 'x-forewarm-tier': tier };
}

/** Whether an If-None-Match field names this entity tag, by weak comparison (RFC 9110, 13.1.2). */
export function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch.trim() === '*') return true;
  return [...ifNoneMatch.matchAll(/"[^"]*"/g)].some(([known]) => known === etag);
}

/** By body: bodies in memory are read again and again, and never change. */
const tags = new WeakMap<Uint8Array, string>();

export function etagOf(bytes: Uint8Array): string {
  const known = tags.get(bytes);
  if (known !== undefined) return known;
  const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"`;
  tags.set(bytes, etag);
  return etag;
}
