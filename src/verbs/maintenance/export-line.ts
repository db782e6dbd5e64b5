/** An entry as a line of an export, and back: JSON, with the bytes of the body in it exactly. */
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import { count } from '../../core/counted.ts';
import { isDoubled } from '../../core/doubled-member.ts';
import { BODY_FORMATS, type Entry, type Head, NO_BODY } from '../../core/entry.ts';
import { JsonLevels, MOST_LEVELS, TOO_DEEP } from '../../core/nesting.ts';
import { quote } from '../../core/quote.ts';
import { readWith } from '../../core/read-with.ts';
import { carriable, metadataFrom } from '../../core/validators.ts';
import { bodyInJson, joined } from '../../flow/body-in-json.ts';
import { bodyInSlices } from '../../flow/body-in-slices.ts';
import { Breath } from '../../flow/breath.ts';
import { parseInSlices } from '../../flow/json-in-slices.ts';
import { LATEST_MS } from '../shapes.ts';
import { disorderOf } from './times.ts';

/** Thrown for text that is not a line of an export. The caller adds the number of the line. */
export class LineError extends Error {
  override readonly name = 'LineError';
  readonly field: string;
  readonly value: unknown;

  constructor(field: string, value: unknown, problem: string) {
    super(`field ${quote(field)} is ${brief(value)}: ${problem}`);
    this.field = field;
    this.value = value;
  }
}

/** Members of an object that is written as one: where it is read, more of them would hold others up. */
const MOST_MEMBERS = 50_000;
/** The most that are read: earlier versions wrote objects of any size as such. */
const MOST_READ = 100_000;
/** Far more than an entry has. */
const MOST_FIELDS = 100;
const MOST_TAGS = 10_000;
const MOST_PARAMS = 1_000;
/** Bytes that are looked at together. */
const TOGETHER = 1_048_576;

/** A later one can be stored in no tier, or cannot be read back. */
const time = () => z.number().min(0).max(LATEST_MS);
const words = () => z.string();

/** `encoding` says how the body stands in the line: itself, as text, in base64; `none`: it is empty. Without it, it is left out. */
const line = z.strictObject({
  key: words().min(1),
  source: words().min(1),
  kind: z.enum(['value', 'absent']),
  stamp: z.int().min(0),
  format: z.enum(BODY_FORMATS),
  fetchedAt: time(),
  checkedAt: time(),
  dueAt: time(),
  staleAt: time(),
  goneAt: time(),
  tags: z.array(words()).default([]),
  contentType: words().optional(),
  etag: words().optional(),
  lastModified: words().optional(),
  version: words().optional(),
  asked: words().optional(),
  params: z.record(words(), words()).optional(),
  bodyBytes: z.int().min(0),
  checksum: z.int().min(0).max(0xffff_ffff),
  encoding: z.enum(['json', 'text', 'base64', 'none']).optional(),
  body: z.unknown().optional(),
});
type Line = z.infer<typeof line>;

/** The line of an entry, without a line break. Length and checksum are those of the bytes in it. */
export async function lineOf({ head, body }: Entry, breath: Breath): Promise<string> {
  if (breath.isDue) await breath.take();
  const known = lineOfHead({ ...head, bodyBytes: body.byteLength, checksum: crc32(body) }).slice(0, -1);
  const { encoding, json } = await bodyInJson(body, breath, isPlainJson);
  if (encoding === 'none') return `${known},"encoding":"none"}`;
  const parts = [Buffer.from(`${known},"encoding":"${encoding}","body":`), json, Buffer.from('}')];
  return (await joined(parts, breath)).toString();
}

/** The line of an entry whose body is left out. */
export function lineOfHead(head: Head): string {
  const {
    key,
    source,
    kind,
    stamp,
    format,
    tags,
    bodyBytes,
    checksum,
    encoding: _,
    unusable: __,
    ...rest
  } = head;
  return JSON.stringify({ key, source, kind, stamp, format, ...rest, tags, bodyBytes, checksum });
}

/** A body stands in the line as JSON only where reading it back gives the same bytes. */
async function isPlainJson(body: Uint8Array, breath: Breath): Promise<boolean> {
  try {
    const value = await parseInSlices(body, { breath, mostMembers: MOST_MEMBERS });
    return Buffer.compare(await bodyInSlices('json', value, breath), body) === 0;
  } catch {
    return false;
  }
}

/** The entry of a line, whole: its body has the length and the checksum that its head says. Others have their turn while it is read. Throws `LineError`. */
export async function entryOfLine(written: string, clock: Clock): Promise<Entry> {
  const breath = new Breath({ clock });
  try {
    const raw = await parseInSlices(written, { breath, once: true, mostMembers: MOST_READ });
    refuseMany(raw);
    return await readLine(raw, breath);
  } catch (error) {
    throw lineErrorFor(error, written);
  }
}

/** What JSON can nest is deeper than what can be written again, or shown. */
function lineErrorFor(error: unknown, written: string): unknown {
  if (isDoubled(error)) return new LineError('(line)', written, error.message);
  if (error instanceof SyntaxError)
    return new LineError('(line)', written, 'it is not JSON; the file may be cut off');
  return error instanceof RangeError ? new LineError('(line)', written, error.message) : error;
}

/** Before each of them is looked at, which takes long, and longer where each is wrong. */
function refuseMany(raw: unknown): void {
  if (typeof raw !== 'object' || raw === null) return;
  const { tags, params } = raw as { tags?: unknown; params?: unknown };
  if (countOf(raw) > MOST_FIELDS) throw new LineError('(line)', raw, 'it has more fields than an entry');
  if (countOf(tags) > MOST_TAGS) throw new LineError('tags', tags, `there are more than ${count(MOST_TAGS)}`);
  if (countOf(params) > MOST_PARAMS)
    throw new LineError('params', params, `there are more than ${count(MOST_PARAMS)}`);
}

function countOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return Array.isArray(value) ? value.length : Object.keys(value).length;
}

async function readLine(raw: unknown, breath: Breath): Promise<Entry> {
  const { success, data, error } = readWith(line, raw);
  if (!success) throw lineErrorOf(raw, error.issues[0]);
  const { encoding, body, ...known } = data;
  const disorder = disorderOf(known);
  if (disorder !== undefined) throw new LineError(disorder.field, known[disorder.field], disorder.problem);
  return { head: withoutAbsent(known), body: await bytesOf(data, breath) };
}

function lineErrorOf(raw: unknown, issue: z.core.$ZodIssue | undefined): LineError {
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  const path = [...(issue?.path ?? []), ...unknown];
  let value: unknown = raw;
  for (const step of path)
    value = typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined;
  const field = path.length === 0 ? '(line)' : path.join('.');
  const problem = unknown.length > 0 ? 'it is not a field of an entry' : (issue?.message ?? 'it is wrong');
  return new LineError(field, value, problem);
}

/** Leaves out optional fields that are missing, rather than setting them to undefined. */
function withoutAbsent({
  contentType,
  etag,
  lastModified,
  version,
  asked,
  params,
  ...head
}: Omit<Line, 'encoding' | 'body'>): Head {
  // A condition that no request can carry would make every later fetch fail.
  const [tag, date] = [carriable(etag), carriable(lastModified)];
  const { unusable } = metadataFrom({
    etag: tag === undefined ? etag : undefined,
    lastModified: date === undefined ? lastModified : undefined,
  });
  return {
    ...head,
    ...(contentType === undefined ? {} : { contentType }),
    ...(tag === undefined ? {} : { etag: tag }),
    ...(date === undefined ? {} : { lastModified: date }),
    ...(version === undefined ? {} : { version }),
    ...(unusable === undefined ? {} : { unusable }),
    ...(asked === undefined ? {} : { asked }),
    ...(params === undefined ? {} : { params }),
  };
}

async function bytesOf(line: Line, breath: Breath): Promise<Uint8Array> {
  const { encoding, body, bodyBytes, checksum, kind, format } = line;
  const bytes = await decoded(encoding, body, breath);
  if (bytes === undefined) {
    if (bodyBytes === 0) return NO_BODY;
    throw new LineError('encoding', encoding, 'the body is left out: it was exported without bodies');
  }
  if (kind === 'absent' && bytes.byteLength > 0)
    throw new LineError('kind', kind, 'an absence has no body, and this line has one');
  if (bytes.byteLength !== bodyBytes)
    throw new LineError('bodyBytes', bodyBytes, `the body of this line has ${bytes.byteLength} bytes`);
  const found = crc32(bytes);
  // The kind says that it is an absence, and the checksum of an empty body is never compared.
  if (found !== checksum && bytes.byteLength > 0)
    throw new LineError('checksum', checksum, `the body of this line has the checksum ${found}`);
  if (format === 'json' && kind === 'value' && (await isTooDeep(bytes, breath)))
    throw new LineError('body', '…', TOO_DEEP);
  return bytes;
}

async function decoded(
  encoding: Line['encoding'],
  body: unknown,
  breath: Breath,
): Promise<Uint8Array | undefined> {
  if (encoding === undefined) return undefined;
  if (encoding === 'none') return NO_BODY;
  if (encoding === 'json') {
    if (body === undefined) throw new LineError('body', body, 'the encoding says json, and there is none');
    return bodyInSlices('json', body, breath).catch((error: Error) => {
      throw new LineError('body', '…', error.message);
    });
  }
  if (typeof body !== 'string') throw new LineError('body', body, `with encoding ${encoding} it is a string`);
  if (encoding === 'text') return Buffer.from(body);
  const bytes = Buffer.from(body, 'base64');
  if (breath.isDue) await breath.take();
  if (bytes.toString('base64') !== body) throw new LineError('body', body, 'it is not base64');
  return bytes;
}

async function isTooDeep(json: Uint8Array, breath: Breath): Promise<boolean> {
  if (json.length < 2 * MOST_LEVELS) return false;
  const levels = new JsonLevels();
  for (let from = 0; from < json.length; from += TOGETHER) {
    if (breath.isDue) await breath.take();
    if (levels.isTooDeep(json.subarray(from, from + TOGETHER))) return true;
  }
  return false;
}

const SHOWN = 80;

/** Enough of a value to recognise it. */
function brief(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  const json = JSON.stringify(typeof value === 'string' ? value.slice(0, SHOWN) : value);
  return json.length <= SHOWN ? json : `${json.slice(0, SHOWN)}…`;
}
