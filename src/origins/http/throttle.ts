/**
 * How origins say "slow down": every dialect of it, in one place. A hint is a time before which the origin wants no calls; of several
 * the latest counts. A reset of what is not used up is none.
 *
 * - `Retry-After` (RFC 9110, 10.2.3): seconds, also with a fraction, or a date, which is taken relative to the answer's own `Date`, so
 *   that the origin's clock need not agree with ours. `retry-after-ms` and `x-ms-retry-after-ms` (Azure, OpenAI).
 * - `x-ratelimit-reset` and its relatives (GitHub, Discord, OpenAI, Anthropic): seconds, an epoch, `6m0s` or a date.
 * - `RateLimit` and `RateLimit-Policy`: `rate-limit-fields.ts`.
 * - Where no header says it, the body: `retry_after` (Discord, Telegram), Google's `retryDelay`, "try again in 20s" (`words.ts`).
 */

import { parseHttpDate } from '../../core/http-date.ts';
import { isThrottleCode, isThrottleText, type Said } from '../words.ts';
import type { AnswerHeaders } from './headers.ts';
import { rateLimitStates } from './rate-limit-fields.ts';

export interface ThrottleHints {
  /** When to come back, as the origin asks outright. */
  readonly retryAfter: number | undefined;
  /** When to come back, also by what it says of its limits. */
  readonly retryAt: number | undefined;
  /** Whether a limit is said to be used up. */
  readonly isSpent: boolean;
}

export interface ThrottleAnswer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  readonly said: Said;
  /** Statuses that the configuration names. */
  readonly throttledBy: readonly number[];
  readonly now: number;
}

/** 420 was Twitter's, 430 is Shopify's, 509 that of hosts whose bandwidth is used up, 529 Anthropic's and Qualys's. */
const ALWAYS = new Set([420, 429, 430, 509, 529]);
/** These speak of the request, also when it used up what was left. */
const OF_THE_REQUEST = new Set([400, 404, 410, 413, 414, 422]);

/** Whether an answer asks for fewer calls, and until when; undefined when it does not. */
export function throttleOf(answer: ThrottleAnswer): { readonly retryAt: number | undefined } | undefined {
  const { status, headers, said, throttledBy, now } = answer;
  const hints = hintsOf(headers, now);
  const inWords = said.wait === undefined ? undefined : timeIn(said.wait, 1_000, { now, sent: now });
  const retryAt = hints.retryAt ?? (inWords === undefined ? undefined : bounded(inWords, now));
  if (ALWAYS.has(status) || throttledBy.includes(status)) return { retryAt };
  if (status === 503 && retryAt !== undefined) return { retryAt };
  // Of a gateway it is about all calls; of a 500 it may be about this one.
  if ((status === 502 || status === 504) && hints.retryAfter !== undefined) return { retryAt };
  const isOfClient = status >= 400 && status < 500;
  return isOfClient && isEvidence(answer, hints) ? { retryAt } : undefined;
}

/** Any other status of 4xx needs a reason to be taken for a throttle, and not for a refusal. */
function isEvidence({ status, said }: ThrottleAnswer, { retryAfter, isSpent }: ThrottleHints): boolean {
  if (retryAfter !== undefined || said.codes.some(isThrottleCode)) return true;
  return !OF_THE_REQUEST.has(status) && (isSpent || (status === 403 && isThrottleText(said.text)));
}

export function hintsOf(headers: AnswerHeaders, now: number): ThrottleHints {
  const sent = parseHttpDate(headers.get('date') ?? '', now) ?? now;
  const after: number[] = [];
  const resets: number[] = [];
  let isSpent = false;
  for (const name of headers.names()) {
    if (RETRY_AFTER.test(name)) after.push(...timesIn(headers, name, { now, sent }));
    if (REMAINING.test(name)) isSpent ||= headers.all(name).some((text) => /^0(?:\D|$)/.test(text));
    if (!RESET.test(name)) continue;
    const remaining = headers.get(name.replace(RESET, '$1remaining$2'));
    if (remaining === undefined || !(Number(remaining) > 0))
      resets.push(...timesIn(headers, name, { now, sent }));
  }
  for (const { remaining, reset } of rateLimitStates(
    headers.get('ratelimit'),
    headers.get('ratelimit-policy'),
  )) {
    if (remaining === 0) isSpent = true;
    if (reset !== undefined && !(remaining !== undefined && remaining > 0))
      resets.push(bounded(now + reset * 1_000, now));
  }
  return { retryAfter: latest(after), retryAt: latest([...after, ...resets]), isSpent };
}

/** What an answer says is left of a limit on calls, and in how many ms there is more. */
export interface QuotaHint {
  readonly remaining: number;
  readonly resetMs: number;
}

/**
 * What is left, of the limit that will be used up first at an even pace; undefined where the answer says nothing, or nothing of
 * when there is more. Limits on something other than calls, such as tokens, are left out.
 */
export function quotaOf(headers: AnswerHeaders, now: number): QuotaHint | undefined {
  const sent = parseHttpDate(headers.get('date') ?? '', now) ?? now;
  const hints: QuotaHint[] = [];
  for (const name of headers.names()) {
    if (!RESET.test(name) || OF_OTHER_THINGS.test(name)) continue;
    const text = headers.get(name.replace(RESET, '$1remaining$2')) ?? '';
    const [reset] = timesIn(headers, name, { now, sent });
    if (reset !== undefined && /^\d{1,15}$/.test(text))
      hints.push({ remaining: Number(text), resetMs: reset - now });
  }
  for (const { remaining, reset, unit } of rateLimitStates(
    headers.get('ratelimit'),
    headers.get('ratelimit-policy'),
  )) {
    if (remaining === undefined || reset === undefined || unit !== 'requests') continue;
    hints.push({ remaining: Math.floor(remaining), resetMs: bounded(now + reset * 1_000, now) - now });
  }
  const pace = ({ remaining, resetMs }: QuotaHint) => remaining / Math.max(resetMs, 1);
  return hints.sort((a, b) => pace(a) - pace(b))[0];
}

/** Such as `x-ratelimit-reset-tokens`, `anthropic-ratelimit-input-tokens-reset`. */
const OF_OTHER_THINGS = /token|byte|concurren|neuron|character|cost|point/;

const RETRY_AFTER = /^(?:x-(?:ms-)?)?retry-after(?:-ms)?$/;
/** Such as `x-ratelimit-reset`, `x-rate-limit-reset`, `x-ratelimit-reset-after`, `x-ratelimit-reset-tokens`, `anthropic-ratelimit-tokens-reset`. */
const RESET =
  /^((?:[a-z0-9-]{0,40}-)?rate-?limit-(?:[a-z0-9-]{0,40}-)?)reset(?:-after|-ms)?(-[a-z0-9-]{1,40})?$/;
const REMAINING = /^(?:[a-z0-9-]{0,40}-)?rate-?limit-(?:[a-z0-9-]{0,40}-)?remaining(?:-[a-z0-9-]{1,40})?$/;

interface Instants {
  readonly now: number;
  /** When the answer was sent, by the origin's clock. */
  readonly sent: number;
}

function timesIn(headers: AnswerHeaders, name: string, instants: Instants): number[] {
  const unit = name.endsWith('-ms') ? 1 : 1_000;
  return headers.all(name).flatMap((text) => {
    const at = timeIn(text, unit, instants);
    return at === undefined ? [] : [bounded(at, instants.now)];
  });
}

/** A number from here on is an epoch in seconds (2001), and from there on in ms (1973). */
const EPOCH_SECONDS = 1e9;
const EPOCH_MS = 1e11;

function timeIn(field: string, unit: number, { now, sent }: Instants): number | undefined {
  // Some write parameters behind it, or a sign before.
  const [plain = ''] = field.split(';', 1);
  const text = plain.trim().replace(/^\+(?=\d)/, '');
  if (/^\d{1,30}(?:\.\d{0,20})?$/.test(text)) {
    const number = Number(text);
    // What is asked for is not cut short by a fraction.
    if (unit === 1 || number < EPOCH_SECONDS) return now + Math.ceil(number * unit);
    return number < EPOCH_MS ? number * 1_000 : number;
  }
  const span = spanOf(text);
  if (span !== undefined) return now + span;
  const at = parseHttpDate(text, now) ?? instantOf(text);
  return at === undefined ? undefined : now + (at - sent);
}

const MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

/** `6m0s`, `1.5s`, `20ms`, as Go writes durations. */
function spanOf(text: string): number | undefined {
  if (text.length > 40 || !/^(?:\d+(?:\.\d+)?(?:ms|h|m|s))+$/.test(text)) return undefined;
  let ms = 0;
  for (const [, count, unit = ''] of text.matchAll(/([\d.]{1,40})(ms|h|m|s)/g))
    ms += Number(count) * (MS[unit] ?? 0);
  return Math.ceil(ms);
}

/** RFC 3339. */
function instantOf(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

/** Whatever an origin writes, it is asked again within a day. */
const LONGEST_MS = 24 * 3_600_000;

function bounded(at: number, now: number): number {
  return Math.min(Math.max(at, now), now + LONGEST_MS);
}

function latest(times: readonly number[]): number | undefined {
  return times.length === 0 ? undefined : Math.max(...times);
}
