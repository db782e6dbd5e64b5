/** Conditional requests (RFC 9110, 13): whether a client still has what it would be sent. */
import type { IncomingHttpHeaders } from 'node:http';
import { parseHttpDate } from '../core/http-date.ts';

/** What the answer would be without conditions. */
export interface Selected {
  /** Strong, in quotes. */
  readonly etag: string;
  /** In ms since the epoch, of whole seconds; undefined where it is not known. */
  readonly lastModified: number | undefined;
}

export type Verdict = 'send' | 'not modified' | 'failed';

/** The order is that of RFC 9110, 13.2.2, for GET and HEAD. Fields of another shape than theirs, and dates that are none, are ignored. */
export function judge(headers: IncomingHttpHeaders, selected: Selected, now: number): Verdict {
  const ifMatch = headers['if-match'];
  if (ifMatch !== undefined) {
    if (!names(ifMatch, selected.etag, 'strong')) return 'failed';
  } else if (isModifiedSince(headers['if-unmodified-since'], selected, now) === true) return 'failed';
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined) return names(ifNoneMatch, selected.etag, 'weak') ? 'not modified' : 'send';
  return isModifiedSince(headers['if-modified-since'], selected, now) === false ? 'not modified' : 'send';
}

/** Undefined where nobody can say. */
function isModifiedSince(
  field: string | undefined,
  { lastModified }: Selected,
  now: number,
): boolean | undefined {
  const since = field === undefined ? undefined : parseHttpDate(field.trim(), now);
  if (since === undefined || lastModified === undefined) return undefined;
  return lastModified > since;
}

const MEMBER = /(W\/)?("[\x21\x23-\x7e\x80-\xff]*")/g;

/** Whether a list of entity tags names this one (RFC 9110, 8.8.3.2). A weak tag never matches by strong comparison. */
function names(field: string, etag: string, comparison: 'strong' | 'weak'): boolean {
  if (field.trim() === '*') return true;
  return [...field.matchAll(MEMBER)].some(
    ([, weak, tag]) => tag === etag && (comparison === 'weak' || weak === undefined),
  );
}
