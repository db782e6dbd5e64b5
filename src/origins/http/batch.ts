/** Turns the body of a batch call into one answer per key. */

import { bodyOf } from '../../core/body.ts';
import type { BodyFormat } from '../../core/entry.ts';
import { messageOf, OriginError } from '../../core/errors.ts';
import { textOfScalar, withoutText } from '../../core/exact-json.ts';
import { quote } from '../../core/quote.ts';
import type { Source } from '../../core/source.ts';
import { metadataFrom, safeEtag } from '../../core/validators.ts';
import { isTold, toldFailure } from '../guard-error.ts';
import { parseJson, readPath, withoutMark } from '../json-path.ts';
import type { Fetched, Known, OriginRequest } from '../origin.ts';
import { saidOf, shown } from '../words.ts';
import { itemsById } from './batch-items.ts';
import type { HttpBatch } from './request.ts';

/**
 * One answer per request, in order. An item that is not in the answer is `absent`, with a doubt unless the source says that
 * this is how its origin tells it; an item with the version or ETag that is known already is `unchanged`. One that cannot be used, or
 * that says itself that it is another's, is an error of its key alone. An empty body is an empty body for every key, for the guards to refuse. Numbers keep
 * every digit, in ids, versions and values. Throws a permanent `OriginError` when the body is not what the batch's paths
 * describe.
 */
export function splitBatch(
  batch: HttpBatch,
  { format, guard }: Pick<Source, 'format' | 'guard'>,
  body: Uint8Array,
  requests: readonly OriginRequest[],
  secrets: readonly string[] = [],
): Fetched[] {
  const hidden = secrets.length === 0 ? {} : { secrets };
  if (withoutMark(body).byteLength === 0) return requests.map(() => ({ kind: 'body', body }));
  const answer = parse(body);
  // The guard refuses it, key by key, as it refuses a body of one key that tells of a failure.
  if (isTold(toldFailure(guard, answer))) return requests.map(() => ({ kind: 'body', body, ...hidden }));
  const items = itemsById(batch, answer);
  let spellings: ReadonlyMap<string, string> | undefined;
  let told: { readonly text: string | undefined } | undefined;
  const strangers = onlyStrangers(batch, items.byId, requests);
  return requests.map(({ params, known }) => {
    const id = params[batch.param] ?? '';
    const item = items.byId.get(id);
    if (item?.problem !== undefined) return failed(item.problem);
    if (item !== undefined) {
      const fetched = fetchedFrom(batch, format, item.value, known);
      return fetched.kind === 'body' ? { ...fetched, ...hidden } : fetched;
    }
    spellings ??= new Map([...items.byId.keys()].map((other) => [plainId(other), other]));
    const spelling = spellings.get(plainId(id));
    if (spelling === undefined && items.hasNameless) return failed(nameless(batch, id));
    if (spelling === undefined && strangers !== undefined) return failed(strangers);
    told ??= { text: toldBeside(answer, secrets) };
    return leftOut(batch, id, spelling, told.text);
  });
}

/** What is the same thing, however it is written: `abc` and ` ABC`, `007` and 7, an accent of its own and one that is part of its letter. */
function plainId(id: string): string {
  const plain = id.normalize('NFKC').trim().toLowerCase();
  return /^\d+$/.test(plain) ? plain.replace(/^0+/, '') : plain;
}

function failed(message: string): Fetched {
  return { kind: 'error', error: new OriginError('permanent', message) };
}

function nameless({ id: path }: HttpBatch, id: string): string {
  return `an item of the batch answer has no id at "${path.join('.')}", and it may be that of ${quote(id)}`;
}

/**
 * What the answer says of errors beside its items, as GraphQL does; undefined where it says nothing. What it leaves out then, or
 * has `null` for, is not absent.
 */
function toldBeside(answer: unknown, secrets: readonly string[]): string | undefined {
  const errors = readPath(answer, ['errors']);
  return isTold(errors) ? shown(saidOf({ errors }).text, secrets) : undefined;
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

/** An id that is written in another way is the same thing: what it names is not absent. */
function leftOut(
  { missing }: HttpBatch,
  id: string,
  spelling: string | undefined,
  told: string | undefined,
): Fetched {
  if (spelling !== undefined) {
    return failed(`the batch answer has "${spelling}" in place of "${id}"; write ids as the origin does`);
  }
  if (told !== undefined) return failed(`the batch answer leaves it out, and tells of errors: ${told}`);
  return missing === 'absent'
    ? { kind: 'absent' }
    : { kind: 'absent', doubt: 'the batch answer only leaves it out' };
}

function parse(body: Uint8Array): unknown {
  try {
    return parseJson(body);
  } catch (cause) {
    const why = cause instanceof RangeError ? `cannot be used: ${cause.message}` : 'is not JSON';
    throw new OriginError('permanent', `the batch answer ${why}`, { cause, refusesBatch: true });
  }
}

function fetchedFrom(batch: HttpBatch, format: BodyFormat, item: unknown, known: Known | undefined): Fetched {
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
    body = bodyOf(written, written === 'json' ? value : withoutText(value));
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
