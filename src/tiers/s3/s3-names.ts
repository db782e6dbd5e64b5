/**
 * The names of objects: a key, so written that every S3 server and file system takes it.
 *
 * UTF-8 bytes other than letters, digits and `-_.:,=@` are written `!` and two hex digits. `!/` stands after every 200
 * bytes, since some servers bound the length between two slashes. What a name says of a key's beginning depends on that
 * beginning only, so that the keys of a prefix are the names of one.
 */
import { createHash } from 'node:crypto';

/** Bytes of a name between two slashes. */
const PART = 200;
/** A name of more bytes is cut, and ends in a hash of the whole key. S3 takes 1,024 bytes, the tier's prefix included. */
const LONGEST = 900;
const KEPT = LONGEST - 2 - 64;

const PLAIN = /^[A-Za-z0-9\-_.:,=@]$/;
const NAME = /^(?:[A-Za-z0-9\-_.:,=@]|![0-9A-F]{2}|!\/)+(?:!![0-9a-f]{64})?$/;

/** The name of a key. Two keys never have the same one; all but those of very long keys can be read back. */
export function nameOf(key: string): string {
  const name = written(key);
  if (name.length <= LONGEST) return name;
  return `${whole(name, KEPT)}!!${createHash('sha256').update(key).digest('hex')}`;
}

/** What the names of all keys that start with `prefix` start with. Names of other, very long keys may start so, too. */
export function namePrefixOf(prefix: string): string {
  return whole(written(prefix.toWellFormed()), KEPT);
}

/** Whether `nameOf` may have made it: other things may lie in a bucket. */
export function isName(name: string): boolean {
  return NAME.test(name);
}

function written(key: string): string {
  const parts: string[] = [];
  let part = '';
  for (const byte of Buffer.from(key)) {
    const next = characterOf(byte, part === '');
    if (part.length + next.length > PART) {
      parts.push(part);
      part = characterOf(byte, true);
    } else {
      part += next;
    }
  }
  return [...parts, part].join('!/');
}

/** A dot at the beginning of a part could make it `.` or `..`, which mean something else to a file system. */
function characterOf(byte: number, first: boolean): string {
  const character = String.fromCharCode(byte);
  if (PLAIN.test(character) && !(first && character === '.')) return character;
  return `!${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

/** The beginning of a name, not cut within an escape. */
function whole(name: string, length: number): string {
  return name.slice(0, length).replace(/![0-9A-F]?$/, '');
}
