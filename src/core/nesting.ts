/**
 * How deep values may be nested. Parsers take any depth and writers do not, each with a bound of its own that depends on how much of
 * the stack is in use: a value that was taken could not be read, written or shown by another. So there is one bound, for all formats.
 */
import { count } from './counted.ts';

/** Levels of lists and maps. Jackson has the same; MessagePack's writer ends at 1,500 of them, and JSON's at 4,400. */
export const MOST_LEVELS = 1_000;

/** Why a value nested too deep is refused. */
export const TOO_DEEP = `it is more than ${count(MOST_LEVELS)} levels deep`;

const [QUOTE, BACKSLASH, LIST, LIST_END, MAP, MAP_END] = [...'"\\[]{}'].map((char) => char.charCodeAt(0));

/** Whether a JSON text is nested too deep; of what is no JSON it says nothing that is of use. Takes no stack, and no time of short texts. */
export function isJsonTooDeep(json: Uint8Array, mostLevels = MOST_LEVELS): boolean {
  return json.byteLength >= 2 * mostLevels && new JsonLevels(mostLevels).isTooDeep(json);
}

/** The same of a text that comes in parts. */
export class JsonLevels {
  readonly #most: number;
  #levels = 0;
  #isQuoted = false;
  #isEscaped = false;

  constructor(most = MOST_LEVELS) {
    this.#most = most;
  }

  isTooDeep(part: Uint8Array): boolean {
    for (let at = 0; at < part.byteLength; at += 1) {
      const byte = part[at];
      if (this.#isQuoted) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (byte === BACKSLASH) this.#isEscaped = true;
        else if (byte === QUOTE) this.#isQuoted = false;
      } else if (byte === QUOTE) this.#isQuoted = true;
      else if (byte === LIST || byte === MAP) {
        this.#levels += 1;
        if (this.#levels > this.#most) return true;
      } else if (byte === LIST_END || byte === MAP_END) this.#levels -= 1;
    }
    return false;
  }
}

/** Whether the value of a body of MessagePack is nested too deep. Takes no stack, and no time of short bodies. */
export function isPackedTooDeep(body: Uint8Array, value: unknown, mostLevels = MOST_LEVELS): boolean {
  if (body.byteLength < mostLevels) return false;
  let level: unknown[] = [value];
  for (let levels = 0; level.length > 0; levels += 1) {
    const next: unknown[] = [];
    for (const each of level) {
      if (typeof each !== 'object' || each === null || ArrayBuffer.isView(each)) continue;
      if (levels === mostLevels) return true;
      for (const member of Array.isArray(each) ? each : Object.values(each)) next.push(member);
    }
    level = next;
  }
  return false;
}
