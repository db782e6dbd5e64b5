/** Where things end in the bytes of a JSON text. Every mark of JSON is ASCII, and no byte of another character is (UTF-8). */

const codeOf = (mark: string) => mark.charCodeAt(0);

export const QUOTE = codeOf('"');
export const COMMA = codeOf(',');
export const COLON = codeOf(':');
export const LIST = codeOf('[');
export const LIST_END = codeOf(']');
export const MAP = codeOf('{');
export const MAP_END = codeOf('}');
const BACKSLASH = codeOf('\\');
const OF_CODE = codeOf('u');

const [SPACE, TAB, FEED, RETURN] = [...' \t\n\r'].map(codeOf);
/** What numbers and words are made of. */
const BARE = Uint8Array.from({ length: 256 }, (_, code) =>
  /[-+.\w]/.test(String.fromCharCode(code)) ? 1 : 0,
);

/** The place of the first byte from here on that is no white space; `to` where all before it are. */
export function behindSpace(json: Uint8Array, from: number, to: number): number {
  let at = from;
  for (; at < to; at += 1) {
    const byte = json[at];
    if (byte !== SPACE && byte !== FEED && byte !== RETURN && byte !== TAB) break;
  }
  return at;
}

/** The end of a number or a word that begins here, or `to`. */
export function endOfBare(json: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && BARE[json[at] ?? 0] === 1) at += 1;
  return at;
}

/**
 * The place of the quote that ends a string, of which `from` is inside; where there is none before `to`, that of the first character from
 * `to` on, with no escape in two parts. At the end of the text, or behind it, the string has no end.
 */
export function endOfString(json: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && json[at] !== QUOTE) {
    if (json[at] !== BACKSLASH) at += 1;
    else at += json[at + 1] === OF_CODE ? 6 : 2;
  }
  // A character has at most three bytes behind its first (RFC 3629, 3).
  for (let more = 0; more < 3 && ((json[at] ?? 0) & 0xc0) === 0x80; more += 1) at += 1;
  return at;
}

/**
 * How far whole items of a list, or members of an object, go that begin here: the place of the last comma before `to` that is not nested,
 * or of the bracket that ends them all. Negative where there is neither, or something is nested deeper than so many levels.
 */
export function endOfItems(json: Uint8Array, from: number, to: number, levels: number): number {
  let end = -1;
  let level = 0;
  for (let at = from; at < to; at += 1) {
    const byte = json[at];
    if (byte === QUOTE) at = endOfString(json, at + 1, to);
    else if (byte === COMMA) {
      if (level === 0) end = at;
    } else if (byte === LIST || byte === MAP) {
      level += 1;
      if (level > levels) return -1;
    } else if (byte === LIST_END || byte === MAP_END) {
      level -= 1;
      if (level < 0) return at;
    }
  }
  return end;
}
