/**
 * Dotted paths into JSON values: `data.items.0.id`. The empty path is the value itself; a dot inside a name is written
 * `\.`. Only own members are seen, so no path leads into prototypes.
 */
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

/** The value that a body of JSON in UTF-8 stands for. Throws `SyntaxError`. */
export function parseJson(body: Uint8Array): unknown {
  return JSON.parse(textOf(body));
}

/** A body of UTF-8 as text, without copying its bytes first. */
export function textOf(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
}
