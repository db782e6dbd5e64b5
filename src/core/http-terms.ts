/**
 * Methods, statuses and errors as metrics name them: few of each, whatever a client or a server sends.
 * https://opentelemetry.io/docs/specs/semconv/http/http-metrics/
 */

/** RFC 9110, and PATCH of RFC 5789. */
const METHODS = ['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE'] as const;
export type HttpMethod = (typeof METHODS)[number] | '_OTHER';
export const HTTP_METHODS = METHODS.length + 1;

/**
 * Beside the status of an answer that is an error. `connection`: it could not be made, or broke. `too_large`: a body beyond its limit.
 * `refused` and `unavailable`: a database said that this will not do, or that it may later. `_OTHER`: the call could not be sent.
 */
export const ERROR_TYPES = [
  'cancelled',
  'connection',
  'refused',
  'timeout',
  'too_large',
  'unavailable',
  '_OTHER',
] as const;
export type ErrorType = (typeof ERROR_TYPES)[number];

/** Three digits; '' where there is no answer. */
export type HttpStatus = `${number}` | '';

/** Those of the registry (https://www.iana.org/assignments/http-status-codes), as ranges, but for what is between two answers: 1xx. */
const REGISTERED = [
  [200, 208],
  [226, 226],
  [300, 308],
  [400, 418],
  [421, 426],
  [428, 429],
  [431, 431],
  [451, 451],
  [500, 508],
  [510, 511],
] as const;
const STATUSES: ReadonlySet<number> = new Set(
  REGISTERED.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i)),
);
/** With 1xx, and none. */
export const HTTP_STATUSES = STATUSES.size + 2;

export function methodTerm(method: string): HttpMethod {
  return METHODS.find((known) => known === method) ?? '_OTHER';
}

/** What is not registered counts as the x00 of its class, as clients take it (RFC 9110, 15). */
export function statusTerm(status: number | undefined): HttpStatus {
  if (status === undefined || !Number.isInteger(status) || status < 100 || status > 599) return '';
  return STATUSES.has(status) ? `${status}` : `${status - (status % 100)}`;
}
