/**
 * What an origin says about a value, where it may be sent again or shown as a header: an ETag or a date goes back to the origin
 * as a condition, a content type to readers. One that no header can hold would make every later call fail, so it is left out.
 */

/** Longer than any in use, and short enough that a request with it is not refused for its size. */
const LONGEST = 1_024;
/** Visible ASCII, with blanks between. RFC 9110 (8.8.3) lets a tag hold other bytes as well, which clients and servers spell in different ways. */
const PLAIN = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/;
const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:\s*;[\x20-\x7e\t]*)?$/;

/** An ETag that is safe to send as If-None-Match. `*` is none: as a condition it is true of any value. */
export function safeEtag(value: unknown): string | undefined {
  const text = plain(value);
  return text === '*' || text === 'W/' || text === '""' || text === 'W/""' ? undefined : text;
}

/** A Last-Modified that is safe to send as If-Modified-Since. What it means is the origin's to say. */
export function safeDate(value: unknown): string | undefined {
  return plain(value);
}

/** The same, if a header can hold it: of what was stored somewhere else, and is to come back as it was. */
export function carriable(text: string | undefined): string | undefined {
  return text !== undefined && text.length <= LONGEST && /^[\x20-\x7e]*$/.test(text) ? text : undefined;
}

export function safeType(value: unknown): string | undefined {
  const text = plain(value);
  return text !== undefined && MEDIA_TYPE.test(text) ? text : undefined;
}

/** A version is compared and shown, never sent. */
export function safeVersion(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= LONGEST ? value : undefined;
}

/** What an origin says beside a value. */
export interface ValueMetadata {
  readonly contentType?: string;
  readonly etag?: string;
  readonly lastModified?: string;
  readonly version?: string;
  /** Which of these were given and are left out, and why, for people. */
  readonly unusable?: string;
}

type Given = { readonly [K in Exclude<keyof ValueMetadata, 'unusable'>]?: unknown };

const READERS: {
  readonly [K in keyof Given]-?: readonly [name: string, read: typeof safeEtag, otherwise: string];
} = {
  contentType: ['content type', safeType, 'is no media type'],
  etag: ['ETag', safeEtag, 'distinguishes nothing'],
  lastModified: ['Last-Modified', safeDate, 'says nothing'],
  version: ['version', safeVersion, 'says nothing'],
};

/** Of what an origin gave beside a value that which can be used, and why the rest cannot. */
export function metadataFrom(given: Given): ValueMetadata {
  const usable: { -readonly [K in keyof ValueMetadata]: ValueMetadata[K] } = {};
  const faults: string[] = [];
  for (const member of ['contentType', 'etag', 'lastModified', 'version'] as const) {
    const [name, read, otherwise] = READERS[member];
    const value = given[member];
    const text = read(value);
    if (text !== undefined) usable[member] = text;
    else if (value !== undefined) faults.push(`its ${name} ${faultOf(value) ?? otherwise}`);
  }
  return faults.length === 0 ? usable : { ...usable, unusable: faults.join('; ') };
}

/** Why it is left out, without quoting it: it may hold anything. */
function faultOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'is no text';
  const text = value.trim();
  if (text === '') return 'is empty';
  if (text.length > LONGEST) return `has ${text.length} characters, and ${LONGEST} are kept`;
  const odd = /[^\x20-\x7e]/u.exec(text)?.[0];
  if (odd === undefined) return undefined;
  const code = (odd.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `has a character that cannot be sent back, U+${code}`;
}

function plain(value: unknown): string | undefined {
  const text = typeof value === 'string' ? value.trim() : '';
  return text.length <= LONGEST && PLAIN.test(text) ? text : undefined;
}
