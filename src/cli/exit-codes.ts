import type { Answer } from '../core/answer.ts';
import type { ErrorCode } from '../core/errors.ts';

/** What a command's exit code says. Scripts rely on them: a code is never reused for another meaning. */
export const EXIT = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  partial: 3,
  nothing: 4,
  stopped: 5,
  unavailable: 6,
  unmet: 7,
  left: 8,
  /** A second signal, or a signal where there is nothing to stop: the shell's 128 + SIGINT. */
  interrupted: 130,
  /** Nobody reads the output any more: the shell's 128 + SIGPIPE. */
  unread: 141,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_MEANINGS: Readonly<Record<ExitCode, string>> = {
  0: 'all went well',
  1: 'something unexpected happened',
  2: 'the command line, a selector or the configuration is wrong',
  3: 'partly: some keys failed or were refused, coverage is not complete, or something is wrong',
  4: 'nothing was selected, or there is no such thing',
  5: 'stopped before the end: by hand, by a deadline, or by an answer',
  6: 'a service (Redis), a tier or the origin of an entity set is out of reach, or did not answer in time',
  7: 'what was demanded, such as --min 99%, is not reached',
  8: 'work is left that cannot be done now: an origin is paused, a retry comes later, or another worker has to do it',
  130: 'interrupted at once',
  141: 'the reader of the output left before its end, as `head` does',
};

const CODES: Readonly<Partial<Record<ErrorCode, ExitCode>>> = {
  E_CONFIG_INVALID: EXIT.usage,
  E_CONFIG_NOT_FOUND: EXIT.usage,
  E_PORT_TAKEN: EXIT.usage,
  E_ENTITIES_INVALID: EXIT.usage,
  E_SELECTOR_INVALID: EXIT.usage,
  E_REQUEST_INVALID: EXIT.usage,
  E_SOURCE_UNKNOWN: EXIT.usage,
  E_TOO_LARGE: EXIT.usage,
  E_CONFLICT: EXIT.usage,
  E_IDEMPOTENCY_REUSED: EXIT.usage,
  E_NOT_FOUND: EXIT.nothing,
  E_ENTITIES_UNAVAILABLE: EXIT.unavailable,
  E_GIVEN_UP: EXIT.unavailable,
  E_REDIS_UNAVAILABLE: EXIT.unavailable,
  E_TIER_UNAVAILABLE: EXIT.unavailable,
};

/** The exit code of what a read of one key says. */
export const ANSWER_EXITS: Readonly<Record<Answer, ExitCode>> = {
  value: EXIT.ok,
  absent: EXIT.nothing,
  missing: EXIT.nothing,
  unavailable: EXIT.unavailable,
};

/** The exit code of an error; what has no code of its own is unexpected. */
export function exitCodeOf(code: ErrorCode): ExitCode {
  return CODES[code] ?? EXIT.unexpected;
}
