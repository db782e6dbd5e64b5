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

function plain(value: unknown): string | undefined {
  const text = typeof value === 'string' ? value.trim() : '';
  return text.length <= LONGEST && PLAIN.test(text) ? text : undefined;
}
