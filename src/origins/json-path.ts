/**
 * Dotted paths into JSON values: `data.items.0.id`. The empty path is the value itself; a dot inside a name is written
 * `\.`. Only own members are seen, so no path leads into prototypes.
 */
import { parseExactly } from '../core/exact-json.ts';
import { isJsonTooDeep, TOO_DEEP } from '../core/nesting.ts';

export type JsonPath = readonly string[];

export function parsePath(text: string): JsonPath {
  if (text === '') return [];
  return text.split(/(?<!\\)\./).map((step) => step.replaceAll('\\.', '.'));
}

/** What stands at the path; undefined when nothing does. */
export function readPath(value: unknown, path: JsonPath): unknown {
  let at = value;
  for (const step of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined;
    // `hasOwn` has just found this member.
    at = (at as Record<string, unknown>)[step];
  }
  return at;
}

/**
 * The value that a body of JSON in UTF-8 stands for; numbers that JavaScript would round stay text (`core/exact-json.ts`). Throws
 * `SyntaxError`, and `RangeError` for what is nested deeper than values may be.
 */
export function parseJson(body: Uint8Array): unknown {
  if (isJsonTooDeep(body)) throw new RangeError(TOO_DEEP);
  return parseExactly(textOf(withoutMark(body)));
}

/** Without the byte order mark that some servers put before their JSON, and that no reader of JSON expects (RFC 8259, 8.1). */
export function withoutMark(body: Uint8Array): Uint8Array {
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? body.subarray(3) : body;
}

/** A body of UTF-8 as text, without copying its bytes first. */
export function textOf(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
}
