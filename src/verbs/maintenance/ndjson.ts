/** Splits a stream of bytes into lines. */
import { setImmediate } from 'node:timers/promises';
import { ForewarmError } from '../../core/errors.ts';

/** Long enough for the largest body there may be, in base64. */
const LONGEST_LINE = 400 * 2 ** 20;
const NEWLINE = 0x0a;
/** Lines between two turns of the event loop, empty ones among them. */
const PAUSE_EVERY = 1_000;

export interface NumberedLine {
  /** The first is 1. */
  readonly number: number;
  readonly text: string;
}

/**
 * Each line that is not empty; others have their turn between many of them. Rejects with `E_REQUEST_INVALID` where one is not
 * UTF-8, and with `E_TOO_LARGE`.
 */
export async function* linesOf(
  input: AsyncIterable<Uint8Array>,
  longest: number = LONGEST_LINE,
): AsyncGenerator<NumberedLine> {
  const lines = new Lines(longest);
  for await (const chunk of input) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      const line = lines.take(chunk.subarray(from, at));
      if (line !== undefined) yield line;
      if (lines.number % PAUSE_EVERY === 0) await setImmediate();
      from = at + 1;
    }
    lines.keep(chunk.subarray(from));
  }
  const line = lines.take(new Uint8Array(0));
  if (line !== undefined) yield line;
}

class Lines {
  number = 0;
  readonly #longest: number;
  /** Leaves a byte order mark out wherever a line begins with one: files that have one are written behind one another. */
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  #parts: Uint8Array[] = [];
  #length = 0;

  constructor(longest: number) {
    this.#longest = longest;
  }

  /** The beginning of a line whose end has not come yet. */
  keep(part: Uint8Array): void {
    if (part.length === 0) return;
    this.#parts.push(part);
    this.#length += part.length;
    if (this.#length > this.#longest)
      throw new ForewarmError('E_TOO_LARGE', `line ${this.number + 1} is longer than ${this.#longest} bytes`);
  }

  /** The line that ends with these bytes; undefined for an empty one. */
  take(last: Uint8Array): NumberedLine | undefined {
    this.number += 1;
    const bytes = this.#parts.length === 0 ? last : Buffer.concat([...this.#parts, last]);
    this.#parts = [];
    this.#length = 0;
    if (bytes.length === 0) return undefined;
    const text = this.#decode(bytes);
    return text.trim() === '' ? undefined : { number: this.number, text };
  }

  #decode(bytes: Uint8Array): string {
    try {
      return this.#decoder.decode(bytes);
    } catch (cause) {
      throw new ForewarmError('E_REQUEST_INVALID', `line ${this.number}: it is not UTF-8`, { cause });
    }
  }
}
