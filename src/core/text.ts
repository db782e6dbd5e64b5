/** Text out of the bytes of a file: in the encoding that its byte order mark tells, or UTF-8. A byte that is no text is never guessed at. */
import { TextDecoder } from 'node:util';

/** The encoding that a byte order mark at the beginning tells; undefined without one. */
export function markedEncoding(start: Uint8Array): string | undefined {
  const [first, second, third] = start;
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : undefined;
}

/** The text, without its mark. Throws an `Error` that names the line of the first byte that is no text. */
export function textOfBytes(bytes: Uint8Array): string {
  const encoding = markedEncoding(bytes) ?? 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (cause) {
    const line = encoding === 'utf-8' ? `line ${lineOfFault(bytes)}: ` : '';
    throw new Error(`${line}not ${encoding.toUpperCase()}; save it as UTF-8`, { cause });
  }
}

/** No byte of a longer character of UTF-8 is a line feed, so that each line is text by itself. */
function lineOfFault(bytes: Uint8Array): number {
  let line = 1;
  for (let from = 0; from < bytes.length; line += 1) {
    const at = bytes.indexOf(0x0a, from);
    const end = at === -1 ? bytes.length : at + 1;
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(from, end));
    } catch {
      return line;
    }
    from = end;
  }
  return line;
}
