/**
 * Every error that Forewarm throws on purpose. A code is never reused for another meaning; `docs/errors.md` is
 * generated from the table below, and the control API responds with its status.
 */
import { hideSecrets } from './secrets.ts';

interface ErrorEntry {
  /** The HTTP status of the control API's response. */
  readonly status: number;
  /** What happened, in one sentence. */
  readonly meaning: string;
  /** What the user can do. */
  readonly remedy: string;
}

export const ERRORS = {
  E_CONFIG_INVALID: {
    status: 500,
    meaning: 'The configuration has a value that cannot be used.',
    remedy: 'The message names file, line and path; `forewarm config check` lists every problem at once.',
  },
  E_CONFIG_NOT_FOUND: {
    status: 500,
    meaning: 'The configuration file does not exist or cannot be read.',
    remedy: 'Pass `--config FILE` or set FOREWARM_CONFIG.',
  },
  E_PORT_TAKEN: {
    status: 500,
    meaning: 'A server cannot listen at its address: another program does.',
    remedy: 'Stop the other program, which may be a Forewarm of before, or set the port of the message.',
  },
  E_ENTITIES_INVALID: {
    status: 500,
    meaning: 'An entity set cannot be read, or one of its rows lacks a column.',
    remedy: 'The message names the file and row; correct it and try again. Nothing of this set was warmed.',
  },
  E_CALENDAR_INVALID: {
    status: 500,
    meaning: 'A calendar of a schedule cannot be read, or has a line that is no window.',
    remedy:
      'The message names the file and line. Until it can be read, the schedule fires nothing; its times are then made up for as `missed` says.',
  },
  E_ENTITIES_UNAVAILABLE: {
    status: 503,
    meaning:
      'The rows of an entity set do not come now: in the time that a request has for them, or because its origin does not give its list.',
    remedy:
      'The message says why. A list is read again by itself, and one that was read before stays in use until then; a module or a query has to give its rows sooner.',
  },
  E_SELECTOR_INVALID: {
    status: 400,
    meaning: 'A selector cannot be parsed, or names something that is not configured.',
    remedy: 'The message quotes the term and names the nearest known word.',
  },
  E_SOURCE_UNKNOWN: {
    status: 404,
    meaning: 'A reader was asked for a source that is not configured.',
    remedy: 'The message names the nearest one; `sources` of the configuration lists them.',
  },
  E_KEY_INVALID: {
    status: 400,
    meaning: 'A key matches no source, or a param that it is built from is missing or empty.',
    remedy: 'The message names the param, or shows what keys look like.',
  },
  E_REQUEST_INVALID: {
    status: 400,
    meaning: 'A request, or an argument of a call of the library, does not have the required shape.',
    remedy: 'The message and its `errors` say of each place what it needs.',
  },
  E_UNAUTHENTICATED: {
    status: 401,
    meaning: 'The request carries no bearer token, or one that is not configured.',
    remedy: 'Send `Authorization: Bearer TOKEN` with a token of `api.tokens`.',
  },
  E_FORBIDDEN: {
    status: 403,
    meaning:
      'The token lacks the scope this verb needs, or no token is configured and the caller is not on loopback.',
    remedy: 'Use a token with the scope named in the message.',
  },
  E_NOT_FOUND: {
    status: 404,
    meaning: 'There is no such run, key, schedule or path.',
    remedy: 'List what exists: `forewarm runs`, `forewarm list`, `forewarm schedules`.',
  },
  E_METHOD_NOT_ALLOWED: {
    status: 405,
    meaning: 'The path exists, but not for this method.',
    remedy: 'The `Allow` header lists the methods of this path.',
  },
  E_CONFLICT: {
    status: 409,
    meaning: 'What was asked is not possible in the present state.',
    remedy: 'The message says what the state is.',
  },
  E_NOT_ACCEPTABLE: {
    status: 406,
    meaning: 'The request accepts no media type in which the answer is sent.',
    remedy: 'Leave `Accept` out, or name a type that the message names.',
  },
  E_PRECONDITION_FAILED: {
    status: 412,
    meaning: 'The value is not, or no longer, the one that `If-Match` or `If-Unmodified-Since` asks for.',
    remedy: 'Read it without the condition, and go on from what it is now.',
  },
  E_IDEMPOTENCY_REUSED: {
    status: 422,
    meaning: 'An Idempotency-Key was used before with a different request.',
    remedy: 'Use a new key for a new request.',
  },
  E_TOO_LARGE: {
    status: 413,
    meaning: 'A body is larger than the configured limit.',
    remedy: 'Raise the limit that the message names, or make the body smaller.',
  },
  E_MEDIA_TYPE: {
    status: 415,
    meaning: 'A request body has an unsupported content type.',
    remedy: 'Send JSON, with `Content-Type: application/json`.',
  },
  E_NOT_READY: {
    status: 503,
    meaning: 'This process is stopping, or cannot do its work now.',
    remedy: 'Ask another process, or try this one again later; the message says what is missing.',
  },
  E_GIVEN_UP: {
    status: 503,
    meaning: 'The answer did not come within its bound, or whoever asked has left.',
    remedy:
      'What was not done by then is not done later. Ask again; `forewarm doctor` says what does not answer.',
  },
  E_REDIS_UNAVAILABLE: {
    status: 503,
    meaning: 'The Redis for jobs cannot be reached or cannot be started.',
    remedy: 'Check `redis.jobs`; `forewarm doctor` says what is wrong with the server it finds.',
  },
  E_BODY_INVALID: {
    status: 422,
    meaning: 'A body does not match its format, or a value cannot be written in that format.',
    remedy:
      'The message says what does not match; `sources.NAME.format` sets how bodies are read and written.',
  },
  E_TIER_UNAVAILABLE: {
    status: 503,
    meaning: 'A tier did not respond in time, or its breaker is open.',
    remedy: 'Reads continue with the next tier; missed writes are repaired when the tier is back.',
  },
  E_TIER_CLOSED: {
    status: 503,
    meaning: 'A tier was used after it was closed.',
    remedy: 'The process is stopping; try another one.',
  },
  E_TIER_CORRUPT: {
    status: 500,
    meaning: 'A stored entry does not match its checksum or has an unknown format.',
    remedy: 'It counts as missing and is replaced from the next tier or the origin.',
  },
  E_ORIGIN_FAILED: {
    status: 502,
    meaning: 'An origin could not be reached, timed out, or returned a server error.',
    remedy: 'It is retried with back-off; keys that still fail become dead letters.',
  },
  E_ORIGIN_THROTTLED: {
    status: 503,
    meaning:
      'An origin asked for fewer calls: 429, or another status with Retry-After, a rate-limit header or words to that effect.',
    remedy:
      'Calls to that origin pause until the time it named; lower `origins.NAME.rate` if it happens often.',
  },
  E_ORIGIN_REJECTED: {
    status: 502,
    meaning:
      'An origin refused a request in a way that a retry cannot change (4xx, malformed response, redirect to another host).',
    remedy: 'Check the request template, credentials and JSON paths of the source.',
  },
  E_BUDGET_DEFERRED: {
    status: 503,
    meaning: "The origin's budget grants no permit soon enough; the work returns to the queue until then.",
    remedy: 'Nothing; the work is resumed automatically.',
  },
  E_JOB_INVALID: {
    status: 500,
    meaning: 'A job has an unknown kind or a payload that its kind does not accept.',
    remedy: 'It was probably queued by another version; it is kept as a dead letter.',
  },
  E_UNCAUGHT: {
    status: 500,
    meaning:
      'Something was thrown where no call waits for it, such as in a timer of a module of yours; the process ends.',
    remedy:
      'In a module of yours: await every promise, and catch what timers and listeners throw. Elsewhere: please report it. Work in hand goes back to the queue.',
  },
  E_INTERNAL: {
    status: 500,
    meaning: 'Something unexpected happened.',
    remedy: 'The log has the details at the same time; please report it.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

export interface ErrorInit {
  /** Plain data: key, tier, origin, source, path. Never a secret. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** Characters of one line of a message, and lines. A value that somebody quotes may be of any length. */
const LONGEST_LINE = 2_000;
const LINE_END = 500;
const MOST_LINES = 250;

/** Every line with its beginning, which says where, and its end, which says what to do. */
function bounded(message: string): string {
  if (message.length <= LONGEST_LINE) return message;
  const lines = message.split('\n').map((line) => {
    if (line.length <= LONGEST_LINE) return line;
    return `${line.slice(0, LONGEST_LINE - LINE_END)} … ${line.slice(-LINE_END)}`.toWellFormed();
  });
  const more = lines.length > MOST_LINES ? ['…'] : [];
  return [...lines.slice(0, MOST_LINES), ...more].join('\n');
}

/**
 * The base of all our errors. The message names the subject, quotes the value and says what to do. It is shown in many places, to
 * people who may see no secret: so credentials in it are hidden here, and what is too long for a line is cut.
 */
export class ForewarmError extends Error {
  override readonly name: string = 'ForewarmError';
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, init: ErrorInit = {}) {
    super(hideSecrets(bounded(message)), init.cause === undefined ? {} : { cause: init.cause });
    this.code = code;
    this.details = init.details ?? {};
  }
}

/** How a caller should treat an origin's failure. */
export type OriginErrorClass = 'retryable' | 'throttled' | 'permanent';

/** A call to an origin, or one key of a batch call, that failed. */
export class OriginError extends ForewarmError {
  override readonly name = 'OriginError';
  readonly class: OriginErrorClass;
  /**
   * In ms since the epoch. `throttled`: until when the origin asked for no calls. `retryable`: before when it need not be asked for
   * this again, because it answered that the value is not ready.
   */
  readonly retryAt: number | undefined;
  /** Whether what was asked is refused, or its answer cannot be used, whoever asks: of many keys, one may be to blame. */
  readonly refusesBatch: boolean;
  /** Whether no wait will help: what was paid for is used up. */
  readonly quotaSpent: boolean;
  /** Whether a response came; where nobody says, one that may be had by a retry did not. */
  readonly answered: boolean;

  constructor(kind: OriginErrorClass, message: string, init: OriginErrorInit = {}) {
    super(ORIGIN_CODES[kind], message, init);
    this.class = kind;
    this.retryAt = init.retryAt;
    this.refusesBatch = init.refusesBatch ?? false;
    this.quotaSpent = init.quotaSpent ?? false;
    this.answered = init.answered ?? kind !== 'retryable';
  }
}

export type OriginErrorInit = ErrorInit &
  Partial<Pick<OriginError, 'retryAt' | 'refusesBatch' | 'quotaSpent' | 'answered'>>;

const ORIGIN_CODES = {
  retryable: 'E_ORIGIN_FAILED',
  throttled: 'E_ORIGIN_THROTTLED',
  permanent: 'E_ORIGIN_REJECTED',
} as const satisfies Record<OriginErrorClass, ErrorCode>;

/** The budget grants nothing soon enough: put the work back until `retryAt` (ms since the epoch). */
export class BudgetDeferredError extends ForewarmError {
  override readonly name = 'BudgetDeferredError';
  readonly retryAt: number;

  constructor(origin: string, retryAt: number, reason: string) {
    super(
      'E_BUDGET_DEFERRED',
      `no permit at origin "${origin}" before ${new Date(retryAt).toISOString()}: ${reason}`,
      {
        details: { origin, retryAt },
      },
    );
    this.retryAt = retryAt;
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof AggregateError && thrown.message === '')
    return thrown.errors.map(messageOf).join('; ');
  return thrown instanceof Error ? thrown.message : String(thrown);
}
