/** Vectors out of the answer of an embeddings API, in its several dialects. */

import { bodyOf, valueFrom } from '../../core/body.ts';
import { count, counted } from '../../core/counted.ts';
import type { BodyFormat } from '../../core/entry.ts';
import { messageOf, OriginError } from '../../core/errors.ts';
import { quote } from '../../core/quote.ts';
import { readPath } from '../json-path.ts';
import type { Fetched } from '../origin.ts';

/** Where servers put the list: OpenAI's own place, those of Ollama and Cohere, and the answer itself. */
const LISTS = [['data'], ['embeddings'], []];

/**
 * What a server gave for each text, in order; undefined where it gave nothing. Told apart by `index`, or by their order where no
 * item has one. Throws a permanent `OriginError` when the answer is no list of embeddings. `call` names it.
 */
export function vectorsOf(answer: unknown, count: number, call: string): unknown[] {
  const malformed = (why: string) =>
    new OriginError('permanent', `${call} answered ${why}`, { refusesBatch: true });
  const items = LISTS.map((path) => readPath(answer, path)).find(Array.isArray);
  if (items === undefined) throw malformed('JSON without a list at "data"');
  // Of more than were asked for, however many there are, one more is enough to see it.
  if (items.slice(0, count + 1).every((item) => readPath(item, ['index']) === undefined)) {
    if (items.length === count) return items.map(embeddingOf);
    throw malformed(`${counted(items.length, 'item')} without an index, to ${counted(count, 'text')}`);
  }
  const vectors: unknown[] = Array.from({ length: count });
  const seen = new Set<number>();
  for (const item of items) {
    const index = indexOf(item, count);
    if (index === undefined || seen.has(index)) {
      const problem = index === undefined ? '' : ' a second time';
      throw malformed(
        `an item whose index is ${quote(readPath(item, ['index']))}${problem}, to ${counted(count, 'text')}`,
      );
    }
    seen.add(index);
    vectors[index] = embeddingOf(item);
  }
  return vectors;
}

function indexOf(item: unknown, count: number): number | undefined {
  const found = readPath(item, ['index']);
  const index = typeof found === 'string' && /^\d{1,6}$/.test(found) ? Number(found) : found;
  return typeof index === 'number' && Number.isInteger(index) && index >= 0 && index < count
    ? index
    : undefined;
}

function embeddingOf(item: unknown): unknown {
  return Array.isArray(item) || typeof item === 'string' ? item : readPath(item, ['embedding']);
}

/** The answer for a text out of what the server gave for it. `dimensions`: how many numbers were asked for. */
export function fetchedFrom(format: BodyFormat, dimensions: number | undefined, embedding: unknown): Fetched {
  if (embedding === undefined || embedding === null) {
    return { kind: 'error', error: new OriginError('retryable', 'the answer has no vector for this text') };
  }
  if (lengthOf(embedding) > LONGEST) {
    return refused(`its vector has more than ${count(LONGEST)} numbers`);
  }
  try {
    const floats = typeof embedding === 'string' ? bytesOf(embedding) : bodyOf('float32', embedding);
    const problem = problemOf(floats, dimensions);
    if (problem !== undefined) return refused(problem);
    const body = bodyFrom(format, floats);
    if (dimensions !== undefined) return { kind: 'body', body };
    return { kind: 'body', body, numbers: floats.byteLength / BYTES_PER_NUMBER };
  } catch (cause) {
    return refused(`its vector cannot be used: ${messageOf(cause)}`);
  }
}

const BYTES_PER_NUMBER = 4;
/** Numbers of a vector: a hundred times what models give, and converted at once in a few ms. */
const LONGEST = 400_000;

/** About how many numbers are in what a server gave for a text. Base64 has four characters for three bytes. */
function lengthOf(embedding: unknown): number {
  if (typeof embedding === 'string') return Math.floor((embedding.length * 3) / 4 / BYTES_PER_NUMBER);
  return Array.isArray(embedding) ? embedding.length : 0;
}

/** A vector that is stored is looked up for as long as a year, so what is none is not stored. */
function problemOf(floats: Uint8Array, dimensions: number | undefined): string | undefined {
  const length = floats.byteLength / BYTES_PER_NUMBER;
  if (!Number.isInteger(length) || (dimensions ?? length) !== length) {
    return `its vector has ${length} numbers, and ${dimensions ?? 'whole ones'} are asked`;
  }
  if (length === 0) return 'its vector has no numbers';
  const numbers = new DataView(floats.buffer, floats.byteOffset, floats.byteLength);
  let isZero = true;
  for (let i = 0; i < length; i += 1) {
    const number = numbers.getFloat32(i * BYTES_PER_NUMBER, true);
    if (!Number.isFinite(number)) return `number ${i} of its vector is ${number}`;
    if (number !== 0) isZero = false;
  }
  return isZero ? `all ${length} numbers of its vector are zero` : undefined;
}

/** Base64, of either alphabet, of the very bytes that a `float32` body has. */
function bytesOf(text: string): Uint8Array {
  if (/^[\w+/-]*={0,2}$/.test(text)) return Buffer.from(text, 'base64');
  throw new TypeError('it is neither a list of numbers nor base64');
}

/** The bytes as they are, or the vector as a list where the source's values are no bytes. */
function bodyFrom(format: BodyFormat, floats: Uint8Array): Uint8Array {
  if (format === 'float32' || format === 'raw') return floats;
  return bodyOf(format, [...(valueFrom('float32', floats) as Float32Array)]);
}

export function refused(message: string): Fetched {
  return { kind: 'error', error: new OriginError('permanent', message) };
}
