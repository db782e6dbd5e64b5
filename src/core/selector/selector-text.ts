/** The text of a selector taken apart into terms, and a term's values into words: by jumps, since there may be megabytes of it. */

export interface Term {
  readonly text: string;
  /** Where it begins; the first character is at 1. */
  readonly position: number;
  /** False where a quote is not: then the text goes to the end. */
  readonly closed: boolean;
}

const SOLID = /\S/g;
const [QUOTE, COMMA, ESCAPE] = [...'",\\'].map((char) => char.charCodeAt(0));
const OTHER_SPACE = /\s/;

export function* termsOf(text: string): Generator<Term> {
  let at = solidFrom(text, 0);
  while (at < text.length) {
    const end = endOfTerm(text, at);
    yield { text: text.slice(at, end), position: at + 1, closed: end !== undefined };
    at = solidFrom(text, end ?? text.length);
  }
}

/** The values between commas, without their quotes, and no more than `most` of them; undefined where a quote stands inside of one. */
export function wordsOf(text: string, most: number): string[] | undefined {
  if (!text.includes('"')) return text.split(',', most);
  const values: string[] = [];
  for (let at = 0; values.length < most; at += 1) {
    const isQuoted = text.charCodeAt(at) === QUOTE;
    const end = (isQuoted ? afterQuotes(text, at) : endOfBare(text, at)) ?? text.length;
    if (end < text.length && text.charCodeAt(end) !== COMMA) return undefined;
    values.push(isQuoted ? unescaped(text.slice(at + 1, end - 1)) : text.slice(at, end));
    if (end === text.length) break;
    at = end;
  }
  return values;
}

/** A value as it may stand in a term: in quotes only where it needs them. */
export function quoted(value: string): string {
  return /[\s",]/.test(value) ? `"${value.replace(/[\\"]/g, '\\$&')}"` : value;
}

function solidFrom(text: string, from: number): number {
  SOLID.lastIndex = from;
  return SOLID.exec(text)?.index ?? text.length;
}

/** A term ends at the first space that is not in quotes. Undefined where a quote is not closed. */
function endOfTerm(text: string, from: number): number | undefined {
  for (let at = from; at < text.length; ) {
    const code = text.charCodeAt(at);
    if (isSpace(code, text, at)) return at;
    const after = code === QUOTE ? afterQuotes(text, at) : at + 1;
    if (after === undefined) return undefined;
    at = after;
  }
  return text.length;
}

function isSpace(code: number, text: string, at: number): boolean {
  if (code > 0x20 && code < 0x80) return false;
  return (
    code === 0x20 || (code >= 0x09 && code <= 0x0d) || (code >= 0x80 && OTHER_SPACE.test(text.charAt(at)))
  );
}

/** The index behind the quote that closes the one at `from`; undefined where none does. */
function afterQuotes(text: string, from: number): number | undefined {
  for (let at = from + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    if (code === ESCAPE) at += 1;
  }
  return undefined;
}

/** Where a value without quotes ends: at a comma, or at a quote that does not belong there. */
function endOfBare(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) !== COMMA && text.charCodeAt(at) !== QUOTE) at += 1;
  return at;
}

function unescaped(text: string): string {
  return text.includes('\\') ? text.replace(/\\(.)/gs, '$1') : text;
}
