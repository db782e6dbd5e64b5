/**
 * What an environment variable put into an address, or into the path of a request. Nobody can tell a secret from a word by the name of
 * every variable, and a path is shown in messages, spans and logs: so what came there from outside is hidden. What looks like no word is
 * hidden wherever it stands; a word with the sign before it (`/prod`), since it occurs in other texts by itself.
 */
import type { ConfigScalar } from './config-node.ts';
import type { Environment } from './substitute.ts';

/** Of a text, in characters. */
type Span = readonly [from: number, to: number];

const PARAM = /\{[^{}]*\}/;
/** A name of something, such as `markets`, `v2` or `eu-west`. */
const WORD = /^[a-z]+([-_.][a-z]+)*$|^[A-Z][a-z]+$|^v?\d{1,4}$/;
/** Of what is no word, in characters: shorter texts occur in others. */
const SHORTEST = 6;
const LONG = 16;
/** A word with a number, as hosts and databases are called: `eu-west-1`, `node3`, `shop_2026`. */
const NAME = /^[a-z]+\d{0,4}([-_.]([a-z]+\d{0,4}|\d{1,4}))*$/i;

/** `shown`: what is written where everybody sees it. */
export function secretsGiven(node: ConfigScalar, env: Environment, shown: ReadonlySet<string>): string[] {
  const text = String(node.value);
  const begin = pathBegin(text);
  return spansOf(node, env).flatMap(([from, to]) =>
    piecesOf(text, [Math.max(from, begin), to]).flatMap((span) => secretsIn(text, span, shown)),
  );
}

/** What variables put into a text. */
export function textsGiven(node: ConfigScalar, env: Environment): string[] {
  const text = String(node.value);
  return [...new Set(spansOf(node, env).map(([from, to]) => text.slice(from, to)))];
}

/** What a variable put into a part of a host: `https://${TOKEN}.example`. A host as a whole is no secret. */
export function isPartOfHost(text: string, value: string): boolean {
  const host = URL.parse(text)?.hostname;
  const part = value.toLowerCase();
  return host !== undefined && !part.includes('.') && host !== part && host.includes(part);
}

/** Where the path begins, in an address or in a text that is one. */
function pathBegin(text: string): number {
  const at = text.indexOf('://');
  if (at === -1) return 0;
  const from = text.slice(at + 3).search(/[/?#]/);
  return from === -1 ? text.length : at + 3 + from;
}

function spansOf({ position, value }: ConfigScalar, env: Environment): Span[] {
  const text = String(value);
  if (position.from === 'variable') return [[0, text.length]];
  if (position.from !== 'file') return [];
  return position.variables.flatMap((name) => placesOf(text, env[name] ?? ''));
}

function placesOf(text: string, value: string): Span[] {
  const spans: Span[] = [];
  if (value === '') return spans;
  for (let at = text.indexOf(value); at !== -1; at = text.indexOf(value, at + value.length)) {
    spans.push([at, at + value.length]);
  }
  return spans;
}

/** What stands between params, without the slashes around it. */
function piecesOf(text: string, [from, to]: Span): Span[] {
  const pieces: Span[] = [];
  let at = from;
  for (const piece of text.slice(from, to).split(new RegExp(`(${PARAM.source})`))) {
    let [begin, end] = [at, at + piece.length];
    while (begin < end && text[begin] === '/') begin += 1;
    while (end > begin && text[end - 1] === '/') end -= 1;
    if (begin < end && !PARAM.test(piece)) pieces.push([begin, end]);
    at += piece.length;
  }
  return pieces;
}

function secretsIn(text: string, [from, to]: Span, shown: ReadonlySet<string>): string[] {
  const piece = text.slice(from, to);
  const segments = piece.split(/[/?#&=]/).filter((segment) => segment !== '' && !shown.has(segment));
  if (segments.length === 0) return [];
  const telling = segments.filter(isTelling);
  return telling.length === segments.length ? telling : [...telling, text.slice(Math.max(0, from - 1), to)];
}

/** Whether a text that came from a variable is hidden wherever it stands: it looks like no word, or is long. */
export function isTelling(segment: string): boolean {
  if (segment.length >= LONG) return true;
  return segment.length >= SHORTEST && !WORD.test(segment);
}

/** The same of what may be the name of a host, of a database or of its user: such names are to be read in messages, however long they are. */
export function isNoName(text: string): boolean {
  return text.length >= SHORTEST && !NAME.test(text);
}
