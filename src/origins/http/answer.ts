/** What the status and headers of an HTTP response mean. */
import type { IncomingHttpHeaders } from 'node:http';
import { OriginError, type OriginErrorClass } from '../../core/errors.ts';
import { type HttpAnswer, type HttpCall, nameOf } from './call.ts';

/** Client errors that may have passed by the next call: request timeout and too early (RFC 9110 15.5.9, RFC 8470 5.2). */
const RETRYABLE = new Set([408, 425]);
/** Of a call for many keys: one of them is bad, or there are too many of them (RFC 9110 15.5.1, 15.5.14, 15.5.15, 15.5.21). */
const REFUSES_BATCH = new Set([400, 413, 414, 422]);
/** An answer that stands for its resource; 204 and 205 have no body, which guards refuse. */
const SUCCESS = new Set([200, 203, 204, 205]);

/**
 * The failure that a response stands for; undefined when it has a value, or says with 304, 404 or 410 that there is
 * nothing new or nothing at all.
 */
export function failureOf(answer: HttpAnswer, call: HttpCall, now: number): OriginError | undefined {
  const { status, headers } = answer;
  if (status === 304 || status === 404 || status === 410) return undefined;
  if (SUCCESS.has(status)) return encodingFailure(headers, call);
  const retryAt = retryAtOf(headers, now);
  const kind = classOf(status, retryAt);
  const until = retryAt === undefined ? '' : `, to come back at ${new Date(retryAt).toISOString()}`;
  return new OriginError(kind, `${nameOf(call)} answered ${status}${until}`, {
    details: { status },
    retryAt: kind === 'throttled' ? retryAt : undefined,
    refusesBatch: REFUSES_BATCH.has(status),
  });
}

function classOf(status: number, retryAt: number | undefined): OriginErrorClass {
  if (status === 429 || (status === 503 && retryAt !== undefined)) return 'throttled';
  return status >= 500 || RETRYABLE.has(status) ? 'retryable' : 'permanent';
}

function encodingFailure(headers: IncomingHttpHeaders, call: HttpCall): OriginError | undefined {
  const encoding = headers['content-encoding'];
  if (encoding === undefined || encoding.toLowerCase() === 'identity') return undefined;
  return new OriginError(
    'permanent',
    `${nameOf(call)} answered with content-encoding "${encoding}", though identity was asked for`,
  );
}

/** The latest time that a JavaScript date can hold, in ms. */
const LAST_INSTANT = 8.64e15;

/**
 * When `Retry-After` (RFC 9110 10.2.3) asks to come back, in ms since the epoch; undefined when it does not say. A date
 * is taken relative to the answer's own `Date`, so that the origin's clock need not agree with ours.
 */
export function retryAtOf(headers: IncomingHttpHeaders, now: number): number | undefined {
  const text = headers['retry-after']?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d+$/.test(text)) return Math.min(LAST_INSTANT, now + Number(text) * 1_000);
  const at = dateOf(text);
  if (Number.isNaN(at)) return undefined;
  const sent = dateOf(headers.date);
  return Math.max(now, Number.isNaN(sent) ? at : now + (at - sent));
}

/** NaN for anything but an HTTP date: `Date.parse` alone would accept more. */
function dateOf(text: string | undefined): number {
  return text !== undefined && /^[A-Z][a-z]+,? /.test(text) ? Date.parse(text) : Number.NaN;
}

/** A header's value as one string. */
export function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
