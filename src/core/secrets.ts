/**
 * What a person may see of a text that can hold a secret. Everything that is shown (messages, logs, `config print`) goes
 * through here, so that URLs are cut in one way.
 *
 * Mistakes are what gets shown most, so a URL is taken apart by hand, without trust: a password with a `/`, `?`, `#`, `@` or a
 * space in it moves the end of what parsers take for the host, and they show the rest of it as a path.
 */

const SECRET_NAMES = [
  'password',
  'secret',
  'token',
  'tokens',
  'authorization',
  'cookie',
  'apiKey',
  'headers',
];

/** Fields of a log record that are never written, at the top and one level down. */
export const SECRET_PATHS: string[] = SECRET_NAMES.flatMap((name) => [name, `*.${name}`]);

/** What stands in place of a secret. */
export const REDACTED = '[redacted]';

/** One host or several, each with its port: all that may be shown of what stands between `://` and the path. */
const HOSTS = /^(\[[\da-f:.]+\]|\w[\w.-]*)(:\d{1,5})?(,(\[[\da-f:.]+\]|\w[\w.-]*)(:\d{1,5})?)*$/i;
/** A host that is no user's name: then an `@` in the path of a web address is nothing but an `@`. */
const SURE_HOST = /^(localhost|[\w-]+(\.[\w-]+)+|\[[\da-f:.]+\])(:\d{1,5})?$/i;
/** Schemes whose URLs have no host. */
const LOCAL = /^(unix|file)$/i;

interface UrlParts {
  readonly scheme: string;
  /** All that comes before a `/`, `?`, `#` or `\`. */
  readonly authority: string;
  readonly host: string;
  readonly rest: string;
}

function partsOf(scheme: string, run: string): UrlParts {
  const authority = /^[^/?#\\]*/.exec(run)?.[0] ?? '';
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  return { scheme, authority, host, rest: run.slice(authority.length) };
}

/** A URL for people: without user, password, query and fragment; of one that cannot be relied on, its scheme. */
export function showUrl(url: string): string {
  const [, scheme = '', run = ''] = /^([a-z][a-z\d+.-]*):\/\/(.*)$/is.exec(url.trim()) ?? [];
  if (scheme === '') return REDACTED;
  const { authority, host, rest } = partsOf(scheme, run);
  if (LOCAL.test(scheme) && authority === '') return `${scheme}://${withoutQuery(rest)}`;
  if (!HOSTS.test(host) || rest.includes('@')) return `${scheme}://${REDACTED}`;
  return `${scheme}://${host === authority ? '' : `${REDACTED}@`}${host}${withoutQuery(rest)}`;
}

function withoutQuery(rest: string): string {
  return rest
    .replace(/([?#]).*/s, `$1${REDACTED}`)
    .replace(/[a-z][a-z\d+.-]{0,30}:\/\/.*$/is, REDACTED)
    .replace(NAMED_SECRET, `$1$2${REDACTED}`);
}

/** A single value for people: a URL as `showUrl` has it, any other text without the secrets inside it. */
export function showValue(value: string): string {
  if (/^\s*[a-z][a-z\d+.-]*:\/\//i.test(value)) return showUrl(value);
  return hideSecrets(value)
    .split(/(\s+)/)
    .map((word) => (word.includes('://') ? word : withoutUser(word)))
    .join('');
}

/** `user:password@host` without a scheme, or with half of one. */
function withoutUser(word: string): string {
  const at = word.lastIndexOf('@');
  return word.lastIndexOf(':', at) === -1 || at === -1 ? word : `${REDACTED}${word.slice(at)}`;
}

/** A scheme and what follows it, escapes of JSON included; and the rest of a password that has a space or a line break in it. */
const URL_IN_TEXT =
  /\b([a-z][a-z\d+.-]{0,30}):\/\/((?:[^\s"\\]|\\[^nrt])*)((?:[^"\\@]|\\[nrt]){0,100}@(?:[^\s"\\]|\\[^nrt])*)?/gi;
/** The same, percent-encoded once: as it stands in the query of another. */
const ENCODED_URL = /\b([a-z][a-z\d+.-]{0,30}%3a%2f%2f)([^\s"]*)/gi;
/** `name=value`, as connection strings and forms have it, and `name: value`, as headers do; not what a message says of an option. */
const NAMED_SECRET =
  /\b([\w-]{0,40}?(?:password|passwd|pwd|secret|api[_-]?key|access[_-]?key|auth[_-]?token|access[_-]?token|signature))(\s{0,3}=\s{0,3}|:\s{1,3})(?!\[redacted\]|(?:is|must|needs|has|cannot|was|are) )[^\s"'&;,\\]+/gi;
/** What ends a sentence or a quotation, and not a URL. */
const AFTER_URL = ".,;:!?)]}>'`…";

/** What ends a text that began with a URL. Not by a pattern: that takes quadratic time for a megabyte of dots. */
function afterUrl(text: string): string {
  let end = text.length;
  while (end > 0 && AFTER_URL.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(end);
}

/**
 * Hides credentials inside a text, such as an error message or a whole JSON line: those of URLs and their queries, bearer and basic
 * tokens, and what stands behind a telling name. Quotes are never touched, so JSON stays JSON.
 */
export function hideSecrets(text: string): string {
  return hideInUrls(text.replace(NAMED_SECRET, `$1$2${REDACTED}`))
    .replace(ENCODED_URL, (all, scheme: string, run: string) => {
      const at = run.lastIndexOf('%40');
      return at === -1 ? all : `${scheme}${REDACTED}${run.slice(at)}`;
    })
    .replace(/\b(bearer|basic) +[\w.~+/=-]{12,}/gi, `$1 ${REDACTED}`)
    .replace(/([?&](?:[\w-]*(?:token|secret|password|signature|key)))=[^&\s"\\]+/gi, `$1=${REDACTED}`);
}

function hideInUrls(text: string): string {
  return text.replace(URL_IN_TEXT, (_, scheme: string, run: string, more: string = '') => {
    const parts = partsOf(scheme, run);
    const { authority, host, rest } = parts;
    if (isHarmless(parts)) return `${scheme}://${authority}${shownRest(rest)}${hideInUrls(more)}`;
    if (authority.includes('@') && !rest.includes('@'))
      return `${scheme}://${REDACTED}@${host}${shownRest(rest)}${hideInUrls(more)}`;
    return `${scheme}://${REDACTED}`;
  });
}

/** Without the query, which ends where the sentence begins again, and without another URL. */
function shownRest(rest: string): string {
  const at = rest.search(/[?#]|[a-z][a-z\d+.-]{0,30}:\/\//i);
  if (at === -1) return rest;
  const from = /[?#]/.test(rest[at] ?? '') ? at + 1 : at;
  if (rest.startsWith(REDACTED, from)) return rest;
  const end = afterUrl(rest.slice(from).replaceAll(REDACTED, 'x'));
  return `${rest.slice(0, from)}${rest.length - end.length === from ? '' : REDACTED}${end}`;
}

/** A scheme alone, as a sentence names it; not `redis://:`, after which a password may come. */
function isEmpty(authority: string, rest: string): boolean {
  return rest === '' && !authority.includes(':');
}

/** Whether no part of it can be a password. */
function isHarmless({ scheme, authority, rest }: UrlParts): boolean {
  if (authority.includes('@')) return false;
  const host = HOSTS.test(authority)
    ? authority
    : authority.slice(0, authority.length - afterUrl(authority).length);
  if (!rest.includes('@'))
    return host === ''
      ? isEmpty(authority, rest) || (LOCAL.test(scheme) && authority === '')
      : HOSTS.test(host);
  return LOCAL.test(scheme) ? authority === '' : /^https?$/i.test(scheme) && SURE_HOST.test(host);
}
