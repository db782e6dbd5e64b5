/** The text of a selector taken apart into terms, and a term's values into words: by jumps, since there may be megabytes of it. */

export interface Term {
  readonly text: string;
  /** Where it begins; the first character is at 1. */
  readonly position: number;
  /** False where a quote is not: then the text goes to the end. */
  readonly closed: boolean;
}

const SOLID = /\S/g;
const SPACE_OR_QUOTE = /[\s"]/g;
const QUOTE_OR_ESCAPE = /["\\]/g;
const QUOTE_OR_COMMA = /[",]/g;

export function* termsOf(text: string): Generator<Term> {
  let at = nextOf(SOLID, text, 0);
  while (at < text.length) {
    const end = endOfTerm(text, at);
    yield { text: text.slice(at, end), position: at + 1, closed: end !== undefined };
    at = nextOf(SOLID, text, end ?? text.length);
  }
}

/** The values between commas, without their quotes; undefined where a quote stands inside of one. */
export function wordsOf(text: string): string[] | undefined {
  if (!text.includes('"')) return text.split(',');
  const values: string[] = [];
  let at = 0;
  for (;;) {
    const isQuoted = text[at] === '"';
    const end = (isQuoted ? afterQuotes(text, at) : nextOf(QUOTE_OR_COMMA, text, at)) ?? text.length;
    if (end < text.length && text[end] !== ',') return undefined;
    values.push(isQuoted ? unescaped(text.slice(at + 1, end - 1)) : text.slice(at, end));
    if (end === text.length) return values;
    at = end + 1;
  }
}

/** A value as it may stand in a term: in quotes only where it needs them. */
export function quoted(value: string): string {
  return /[\s",]/.test(value) ? `"${value.replace(/[\\"]/g, '\\$&')}"` : value;
}

/** Where the next character of a kind stands, or the end of the text. */
function nextOf(kind: RegExp, text: string, from: number): number {
  kind.lastIndex = from;
  return kind.exec(text)?.index ?? text.length;
}

/** A term ends at the first space that is not in quotes. Undefined where a quote is not closed. */
function endOfTerm(text: string, from: number): number | undefined {
  let end = nextOf(SPACE_OR_QUOTE, text, from);
  while (text[end] === '"') {
    const after = afterQuotes(text, end);
    if (after === undefined) return undefined;
    end = nextOf(SPACE_OR_QUOTE, text, after);
  }
  return end;
}

/** The index behind the quote that closes the one at `from`; undefined where none does. */
function afterQuotes(text: string, from: number): number | undefined {
  let at = nextOf(QUOTE_OR_ESCAPE, text, from + 1);
  while (at < text.length) {
    if (text[at] === '"') return at + 1;
    at = nextOf(QUOTE_OR_ESCAPE, text, at + 2);
  }
  return undefined;
}

function unescaped(text: string): string {
  return text.includes('\\') ? text.replace(/\\(.)/gs, '$1') : text;
}
