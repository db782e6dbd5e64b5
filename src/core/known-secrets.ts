/**
 * Hides secrets that are known in texts of others, such as a server that repeats what it was sent: also percent-encoded, as a form,
 * in HTML or JSON, in other letters, broken over lines, in base64 or hexadecimal, and cut off. Text and secrets are both brought to
 * plain bytes, without what such spellings add, and compared there.
 */
import { REDACTED } from './secrets.ts';

/** Anything shorter occurs in other words as well. */
const SHORTEST = 4;
/** Shorter secrets without blanks are not looked for across any: they are found in other words then. Of longer ones a half, and this much, is enough. */
const LONG = 8;
/** And so much is of any: messages are cut, and a long token is not there by half then. */
const ENOUGH = 32;
/** Encodings that lie over each other. */
const PASSES = 3;
/** Also as URLs and forms write it. */
const BLANK = /\s|%20|\+/i;
/** One of these is not hidden: it is no secret, wherever it stands. */
const HARMLESS = /^(?:true|false|null|none|json|basic|bearer)$/i;

/** Bytes, a character each, and where in the text each of them begins and ends. */
interface PlainBytes {
  readonly bytes: string;
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** The text with every one of these secrets replaced, however it is spelt. Of a list that is given again the spellings are known. */
export function hideKnown(text: string, secrets: readonly string[]): string {
  const known = knownOf(secrets);
  if (known.length === 0 || isPlainly(text, known)) return text;
  const plain = plainOf(text);
  // A secret may itself look like an encoding, of which a line break leaves nothing.
  const literal = dropped(utf8Of(text));
  const spans = known
    .flatMap(({ hasBlanks, decoded, own }) => [
      ...decoded.flatMap((spelling) => spansOf(text, plain, spelling, hasBlanks)),
      ...own.flatMap((spelling) => spansOf(text, literal, spelling, hasBlanks)),
    ])
    .sort(([a], [b]) => a - b);
  let hidden = '';
  let at = 0;
  for (const [from, to] of spans) {
    // What overlaps, or follows at once, is one secret.
    if (from > at || at === 0) hidden += text.slice(at, from) + REDACTED;
    at = Math.max(at, to);
  }
  return hidden + text.slice(at);
}

interface Known {
  readonly hasBlanks: boolean;
  /** To be found where encodings are undone. */
  readonly decoded: readonly Spelling[];
  /** To be found in the text as it stands: one or none. */
  readonly own: readonly Spelling[];
}

const KNOWN = new WeakMap<readonly string[], readonly Known[]>();

function knownOf(secrets: readonly string[]): readonly Known[] {
  const before = KNOWN.get(secrets);
  if (before !== undefined) return before;
  const known = secrets
    .filter((secret) => secret.length >= SHORTEST && !HARMLESS.test(secret))
    .map((secret) => {
      const own = spellingOf(secret, dropped(utf8Of(secret)).bytes);
      return {
        ...{ hasBlanks: BLANK.test(secret), decoded: spellingsOf(secret) },
        own: own.bytes.length < SHORTEST ? [] : [own],
      };
    });
  KNOWN.set(secrets, known);
  return known;
}

/** In most texts, such as ETags and dates, nothing is encoded and nothing found. That is seen in a hundredth of the time. */
function isPlainly(text: string, known: readonly Known[]): boolean {
  if (!/^[\x20-\x7e]*$/.test(text) || /[%&+\\]/.test(text)) return false;
  const bytes = text.replaceAll(' ', '').toLowerCase();
  const isIn = ({ bytes: secret, enough }: Spelling) => bytes.includes(secret.slice(0, enough));
  return !known.some(({ decoded, own }) => decoded.some(isIn) || own.some(isIn));
}

type Span = readonly [from: number, to: number];

interface Spelling {
  readonly bytes: string;
  /** Characters beside it hold a part of it as well. */
  readonly isBase64?: boolean;
  /** How much of its beginning is enough to be hidden. */
  readonly enough: number;
}

function spellingsOf(secret: string): Spelling[] {
  const raw = Buffer.from(secret);
  const plain = plainOf(secret).bytes;
  const all: Spelling[] = [spellingOf(secret, plain)];
  // Headers carry Latin-1, which servers may write as it is or percent-encoded.
  if (/[\x80-\xff]/.test(secret)) all.push(whole(reduced(bytesAt(Buffer.from(secret, 'latin1'))).bytes));
  if (raw.byteLength >= LONG) all.push(...[0, 1, 2].flatMap((offset) => inBase64(raw, offset)));
  if (raw.byteLength >= SHORTEST) all.push(whole(raw.toString('hex')));
  return all.filter(({ bytes }) => bytes.length >= SHORTEST);
}

function spellingOf(secret: string, bytes: string): Spelling {
  return /\s/.test(secret) ? whole(bytes) : cut(bytes);
}

const whole = (bytes: string): Spelling => ({ bytes, enough: bytes.length });
const cut = (bytes: string): Spelling => ({
  bytes,
  enough: Math.min(bytes.length, ENOUGH, Math.max(LONG, Math.ceil(bytes.length / 2))),
});

/** What base64, of either alphabet, makes of these bytes when as many others stand before them; without what depends on neighbours. */
function inBase64(raw: Buffer, offset: number): Spelling[] {
  const padded = Buffer.concat([Buffer.alloc(offset), raw]);
  const [from, to] = [Math.ceil((offset * 8) / 6), Math.floor((padded.byteLength * 8) / 6)];
  return (['base64', 'base64url'] as const).map((alphabet) => ({
    ...cut(plainOf(padded.toString(alphabet).slice(from, to)).bytes),
    isBase64: true,
  }));
}

function spansOf(
  text: string,
  { bytes, from, to }: PlainBytes,
  spelling: Spelling,
  hasBlanks: boolean,
): Span[] {
  const spans: Span[] = [];
  const begin = spelling.bytes.slice(0, spelling.enough);
  for (let at = bytes.indexOf(begin); at !== -1; at = bytes.indexOf(begin, at + 1)) {
    let end = at + begin.length;
    while (end - at < spelling.bytes.length && bytes[end] === spelling.bytes[end - at]) end += 1;
    const [first, last] = spelling.isBase64 ? withEdges({ bytes, from, to }, at, end) : [at, end];
    const span: Span = [from[first] ?? 0, to[last - 1] ?? text.length];
    if (hasBlanks || begin.length >= LONG || !/\s/.test(text.slice(...span))) spans.push(span);
  }
  return spans;
}

/** One character on either side has bits of the secret beside those of its neighbour, or of nothing where padding follows. */
function withEdges({ bytes, from, to }: PlainBytes, at: number, end: number): [number, number] {
  const isNext = (i: number) => from[i] === to[i - 1];
  const first = isNext(at) && BASE64.test(bytes[at - 1] ?? '') ? at - 1 : at;
  let last = isNext(end) && BASE64.test(bytes[end] ?? '') ? end + 1 : end;
  while (bytes[last] === '=' && isNext(last) && last < end + 3) last += 1;
  return [first, last];
}

const BASE64 = /[\w/-]/;
const ENTITIES: Readonly<Record<string, string>> = {
  ...{ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", sol: '/', plus: '+', equals: '=', nbsp: ' ' },
  ...{ colon: ':', semi: ';', commat: '@', percnt: '%', num: '#', dollar: '$', excl: '!', bsol: '\\' },
};
const ENCODED =
  /%([\da-f]{2})|\\u\{?([\da-f]{4,6})\}?|\\x([\da-f]{2})|&#(\d{1,7});?|&#x([\da-f]{1,6});?|&([a-z]{2,6});/gi;
/** White space, also as JSON writes it and forms do, control characters, marks without width, and what escapes. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const ADDED = /\\[nrtbf]|[\x00-\x20\x7f+\\]|\xc2[\xa0\xad]|\xe2\x80[\x80-\x8f\xa8-\xaf]|\xef\xbb\xbf/gi;

function plainOf(text: string): PlainBytes {
  return reduced(utf8Of(text));
}

/** Without encodings, and without what is added to break or escape; in lower case. */
function reduced(encoded: PlainBytes): PlainBytes {
  let plain = encoded;
  for (let pass = 0; pass < PASSES; pass += 1) {
    const decoded = replaced(plain, ENCODED, decodedByte);
    if (decoded.bytes === plain.bytes) break;
    plain = decoded;
  }
  return dropped(plain);
}

function dropped(plain: PlainBytes): PlainBytes {
  const { bytes, from, to } = replaced(plain, ADDED, () => '');
  return { bytes: bytes.toLowerCase(), from, to };
}

function utf8Of(text: string): PlainBytes {
  const from: number[] = [];
  const to: number[] = [];
  let bytes = '';
  let at = 0;
  for (const char of text) {
    const own = char < '\x80' ? char : Buffer.from(char).toString('latin1');
    for (let i = 0; i < own.length; i += 1) {
      from.push(at);
      to.push(at + char.length);
    }
    bytes += own;
    at += char.length;
  }
  return { bytes, from, to };
}

function bytesAt(raw: Buffer): PlainBytes {
  return { bytes: raw.toString('latin1'), from: [], to: [] };
}

function decodedByte(match: RegExpExecArray): string {
  const [found, percent, unicode, hex, decimal, hexEntity, name] = match;
  if (percent !== undefined) return String.fromCharCode(Number.parseInt(percent, 16));
  if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? found;
  const code =
    decimal === undefined ? Number.parseInt(unicode ?? hex ?? hexEntity ?? '', 16) : Number(decimal);
  if (code > 0x10ffff) return found;
  return Buffer.from(String.fromCodePoint(code)).toString('latin1');
}

/** Each match by what `byBytes` makes of it, which then stands for the whole of it. */
function replaced(
  { bytes, from, to }: PlainBytes,
  pattern: RegExp,
  byBytes: (match: RegExpExecArray) => string,
): PlainBytes {
  const kept = { bytes: '', from: [] as number[], to: [] as number[] };
  const keep = (begin: number, end: number) => {
    kept.bytes += bytes.slice(begin, end);
    for (let i = begin; i < end; i += 1) {
      kept.from.push(from[i] ?? 0);
      kept.to.push(to[i] ?? 0);
    }
  };
  let at = 0;
  for (const match of bytes.matchAll(pattern)) {
    const end = match.index + match[0].length;
    keep(at, match.index);
    const by = byBytes(match);
    kept.bytes += by;
    for (let i = 0; i < by.length; i += 1) {
      kept.from.push(from[match.index] ?? 0);
      kept.to.push(to[end - 1] ?? 0);
    }
    at = end;
  }
  keep(at, bytes.length);
  return kept;
}
