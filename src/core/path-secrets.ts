import { percentDecoded } from './text.ts';

/**
 * Secrets that stand in the path of an address: `https://api.example/v1/SECRET/quote`, or the address of a webhook, which is itself the
 * right to call it. A path is shown in messages, so these are told apart from what only names a resource: by what is known to be
 * secret, and by how they look.
 */

/** Names of variables that hold a secret. */
const TELLING =
  /token|secret|passw|passphrase|pwd|credential|webhook|signature|private|access|api_?key|(^|_)(key|auth|creds?|sig|pass)(_|\d|$)/i;
/** Of letters and digits without a blank or a dash, in characters: words that people make are shorter, or are {@link WORDS}. */
const LONG = 20;
/** Words of letters, written together, and perhaps a year. */
const WORDS = /^[A-Za-z]?[a-z]*([A-Z][a-z]+)*\d{0,4}$/;
const UUID = /[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/i;
/** Where letters and digits, or capitals and others, take turns; names of things have few of these. */
const TURN = /[a-z](?=[A-Z\d])|[A-Z](?=\d)|\d(?=[A-Za-z])/g;
const MANY_TURNS = 8;
/** A part of a path behind which everything is the secret, and that of Slack, whose parts are short. */
const WEBHOOK = /webhook/i;
const SLACK = /\/services\/(T\w{4,})\/(B\w{4,})\/(\w{4,})/g;
const PARAM = /\{[^{}]*\}/;

/** Whether a variable of this name holds a secret. */
export function isTellingName(name: string): boolean {
  return TELLING.test(name);
}

/**
 * The secrets in the path of an address, or in a path alone, as they are written there: those that look like one, and `known` ones. Of an
 * address that is known to be secret, that is its path.
 */
export function pathSecretsIn(text: string, known: readonly string[] = []): string[] {
  const path = pathOf(text);
  if (!path.includes('/')) return [];
  const decoded = percentDecoded(path);
  const isInIt = (secret: string) => secret !== '' && (path.includes(secret) || decoded.includes(secret));
  const secrets = known.map((secret) => (secret.includes('://') ? withoutSlashes(pathOf(secret)) : secret));
  return [...new Set([...secrets.filter(isInIt), ...lookingSecret(path)])];
}

/** What follows the host, or all of a text that has none. */
function pathOf(text: string): string {
  const at = text.indexOf('://');
  if (at === -1 || /[^\w+.\s-]/.test(text.slice(0, at))) return text;
  const behind = text.slice(at + 3);
  const from = behind.search(/[/?#]/);
  return from === -1 ? '' : behind.slice(from);
}

function withoutSlashes(path: string): string {
  return path.split('/').filter(Boolean).join('/');
}

function lookingSecret(path: string): string[] {
  const [way = ''] = path.split(/[?#]/, 1);
  const slack = [...way.matchAll(SLACK)].flatMap((match) => match.slice(1));
  const segments = way.split('/');
  const hook = segments.findIndex((segment) => WEBHOOK.test(segment));
  const behind = hook === -1 ? [] : segments.slice(hook + 1);
  const random = segments.flatMap((segment) => segment.split(PARAM)).filter(looksRandom);
  return [...slack, ...behind.flatMap((segment) => segment.split(PARAM)), ...random].filter(Boolean);
}

function looksRandom(segment: string): boolean {
  const text = percentDecoded(segment);
  if (text.length < LONG) return false;
  const isLong = text.split(/[^A-Za-z\d]/).some((word) => word.length >= LONG && !WORDS.test(word));
  return isLong || UUID.test(text) || (text.match(TURN)?.length ?? 0) >= MANY_TURNS;
}
