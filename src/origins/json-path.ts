/**
 * Dotted paths into JSON values: `data.items.0.id`. The empty path is the value itself; a dot inside a name is written
 * `\.`. Only own members are seen, so no path leads into prototypes.
 */
import { refuseDoubled } from '../core/doubled-member.ts';
import { parseExactly } from '../core/exact-json.ts';
import { isJsonTooDeep, MOST_LEVELS, TOO_DEEP } from '../core/nesting.ts';
import type { Breath } from '../flow/breath.ts';
import { parseInSlices } from '../flow/json-in-slices.ts';
import type { Wanted } from '../flow/wanted.ts';

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

/** Longer bodies are read in slices. Shorter ones take a few ms at most, were they of long numbers only. */
export const READ_AT_ONCE = 65_536;
/** What goes over all members of an object takes ms for each ten thousand. */
export const MOST_MEMBERS = 50_000;

export interface JsonReading {
  /** What is kept of a large body. Default: all of it. */
  readonly wanted?: Wanted;
  /** Whether numbers that JavaScript would round stay text. Default: they do. */
  readonly exact?: boolean;
  /** Whether a name that stands twice in an object is refused, as `isDoubled` tells. Default: the last counts. */
  readonly once?: boolean;
}

/**
 * What `parseJson` gives, or of a large body what is wanted of it, with turns for others in between. Rejects as that throws, and with
 * `RangeError` for an object of more than 50,000 members, where all of it is wanted.
 */
export async function readJson(
  body: Uint8Array,
  breath: Breath,
  { wanted = 'all', exact = true, once = false }: JsonReading = {},
): Promise<unknown> {
  if (body.byteLength <= READ_AT_ONCE && exact) {
    const value = parseJson(body);
    if (once) refuseDoubled(textOf(withoutMark(body)), value);
    return value;
  }
  const bounds = { mostLevels: MOST_LEVELS, mostMembers: MOST_MEMBERS };
  return parseInSlices(withoutMark(body), { ...bounds, breath, wanted, exact, once });
}

/** Without the byte order mark that some servers put before their JSON, and that no reader of JSON expects (RFC 8259, 8.1). */
export function withoutMark(body: Uint8Array): Uint8Array {
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? body.subarray(3) : body;
}

/** A body of UTF-8 as text, without copying its bytes first. */
export function textOf(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
}
