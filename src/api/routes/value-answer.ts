/** A stored value as an HTTP response: its own bytes and metadata (RFC 9110, 9111), or a JSON document that describes them. */
import { createHash } from 'node:crypto';
import { bodyInJson } from '../../core/body-in-json.ts';
import { formatHttpDate, parseHttpDate } from '../../core/http-date.ts';
import { headView, type ValueView } from '../../verbs/entries.ts';
import type { Selected } from '../conditions.ts';
import { ENTRY_TYPE } from '../negotiation.ts';

const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:\s*;[\x20-\x7e]*)?$/;

/** One form of a value (RFC 9110, 3.2). Its tag differs whenever the bytes do, also between forms of one value (8.8.3). */
export interface Representation extends Selected {
  readonly type: string;
  readonly bytes: Buffer;
}

export function asBytes({ head, body }: ValueView): Representation {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return {
    type: bytesType(head.contentType),
    bytes,
    etag: etagOf(body),
    lastModified: lastModifiedOf(head),
  };
}

/** What is the same in every tier and at any time: how fresh it is, and where it was found, is said in headers. */
export const documentHead = headView.omit({ freshness: true });

/** Its head changes with each confirmation, of which the origin's date tells nothing: so it has none. */
export function asDocument({ head, body }: ValueView): Representation {
  const { encoding, json } = bodyInJson(body);
  const known = JSON.stringify({ head: documentHead.parse(head), encoding }).slice(0, -1);
  const bytes = Buffer.from(`${known},"body":${json}}`);
  return { type: ENTRY_TYPE, bytes, etag: etagOf(bytes), lastModified: undefined };
}

/** As the origin says, but never in the future (RFC 9110, 8.8.2.1), and only where it says a date: many write `0`. */
function lastModifiedOf({ lastModified, fetchedAt }: ValueView['head']): number | undefined {
  const at = parseHttpDate(lastModified ?? '', fetchedAt);
  return at === undefined ? undefined : Math.floor(Math.min(at, fetchedAt) / 1_000) * 1_000;
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

/** What a client needs to ask again whether it still has this form. */
export function validators({ etag, lastModified }: Selected): Record<string, string> {
  return { etag, ...(lastModified === undefined ? {} : { 'last-modified': formatHttpDate(lastModified) }) };
}

/** How fresh an entry is, and the tier it was read from. */
export function whereabouts(freshness: string, tier: string): Record<string, string> {
  return { 'x-forewarm-freshness': freshness, 'x-forewarm-tier': tier };
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
