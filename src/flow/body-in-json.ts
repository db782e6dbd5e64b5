/** A body inside a JSON document, written in slices: as JSON where it is, as text where it is, in base64 otherwise. */
import { isUtf8 } from 'node:buffer';
import { StringDecoder } from 'node:string_decoder';
import type { Breath } from './breath.ts';
import { parseInSlices } from './json-in-slices.ts';
import type { Wanted } from './wanted.ts';

export interface BodyInJson {
  readonly encoding: (typeof BODY_ENCODINGS)[number];
  /** A JSON text in UTF-8. Where the body is JSON, its own bytes: parsing and writing it again would round long numbers. */
  readonly json: Uint8Array;
}

export const BODY_ENCODINGS = ['json', 'text', 'base64', 'none'] as const;

/** Bytes that are written together. In base64 they end where four characters do. */
const TOGETHER = 3 * 65_536;
/** Bytes that are copied together. */
const MOST_COPIED = 1_048_576;
const NOTHING: Wanted = new Map();

/** `isJson` says whether a body of UTF-8 stands there as JSON; by default it does if it is. */
export async function bodyInJson(
  body: Uint8Array,
  breath: Breath,
  isJson: (body: Uint8Array, breath: Breath) => Promise<boolean> = isAnyJson,
): Promise<BodyInJson> {
  if (body.length === 0) return { encoding: 'none', json: Buffer.from('null') };
  if (!isUtf8(body)) return { encoding: 'base64', json: await quoted(body, base64, breath) };
  if (await isJson(body, breath)) return { encoding: 'json', json: body };
  const decoder = new StringDecoder('utf8');
  const escaped = (part: Buffer) => JSON.stringify(decoder.write(part)).slice(1, -1);
  return { encoding: 'text', json: await quoted(body, escaped, breath) };
}

/** A byte order mark is a character, and so is not JSON. */
async function isAnyJson(body: Uint8Array, breath: Breath): Promise<boolean> {
  try {
    await parseInSlices(body, { breath, wanted: NOTHING });
    return true;
  } catch {
    return false;
  }
}

const base64 = (part: Buffer) => part.toString('base64');

async function quoted(body: Uint8Array, write: (part: Buffer) => string, breath: Breath): Promise<Buffer> {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const parts = [Buffer.from('"')];
  for (let from = 0; from < bytes.length; from += TOGETHER) {
    if (breath.isDue) await breath.take();
    parts.push(Buffer.from(write(bytes.subarray(from, from + TOGETHER))));
  }
  parts.push(Buffer.from('"'));
  return joined(parts, breath);
}

/** The parts behind one another, copied in slices. */
export async function joined(parts: readonly Uint8Array[], breath: Breath): Promise<Buffer> {
  const all = Buffer.allocUnsafe(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    for (let from = 0; from < part.length; from += MOST_COPIED) {
      if (breath.isDue) await breath.take();
      const copied = part.subarray(from, from + MOST_COPIED);
      all.set(copied, at);
      at += copied.length;
    }
  }
  return all;
}
