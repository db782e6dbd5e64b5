/**
 * A column's text, as PostgreSQL sends it, as JSON text. What JSON numbers cannot hold exactly (`bigint`, `numeric`) is a
 * string, times are ISO 8601 with all their digits, and JSON stands as it is; so no digit is lost on the way.
 *
 * The numbers of types are those of PostgreSQL's catalog (src/include/catalog/pg_type.dat): they never change.
 */
import { OriginError } from '../../core/errors.ts';
import { bodyInSlices } from '../../flow/body-in-slices.ts';
import type { Breath } from '../../flow/breath.ts';

const BOOL = 16;
const BYTEA = 17;
const JSON_TYPES = new Set([114, 3802]);
/** smallint, integer, oid, real, double precision. */
const NUMBERS = new Set([21, 23, 26, 700, 701]);
const TIMESTAMP = 1114;
const TIMESTAMPTZ = 1184;

/** The type of an array's items, by the type of the array. */
const ITEMS: ReadonlyMap<number, number> = new Map([
  [1000, BOOL],
  [1001, BYTEA],
  [1005, 21],
  [1007, 23],
  [1028, 26],
  [1021, 700],
  [1022, 701],
  [199, 114],
  [3807, 3802],
  [1115, TIMESTAMP],
  [1185, TIMESTAMPTZ],
  // bigint, numeric, text, varchar, char(n), uuid, date: strings.
  ...[1016, 1231, 1009, 1015, 1014, 2951, 1182].map((array): [number, number] => [array, 25]),
]);

/** JSON text of a column; of one that is NULL, `null`. Throws a permanent `OriginError` where an array is too long. */
export function jsonOfText(type: number, text: string | null): string {
  if (text === null) return 'null';
  const item = ITEMS.get(type);
  return item === undefined ? scalarOf(type, text) : arrayOf(item, text);
}

/** Columns of a row that are longer together, in characters, are written in slices. */
export const AT_ONCE = 65_536;

/** The bytes of `jsonOfText`, with turns for others while a long text is written. */
export async function jsonOfColumn(type: number, text: string | null, breath: Breath): Promise<Uint8Array> {
  if (text === null || text.length <= AT_ONCE || ITEMS.has(type) || JSON_TYPES.has(type)) {
    return Buffer.from(jsonOfText(type, text));
  }
  return bodyInSlices('json', plainOf(type, text), breath);
}

/**
 * A column as a param: NULL is "", `true` and `false` are these words, times are ISO 8601, bytes are base64, arrays and JSON are JSON,
 * and everything else, numbers of any length among it, is as the server writes it. Throws as `jsonOfText`.
 */
export function paramOfText(type: number, text: string | null): string {
  if (text === null) return '';
  if (ITEMS.has(type)) return jsonOfText(type, text);
  return type === BOOL ? scalarOf(type, text) : plainOf(type, text);
}

/** Whether a column holds bytes. */
export function isBytes(type: number): boolean {
  return type === BYTEA;
}

/** The bytes of a column, for bodies that are kept as they are. */
export function bytesOfText(type: number, text: string | null): Buffer {
  if (text === null) return Buffer.alloc(0);
  return type === BYTEA ? bytesOf(text) : Buffer.from(text);
}

function scalarOf(type: number, text: string): string {
  if (JSON_TYPES.has(type)) return text;
  if (type === BOOL) return text === 't' ? 'true' : 'false';
  // NaN and Infinity are numbers that JSON does not have.
  if (NUMBERS.has(type) && /^-?\d/.test(text)) return text;
  return JSON.stringify(plainOf(type, text));
}

function plainOf(type: number, text: string): string {
  if (type === BYTEA) return bytesOf(text).toString('base64');
  if (type === TIMESTAMP) return text.replace(' ', 'T');
  return type === TIMESTAMPTZ ? text.replace(' ', 'T').replace(/\+00$/, 'Z') : text;
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text.slice(2), 'hex');
}

/** Characters of an array that is taken apart here, item by item. */
const LONGEST_ARRAY = 262_144;
/** An array of nothing but numbers is JSON already, but for its braces. */
const PLAIN_NUMBERS = /^[-+\d.,{}eE]*$/;
const MARKS: Readonly<Record<string, string>> = { '{': '[', '}': ']', ',': ',' };
const BARE = /[^{},"]+/y;

/** Of `{1,"two, three",NULL,{4}}`, where an item is quoted or bare. */
function arrayOf(item: number, text: string): string {
  // Bounds that are not the usual ones are written before the array.
  const array = text.slice(text.indexOf('{'));
  if (NUMBERS.has(item) && PLAIN_NUMBERS.test(array)) return array.replaceAll('{', '[').replaceAll('}', ']');
  if (array.length > LONGEST_ARRAY)
    throw new OriginError(
      'permanent',
      `an array has ${array.length} characters, and ${LONGEST_ARRAY} are read; let the query give it as JSON, by to_json()`,
    );
  let json = '';
  for (let at = 0; at < array.length; ) {
    const mark = MARKS[array[at] ?? ''];
    if (mark !== undefined) {
      json += mark;
      at += 1;
    } else if (array[at] === '"') {
      const end = endOfQuoted(array, at + 1);
      json += scalarOf(item, unescaped(array.slice(at + 1, end)));
      at = end + 1;
    } else {
      BARE.lastIndex = at;
      const bare = BARE.exec(array)?.[0] ?? '';
      json += bare === 'NULL' ? 'null' : scalarOf(item, bare);
      at += bare.length;
    }
  }
  return json;
}

/** Where the quote is that no backslash escapes; the end of the text ends an item as well. */
function endOfQuoted(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '"') return at;
    if (text[at] === '\\') at += 1;
  }
  return text.length;
}

function unescaped(text: string): string {
  return text.includes('\\') ? text.replaceAll(/\\(.)/gs, '$1') : text;
}
