/** Turns the body of a batch call into one answer per key. */

import { bodyOf } from '../../core/body.ts';
import type { BodyFormat } from '../../core/entry.ts';
import { messageOf, OriginError } from '../../core/errors.ts';
import { textOfScalar, withoutText } from '../../core/exact-json.ts';
import { quote } from '../../core/quote.ts';
import type { Source } from '../../core/source.ts';
import { metadataFrom, safeEtag } from '../../core/validators.ts';
import { bodyInSlices } from '../../flow/body-in-slices.ts';
import type { Breath } from '../../flow/breath.ts';
import { isTold, toldFailure } from '../guard-error.ts';
import { READ_AT_ONCE, readJson, readPath, withoutMark } from '../json-path.ts';
import type { Fetched, Known, OriginRequest } from '../origin.ts';
import { misspelt, spellingsIn } from '../spellings.ts';
import { saidOf, shown } from '../words.ts';
import { itemsById } from './batch-items.ts';
import type { HttpAnswer } from './call.ts';
import { whyIncomplete } from './incomplete.ts';
import type { HttpBatch } from './request.ts';

/**
 * One answer per request, in order. An item that is not in the answer is `absent`, with a doubt unless the source says that
 * this is how its origin tells it; where the answer tells of errors, or that it is not all, it is an error to be tried again. An
 * item with the version or ETag that is known already is `unchanged`. One that cannot be used, or that says itself that it is
 * another's, is an error of its key alone. An empty body is an empty body for every key, for the guards to refuse. Numbers keep
 * every digit, in ids, versions and values. Others have their turn while a large answer is taken apart. Rejects with a permanent
 * `OriginError` when the body is not what the batch's paths describe.
 */
export async function splitBatch(
  batch: HttpBatch,
  { format, guard }: Pick<Source, 'format' | 'guard'>,
  { body, headers }: Pick<HttpAnswer, 'body' | 'headers'>,
  requests: readonly OriginRequest[],
  breath: Breath,
  secrets: readonly string[] = [],
): Promise<Fetched[]> {
  const hidden = secrets.length === 0 ? {} : { secrets };
  if (withoutMark(body).byteLength === 0) return requests.map(() => ({ kind: 'body', body }));
  const answer = await parse(body, breath);
  // The guard refuses it, key by key, as it refuses a body of one key that tells of a failure.
  if (isTold(toldFailure(guard, answer))) return requests.map(() => ({ kind: 'body', body, ...hidden }));
  const items = await itemsById(batch, answer, breath);
  const answers: Fetched[] = [];
  const lack = await lackIn(batch, items, {
    requests,
    breath,
    short: () => shortBy(batch, answer, headers, items.count, secrets),
  });
  // What came in a small answer is small.
  const isLarge = body.byteLength > READ_AT_ONCE;
  const write: Write = isLarge
    ? (as, value) => bodyInSlices(as, value, breath)
    : (as, value) => bodyOf(as, as === 'json' ? value : withoutText(value));
  for (const { params, known } of requests) {
    if (isLarge && breath.isDue) await breath.take();
    const id = params[batch.param] ?? '';
    const item = items.byId.get(id);
    if (item === undefined) answers.push(lack(id));
    else if (item.problem !== undefined) answers.push(failed(item.problem));
    else {
      const fetched = await fetchedFrom(batch, format, item.value, known, write);
      answers.push(fetched.kind === 'body' ? { ...fetched, ...hidden } : fetched);
    }
  }
  return answers;
}

interface Asked {
  readonly requests: readonly OriginRequest[];
  readonly breath: Breath;
  /** What the answer says of itself that makes leaving out no word about a key. */
  readonly short: () => string | undefined;
}

/** What to say of an id that has no item. */
async function lackIn(
  batch: HttpBatch,
  { byId, hasNameless }: Awaited<ReturnType<typeof itemsById>>,
  { requests, breath, short }: Asked,
): Promise<(id: string) => Fetched> {
  const isComplete = requests.every(({ params }) => byId.has(params[batch.param] ?? ''));
  const spellingOf = await spellingsIn(isComplete ? [] : byId.keys(), breath);
  const strangers = onlyStrangers(batch, byId, requests);
  const reason = isComplete ? undefined : short();
  return (id) => {
    const spelling = spellingOf(id);
    if (spelling !== undefined) return failed(misspelt('the batch answer', id, spelling));
    if (hasNameless) return failed(nameless(batch, id));
    return strangers === undefined ? leftOut(batch, reason) : failed(strangers);
  };
}

function failed(message: string): Fetched {
  return { kind: 'error', error: new OriginError('permanent', message) };
}

function nameless({ id: path }: HttpBatch, id: string): string {
  return `an item of the batch answer has no id at "${path.join('.')}", and it may be that of ${quote(id)}`;
}

/**
 * What the answer says of errors beside its items, as GraphQL does, or of more items than it has; undefined where it says nothing.
 * What it leaves out then, or has `null` for, is not absent.
 */
function shortBy(
  { items: path, more }: HttpBatch,
  answer: unknown,
  headers: HttpAnswer['headers'],
  count: number,
  secrets: readonly string[],
): string | undefined {
  const errors = errorsBeside(answer, path);
  if (errors !== undefined) return `tells of errors: ${shown(saidOf({ errors }).text, secrets)}`;
  const why = whyIncomplete(answer, headers, { path, count, pages: 1, more });
  return why === undefined ? undefined : `says that it is not all: ${why}`;
}

/** `errors` or `error` in an object that holds the items. */
function errorsBeside(answer: unknown, path: readonly string[]): unknown {
  for (let depth = 0; depth < path.length; depth += 1) {
    const holder = readPath(answer, path.slice(0, depth));
    const found = ['errors', 'error'].map((name) => readPath(holder, [name])).find(isTold);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Why an answer with items says nothing of any key: nobody asked for one of them, as where `id` is another field than the one that is
 * asked by, or the query is not heeded. Undefined where the source says that what is left out is absent.
 */
function onlyStrangers(
  { param, missing, id: path }: HttpBatch,
  byId: ReadonlyMap<string, unknown>,
  requests: readonly OriginRequest[],
): string | undefined {
  const [first] = byId.keys();
  if (first === undefined || missing === 'absent') return undefined;
  if (requests.some(({ params }) => byId.has(params[param] ?? ''))) return undefined;
  const where = path.length === 0 ? 'ids' : `"${path.join('.')}"`;
  return `the batch answer has only items that were not asked for, such as ${quote(first)}; is batch.id (${where}) what keys are asked for by?`;
}

/** `short`: what the answer says of itself that makes leaving out no word about the key. */
function leftOut({ missing }: HttpBatch, short: string | undefined): Fetched {
  if (short !== undefined) {
    const message = `the batch answer leaves it out, and ${short}`;
    return { kind: 'error', error: new OriginError('retryable', message) };
  }
  return missing === 'absent'
    ? { kind: 'absent' }
    : { kind: 'absent', doubt: 'the batch answer only leaves it out' };
}

async function parse(body: Uint8Array, breath: Breath): Promise<unknown> {
  try {
    return await readJson(body, breath);
  } catch (cause) {
    const why = cause instanceof RangeError ? `cannot be used: ${cause.message}` : 'is not JSON';
    throw new OriginError('permanent', `the batch answer ${why}`, { cause, refusesBatch: true });
  }
}

type Write = (format: BodyFormat, value: unknown) => Uint8Array | Promise<Uint8Array>;

async function fetchedFrom(
  batch: HttpBatch,
  format: BodyFormat,
  item: unknown,
  known: Known | undefined,
  write: Write,
): Promise<Fetched> {
  const version = textAt(item, batch.version);
  const etag = textAt(item, batch.etag);
  if (known !== undefined && isKnown(known, version, safeEtag(etag))) return { kind: 'unchanged' };
  const value = readPath(item, batch.value);
  if (value === undefined) {
    const message = `an item of the batch answer has no value at "${batch.value.join('.')}"`;
    return { kind: 'error', error: new OriginError('permanent', message) };
  }
  let body: Uint8Array;
  try {
    const written = format === 'raw' && typeof value !== 'string' ? 'json' : format;
    body = await write(written, value);
  } catch (cause) {
    const message = `an item of the batch answer does not fit the source's format: ${messageOf(cause)}`;
    return { kind: 'error', error: new OriginError('permanent', message, { cause }) };
  }
  return {
    kind: 'body',
    body,
    ...(format === 'json' && { parsed: { value } }),
    ...metadataFrom({ contentType: format === 'json' ? 'application/json' : undefined, etag, version }),
  };
}

/** The version decides where the origin names one; else the ETag. */
function isKnown(known: Known, version: string | undefined, etag: string | undefined): boolean {
  if (version !== undefined && known.version !== undefined) return version === known.version;
  return etag !== undefined && etag === known.etag;
}

/** A string or number at the path, as text. */
export function textAt(value: unknown, path: readonly string[] | undefined): string | undefined {
  return path === undefined ? undefined : textOfScalar(readPath(value, path)) || undefined;
}
