/** Text out of the bytes of a file: in the encoding that its byte order mark tells, or UTF-8. A byte that is no text is never guessed at. */
import { isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';

/**
 * The first half of a surrogate pair that stands alone in a text, such as `U+D800`; undefined: there is none. UTF-8 does not have them: each
 * becomes U+FFFD, and so different texts become one.
 */
export function halfPairIn(text: string): string | undefined {
  if (text.isWellFormed()) return undefined;
  const [half = ''] = /\p{Surrogate}/u.exec(text) ?? [];
  return `U+${half.charCodeAt(0).toString(16).toUpperCase()}`;
}

/** Where a part of the text that ends there, or one unit before, ends with a whole character: halves of one (Unicode, 3.8) are no text. */
export function endOfWhole(text: string, end: number): number {
  const last = text.charCodeAt(end - 1);
  return end < text.length && last >= 0xd800 && last < 0xdc00 ? end - 1 : end;
}

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

/** Bytes that are looked at together. A file may have millions of lines. */
const BLOCK = 16_384;
const LINE_FEED = 0x0a;

/** No byte of a longer character of UTF-8 is a line feed, so that each line is text by itself. */
function lineOfFault(bytes: Uint8Array): number {
  let line = 1;
  let from = 0;
  const endOfLine = (at: number) => bytes.indexOf(LINE_FEED, at) + 1 || bytes.length;
  for (let end = endOfLine(BLOCK); isUtf8(bytes.subarray(from, end)); end = endOfLine(end + BLOCK)) {
    for (let at = from; at < end; at += 1) if (bytes[at] === LINE_FEED) line += 1;
    if (end === bytes.length) return line;
    from = end;
  }
  for (let end = endOfLine(from); isUtf8(bytes.subarray(from, end)); end = endOfLine(end)) {
    line += 1;
    from = end;
  }
  return line;
}

/** What percent escapes stand for; as it is, where they stand for nothing. */
export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
