/** The headers of an answer. Every header is read here, so that one which is sent twice means the same everywhere. */
import type { IncomingHttpHeaders } from 'node:http';
import { metadataFrom, type ValueMetadata } from '../../core/validators.ts';

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

  /** What is stored beside a body, with its version. */
  metadata(version: string | undefined): ValueMetadata {
    const [contentType, etag] = [this.get('content-type'), this.get('etag')];
    return metadataFrom({ contentType, etag, lastModified: this.get('last-modified'), version });
  }
}
