/** What the status, the headers and the words of an HTTP response mean. */
import { OriginError, type OriginErrorClass } from '../../core/errors.ts';
import { isQuotaCode, type Said, saidIn, shown } from '../words.ts';
import { type HttpAnswer, type HttpCall, nameOf } from './call.ts';
import { hintsOf, throttleOf } from './throttle.ts';

/** Client errors that may have passed by the next call: request timeout and too early (RFC 9110 15.5.9, RFC 8470 5.2). */
const RETRYABLE = new Set([408, 425]);
/** An answer that stands for its resource; 204 and 205 have no body, which guards refuse. */
const SUCCESS = new Set([200, 203, 204, 205]);
/** There is no such resource. */
const ABSENT = new Set([404, 410]);
/**
 * Client errors that speak of who asks, or of how: they hold for any key. All others take offence at what was asked, and of many keys
 * one may be to blame.
 */
const OF_THE_CALLER = new Set([401, 402, 405, 406, 407, 411, 415, 417, 421, 426, 428]);
/** A part of what was asked for, and one status for each (RFC 9110, 15.3.7; RFC 4918, 11.1): fewer keys may be answered as a whole. */
const IN_PARTS = new Set([206, 207]);
/** The server has begun, and has nothing yet. */
const ACCEPTED = 202;
const PAYMENT_REQUIRED = 402;

/** How answers of an origin are read. */
export interface Reading {
  readonly now: number;
  /** Statuses that mean "slow down" here, beside those that always do. */
  readonly throttledBy: readonly number[];
  /** What a server might repeat, and nobody may see. */
  readonly secrets: readonly string[];
}

/**
 * The failure that a response stands for; undefined when it has a value, or says with 304, 404 or 410 that there is
 * nothing new or nothing at all.
 */
export function failureOf(answer: HttpAnswer, call: HttpCall, reading: Reading): OriginError | undefined {
  const { status, headers, body } = answer;
  if (status === 304 || SUCCESS.has(status)) return undefined;
  if (ABSENT.has(status) && !reading.throttledBy.includes(status)) {
    // Who says when to come back does not say that there is nothing.
    const { retryAfter } = hintsOf(headers, reading.now);
    return retryAfter === undefined ? undefined : notReady(call, status, retryAfter);
  }
  const said = saidIn(body);
  if (status === ACCEPTED) return notReady(call, status, hintsOf(headers, reading.now).retryAfter);
  return failureSaid(said, { status, headers, told: `answered ${status}` }, call, reading);
}

/** A status that means failure, and how it was told: by the answer's own, or in the body of one of success. */
export interface FailureStatus extends Pick<HttpAnswer, 'status' | 'headers'> {
  readonly told: string;
}

/** The failure of an answer that has no value, whose body says this. */
export function failureSaid(
  said: Said,
  { status, headers, told }: FailureStatus,
  call: HttpCall,
  reading: Reading,
): OriginError {
  const quotaSpent = status === PAYMENT_REQUIRED || said.codes.some(isQuotaCode);
  const throttle = throttleOf({ ...reading, status, headers, said });
  const kind = quotaSpent ? 'permanent' : throttle === undefined ? classOf(status) : 'throttled';
  const ofThisCall = kind === 'retryable' ? hintsOf(headers, reading.now).retryAfter : undefined;
  const retryAt = kind === 'throttled' ? throttle?.retryAt : ofThisCall;
  const until = retryAt === undefined ? '' : ` and wants no call before ${new Date(retryAt).toISOString()}`;
  const words = said.text === '' ? '' : `: ${shown(said.text, reading.secrets)}`;
  return new OriginError(kind, `${nameOf(call)} ${told}${oddityOf(status)}${until}${words}`, {
    details: { status },
    retryAt,
    quotaSpent,
    answered: true,
    refusesBatch: kind === 'permanent' && !quotaSpent && refusesRequest(status),
  });
}

function refusesRequest(status: number): boolean {
  return IN_PARTS.has(status) || (status >= 400 && status < 500 && !OF_THE_CALLER.has(status));
}

/** What no batch can be answered with, though one key could: 304, 404 and 410. */
export function batchRefused(answer: HttpAnswer, call: HttpCall, reading: Reading): OriginError {
  const { status, headers, body } = answer;
  return failureSaid(saidIn(body), { status, headers, told: `answered ${status} to a batch` }, call, reading);
}

function notReady(call: HttpCall, status: number, retryAt: number | undefined): OriginError {
  const message = `${nameOf(call)} answered ${status}: the value is not ready yet`;
  return new OriginError('retryable', message, { details: { status }, retryAt, answered: true });
}

function classOf(status: number): OriginErrorClass {
  const isOfServer = status >= 500 && status < 600;
  return isOfServer || RETRYABLE.has(status) ? 'retryable' : 'permanent';
}

function oddityOf(status: number): string {
  return status < 600 ? '' : ', which is no status of HTTP; name it in `throttledBy` if it means "slow down"';
}
