/** The headers of an answer. Every header is read here, so that one which is sent twice means the same everywhere. */
import type { IncomingHttpHeaders } from 'node:http';
import { safeDate, safeEtag, safeType } from '../../core/validators.ts';

/**
 * Headers that have one value (RFC 9110, 5.5): sent twice, the first one counts, as for Node's own client. All others are lists,
 * and are joined by a comma (RFC 9110, 5.3).
 */
const SINGLE = new Set([
  'age',
  'content-length',
  'content-location',
  'content-type',
  'date',
  'etag',
  'expires',
  'last-modified',
  'location',
  'retry-after',
]);

export class AnswerHeaders {
  readonly #headers: IncomingHttpHeaders;

  constructor(headers: IncomingHttpHeaders) {
    this.#headers = headers;
  }

  /** The value of a header; undefined where there is none, or an empty one. `name` is in lower case. */
  get(name: string): string | undefined {
    const all = this.all(name);
    const value = SINGLE.has(name) ? all[0] : all.join(', ');
    return value === '' ? undefined : value;
  }

  /** Every line of a header that says something, in order. */
  all(name: string): readonly string[] {
    const value = Object.hasOwn(this.#headers, name) ? this.#headers[name] : undefined;
    const lines = Array.isArray(value) ? value : [value];
    return lines.flatMap((line) => (line === undefined || line.trim() === '' ? [] : [line.trim()]));
  }

  /** The names there are, in lower case. */
  names(): readonly string[] {
    return Object.keys(this.#headers);
  }

  /** What is stored beside a body: only what can be sent again. */
  metadata(): { readonly contentType?: string; readonly etag?: string; readonly lastModified?: string } {
    const contentType = safeType(this.get('content-type'));
    const etag = safeEtag(this.get('etag'));
    const lastModified = safeDate(this.get('last-modified'));
    return {
      ...(contentType !== undefined && { contentType }),
      ...(etag !== undefined && { etag }),
      ...(lastModified !== undefined && { lastModified }),
    };
  }
}
