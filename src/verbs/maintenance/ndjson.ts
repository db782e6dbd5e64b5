/** Splits a stream of bytes into lines. */
import { ForewarmError } from '../../core/errors.ts';

/** Long enough for the largest body there may be, in base64. */
const LONGEST_LINE = 400 * 2 ** 20;
const NEWLINE = 0x0a;

export interface NumberedLine {
  /** The first is 1. */
  readonly number: number;
  readonly text: string;
}

/** Each line that is not empty. Rejects with `E_REQUEST_INVALID` where one is not UTF-8, and with `E_TOO_LARGE`. */
export async function* linesOf(input: AsyncIterable<Uint8Array>): AsyncGenerator<NumberedLine> {
  let number = 0;
  let parts: Uint8Array[] = [];
  let length = 0;
  const take = (last: Uint8Array): NumberedLine | undefined => {
    number += 1;
    const text = decode(Buffer.concat([...parts, last]), number);
    parts = [];
    length = 0;
    return text.trim() === '' ? undefined : { number, text };
  };
  for await (const chunk of input) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      const line = take(chunk.subarray(from, at));
      if (line !== undefined) yield line;
      from = at + 1;
    }
    if (from < chunk.length) parts.push(chunk.subarray(from));
    length += chunk.length - from;
    if (length > LONGEST_LINE)
      throw new ForewarmError('E_TOO_LARGE', `line ${number + 1} is longer than ${LONGEST_LINE} bytes`);
  }
  const line = take(new Uint8Array(0));
  if (line !== undefined) yield line;
}

function decode(bytes: Uint8Array, number: number): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new ForewarmError('E_REQUEST_INVALID', `line ${number}: it is not UTF-8`, { cause });
  }
}
