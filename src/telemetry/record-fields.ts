/**
 * What a record may hold, whatever it is given: plain data of bounded size and depth, without secrets. Errors of others carry what they
 * were made of, such as a command and the values it was to write; of an error only name, message, code, stack and cause are taken.
 */
import { hideKnown } from '../core/known-secrets.ts';
import { REDACTED } from '../core/secrets.ts';
import { endOfWhole } from '../core/text.ts';

/** In characters: of one text, and of all that one record is given. */
const LONGEST_TEXT = 2_000;
const LONGEST_RECORD = 12_000;
const MOST_MEMBERS = 40;
const DEEPEST = 4;
/** Errors of one that stands for several. */
const MOST_ERRORS = 5;
/** What a character takes in a line: as `\u0001`. And what a member takes beside its name and value. */
const WIDEST = 6;
const MARKS = 8;

/** Names of what is never written. */
const SECRET_NAME =
  /^(?:tokens?|headers|cookies?|set-cookie|.*(?:password|passwd|pwd|secret|authorization|api[_-]?key|access[_-]?key|auth[_-]?token|credentials?|signature))$/i;
/** What the logger itself says of every record. */
const TAKEN: ReadonlySet<string> = new Set(['level', 'time', 'pid', 'hostname', 'version', 'role', 'msg']);

/** A text as a record may hold it: without these secrets, and cut to so many characters of the line. */
export function recordText(text: string, secrets: readonly string[], longest = LONGEST_TEXT): string {
  // What is cut off in the middle of a secret is still found: its beginning is enough.
  return hideKnown(cutTo(cutTo(text, longest), longest, WIDEST), secrets);
}

/** Where the text is longer than that in the line, so many characters of it are written that they cannot be, each `width` wide. */
function cutTo(text: string, longest: number, width = 1): string {
  const written = width === 1 ? text.length : JSON.stringify(text).length;
  return written <= longest ? text : `${text.slice(0, endOfWhole(text, Math.floor(longest / width)))}…`;
}

/** The fields of one record. A name that the logger has for itself gets a `_`. */
export function recordFields(fields: object, secrets: readonly string[]): Record<string, unknown> {
  const shaped = new Shaper(secrets).membersOf(fields, 0);
  return Object.fromEntries(
    Object.entries(shaped).map(([name, value]) => [TAKEN.has(name) ? `${name}_` : name, value]),
  );
}

/** Of one record: what may still be written grows less with each part. */
class Shaper {
  readonly #secrets: readonly string[];
  #left = LONGEST_RECORD;

  constructor(secrets: readonly string[]) {
    this.#secrets = secrets;
  }

  membersOf(object: object, depth: number): Record<string, unknown> {
    const members: [string, unknown][] = [];
    for (const name of namesOf(object)) {
      if (members.length >= MOST_MEMBERS || this.#left <= 0) break;
      const own = this.#text(name, 100);
      const value = SECRET_NAME.test(name) ? REDACTED : this.#valueOf(read(object, name), depth);
      if (value !== undefined) members.push([own, value]);
    }
    return Object.fromEntries(members);
  }

  #valueOf(value: unknown, depth: number): unknown {
    this.#left -= MARKS;
    if (typeof value === 'string') return this.#text(value);
    if (typeof value === 'bigint') return this.#text(String(value));
    if (typeof value === 'number') return numberOf(value);
    if (typeof value === 'boolean' || value === null) return value;
    if (typeof value !== 'object') return undefined;
    if (depth >= DEEPEST) return '…';
    if (value instanceof Error) return this.#errorOf(value, depth);
    if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
    if (value instanceof Date) return this.#text(Number.isNaN(value.getTime()) ? '' : value.toISOString());
    return isList(value) ? this.#itemsOf(value, depth) : this.membersOf(value, depth + 1);
  }

  #errorOf(error: Error, depth: number): Record<string, unknown> {
    const { errors } = error as { errors?: unknown };
    const parts: [string, unknown][] = [
      ['type', read(error, 'name')],
      ['message', read(error, 'message')],
      ['code', read(error, 'code')],
      ['stack', read(error, 'stack')],
      ['cause', read(error, 'cause')],
      ['errors', isList(errors) ? errors.slice(0, MOST_ERRORS) : undefined],
    ];
    const shaped = parts.map(([name, part]) => [name, this.#valueOf(part, depth + 1)]);
    return Object.fromEntries(shaped.filter(([, part]) => part !== undefined));
  }

  #itemsOf(list: readonly unknown[], depth: number): unknown[] {
    const items: unknown[] = [];
    for (let i = 0; i < list.length && i < MOST_MEMBERS && this.#left > 0; i += 1)
      items.push(this.#valueOf(read(list, String(i)), depth + 1) ?? null);
    return items;
  }

  #text(text: string, longest = LONGEST_TEXT): string {
    const most = Math.max(0, Math.min(longest, this.#left));
    const cut = recordText(text, this.#secrets, most);
    this.#left -= JSON.stringify(cut).length;
    return cut;
  }
}

function numberOf(value: number): number | string {
  if (!Number.isFinite(value)) return String(value);
  return Math.round(value * 1_000) / 1_000;
}

/** Lists of another realm, and proxies of lists, are lists. */
function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function namesOf(object: object): string[] {
  try {
    return Object.keys(object);
  } catch {
    return [];
  }
}

/** A getter may throw. */
function read(object: object, name: string): unknown {
  try {
    return (object as Record<string, unknown>)[name];
  } catch {
    return 'cannot be read';
  }
}
