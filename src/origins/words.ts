/** What a server says of a failure in its own words: for people, in messages; for us, by codes that have a meaning. */
import { isUtf8 } from 'node:buffer';
import { hideKnown } from '../core/known-secrets.ts';
import { hideSecrets } from '../core/secrets.ts';
import { readPath, textOf, withoutMark } from './json-path.ts';

export interface Said {
  /** On one line, and of any length; '' where it says nothing. May hold secrets: see `shown`, which also cuts it. */
  readonly text: string;
  /** Such as `rate_limit_exceeded`. */
  readonly codes: readonly string[];
  /** How long to wait: seconds (`60.5`), or with units (`1m0s`, `250ms`). Undefined where it does not say. */
  readonly wait: string | undefined;
}

const NOTHING: Said = { text: '', codes: [], wait: undefined };
/** Characters that a message shows. */
const LONGEST = 200;
/** And through which it is looked for what looks like a secret, and ends long after what is shown. */
const LOOKED_THROUGH = 4_000;
/** A longer body is no message, and is not read. */
const LONGEST_BODY = 64 * 1_024;

/** Where messages stand, the best first: the API's own, and RFC 9457; then those of single APIs and frameworks. */
const MESSAGES = [
  ...['error.message', 'message', 'detail', 'title', 'error_description', 'error'],
  ...['errors.0.message', 'errors.0.detail', 'errors.0', 'errors', 'msg', 'reason'],
  // FastAPI, AWS, Azure, Apigee, Telegram.
  ...['detail.0.msg', 'detail.message', 'detail.error', 'Message', 'Error.Message', 'errorMessage'],
  ...['error_message', 'error.msg', 'error.detail', 'error.description', 'errors.0.msg', 'errors.0.title'],
  ...['fault.faultstring', 'status.message', 'meta.message', 'response.message', 'description'],
];
/** Where waits stand, in seconds or with a unit: Discord, Telegram, and others. */
const WAITS = [
  'retry_after',
  'retryAfter',
  'parameters.retry_after',
  'error.retry_after',
  'error.retryAfter',
];
const WAITS_IN_MS = ['retry_after_ms', 'retryAfterMs', 'error.retry_after_ms'];
/** Such as "Please try again in 1m0s", "retry after 12 seconds". */
const WAIT_FOLLOWS = /\b(?:re)?try(?: again)? (?:in|after) /i;
const SPANS = /^\d[\d.hms]{0,30}(?=\W|$)/;
const COUNTED = /^(\d[\d.]{0,20}) (ms|milli|s|m|h)/i;
const CODES = [
  'error.code',
  'error.type',
  'error.status',
  'code',
  'type',
  'status',
  '__type',
  'error',
  'reason',
];
const CODES_OF_EACH = ['extensions.code', 'extensions.type', 'code', 'type', 'reason'];

export function saidIn(body: Uint8Array): Said {
  const bytes = withoutMark(body);
  if (bytes.byteLength === 0 || bytes.byteLength > LONGEST_BODY || !isUtf8(bytes)) return NOTHING;
  const text = textOf(bytes);
  if (/^\s*[{["]/.test(text)) {
    try {
      return saidOf(JSON.parse(text));
    } catch {
      // Not JSON after all: the text is what it says.
    }
  }
  return withWait({
    text: tidy(/^\s*</.test(text) ? wordsOfMarkup(text) : text),
    codes: [],
    wait: undefined,
  });
}

/** What a JSON value says that stands for a failure. */
export function saidOf(value: unknown): Said {
  if (typeof value === 'string') return withWait({ text: tidy(value), codes: [value], wait: undefined });
  if (Array.isArray(value)) return saidOf(typeof value[0] === 'object' ? { errors: value } : value[0]);
  const texts = MESSAGES.map((path) => readPath(value, path.split('.')));
  const text = texts.find((found) => typeof found === 'string' && found.trim() !== '');
  return withWait({
    text: typeof text === 'string' ? tidy(text) : '',
    codes: codesIn(value),
    wait: waitIn(value),
  });
}

function waitIn(value: unknown): string | undefined {
  const details = readPath(value, ['error', 'details']);
  // Google's RetryInfo.
  const delays = Array.isArray(details)
    ? details.slice(0, 10).map((each) => readPath(each, ['retryDelay']))
    : [];
  const told = [...WAITS.map((path) => readPath(value, path.split('.'))), ...delays].find(isWait);
  if (told !== undefined) return /\d$/.test(String(told)) ? `${told}s` : String(told);
  const ms = WAITS_IN_MS.map((path) => readPath(value, path.split('.'))).find(
    (each) => typeof each === 'number',
  );
  return ms === undefined ? undefined : `${String(ms)}ms`;
}

function isWait(told: unknown): told is number | string {
  return typeof told === 'number' || (typeof told === 'string' && /^\d[\dhms.]{0,30}$/.test(told));
}

/** A wait that is said in words only. */
function withWait(said: Said): Said {
  const text = said.text.slice(0, LOOKED_THROUGH);
  const lead = said.wait === undefined ? WAIT_FOLLOWS.exec(text) : null;
  if (lead === null) return said;
  const rest = text.slice(lead.index + lead[0].length);
  const [, count, unit = ''] = COUNTED.exec(rest) ?? [];
  if (count !== undefined) return { ...said, wait: `${count}${unit.toLowerCase().replace('milli', 'ms')}` };
  const spans = SPANS.exec(rest)?.[0].replace(/\.$/, '');
  return spans === undefined ? said : { ...said, wait: spans };
}

function codesIn(value: unknown): string[] {
  const errors = readPath(value, ['errors']);
  const each = Array.isArray(errors) ? errors.slice(0, 10) : [];
  const found = [
    ...CODES.map((path) => readPath(value, path.split('.'))),
    ...each.flatMap((one) => CODES_OF_EACH.map((path) => readPath(one, path.split('.')))),
  ];
  return found.flatMap((code) => (typeof code === 'string' && code.length <= LONGEST ? [code] : []));
}

/** The title of a page, or the message of an error in XML, such as S3's. */
function wordsOfMarkup(text: string): string {
  const at = text.search(/<(?:title|message|faultstring)[\s>]/i);
  const from = at === -1 ? -1 : text.indexOf('>', at);
  return from === -1 ? '' : (text.slice(from + 1, from + LOOKED_THROUGH).split('<', 1)[0] ?? '');
}

/** Without control characters, marks of direction and the like, on one line. */
function tidy(text: string): string {
  return text.replace(/[\p{C}\p{Z}]+/gu, ' ').trim();
}

/**
 * A text that a message may show: without these secrets, which a server may have repeated, and without any that look like one. It is
 * cut after that: half a secret is not recognised, and shown.
 */
export function shown(text: string, secrets: readonly string[]): string {
  const known = hideKnown(text, secrets);
  const hidden = hideSecrets(known.slice(0, LOOKED_THROUGH));
  if (hidden.length <= LONGEST && known.length <= LOOKED_THROUGH) return hidden;
  return `${hidden.slice(0, LONGEST)}…`.toWellFormed();
}

const THROTTLE_CODE =
  /throttl|rate_?limit|too_?many_?requests|slow_?down|(?:request|daily)_?limit_?exceeded|quota_?exceeded/i;
const THROTTLE_TEXT = /\brate[ _-]?limit|too many requests|\bthrottl|\bslow ?down\b/i;
const QUOTA_CODE =
  /^(?:insufficient_quota|insufficient_balance|billing_hard_limit_reached|billing_not_active)$/i;

export function isThrottleCode(code: string): boolean {
  return THROTTLE_CODE.test(code) && !/\s/.test(code);
}

export function isThrottleText(text: string): boolean {
  return THROTTLE_TEXT.test(text.slice(0, LONGEST));
}

/** No wait will help. */
export function isQuotaCode(code: string): boolean {
  return QUOTA_CODE.test(code);
}
