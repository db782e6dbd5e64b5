/** A stored value as an HTTP response: its own bytes and metadata (RFC 9110, 9111), or a JSON document that describes them. */
import { createHash } from 'node:crypto';
import { formatHttpDate, parseHttpDate } from '../../core/http-date.ts';
import { bodyInJson, joined } from '../../flow/body-in-json.ts';
import type { Breath } from '../../flow/breath.ts';
import type { ValueView } from '../../verbs/entries.ts';
import { headView } from '../../verbs/inspection-shapes.ts';
import type { Selected } from '../conditions.ts';
import { ENTRY_TYPE } from '../negotiation.ts';

const END = Buffer.from('}');
/** In bytes. */
const HASHED_TOGETHER = 1_048_576;

const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:\s*;[\x20-\x7e]*)?$/;

/** One form of a value (RFC 9110, 3.2). Its tag differs whenever the bytes do, also between forms of one value (8.8.3). */
export interface Representation extends Selected {
  readonly type: string;
  readonly bytes: Buffer;
}

export async function asBytes({ head, body }: ValueView, breath: Breath): Promise<Representation> {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return {
    type: bytesType(head.contentType),
    bytes,
    etag: await etagOf(body, breath),
    lastModified: lastModifiedOf(head),
  };
}

/** What is the same in every tier and at any time: how fresh it is, and where it was found, is said in headers. */
export const documentHead = headView.omit({ freshness: true });

/** Its head changes with each confirmation, of which the origin's date tells nothing: so it has none. */
export async function asDocument({ head, body }: ValueView, breath: Breath): Promise<Representation> {
  const { encoding, json } = await bodyInJson(body, breath);
  const known = JSON.stringify({ head: documentHead.parse(head), encoding }).slice(0, -1);
  const bytes = await joined([Buffer.from(`${known},"body":`), json, END], breath);
  return { type: ENTRY_TYPE, bytes, etag: await etagOf(bytes, breath), lastModified: undefined };
}

/** As the origin says, but never in the future (RFC 9110, 8.8.2.1), and only where it says a date: many write `0`. */
function lastModifiedOf({ lastModified, fetchedAt }: ValueView['head']): number | undefined {
  const at = parseHttpDate(lastModified ?? '', fetchedAt);
  return at === undefined ? undefined : Math.floor(Math.min(at, fetchedAt) / 1_000) * 1_000;
}

/** Head and body as members of a JSON object that begins with others; the body in its own characters. */
export async function documentMembers(
  said: object,
  { head, tier, body }: ValueView,
  breath: Breath,
): Promise<Buffer> {
  const { encoding, json } = await bodyInJson(body, breath);
  const known = JSON.stringify({ ...said, tier, head: headView.parse(head), encoding }).slice(0, -1);
  return joined([Buffer.from(`${known},"body":`), json, END], breath);
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

export async function etagOf(bytes: Uint8Array, breath: Breath): Promise<string> {
  const known = tags.get(bytes);
  if (known !== undefined) return known;
  const hash = createHash('sha256');
  for (let from = 0; from < bytes.length; from += HASHED_TOGETHER) {
    if (breath.isDue) await breath.take();
    hash.update(bytes.subarray(from, from + HASHED_TOGETHER));
  }
  const etag = `"${hash.digest('base64url').slice(0, 27)}"`;
  tags.set(bytes, etag);
  return etag;
}
