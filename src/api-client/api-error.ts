import type { ErrorCode } from '../core/errors.ts';
import type { Problem } from './generated/api.ts';

/** A code of `docs/errors.md`. A newer server may have one that this client does not know yet. */
export type ApiErrorCode = ErrorCode | 'E_API_UNANSWERED' | (string & {});

/**
 * What a call of the control API ended with in place of its answer. `E_API_UNANSWERED` is the client's own code: nothing came, not in
 * time, or not from a control API; `status` is then undefined, or that of what came.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ApiErrorCode;
  readonly status: number | undefined;
  /** What the server said, whole: the places to change, the tiers that are silent. */
  readonly problem: Problem | undefined;
  /** In ms, where the server named it: when to ask again. */
  readonly retryAfter: number | undefined;

  constructor(
    code: ApiErrorCode,
    message: string,
    { status, problem, retryAfter, cause }: ApiErrorDetails = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.status = status;
    this.problem = problem;
    this.retryAfter = retryAfter;
  }
}

export interface ApiErrorDetails {
  readonly status?: number | undefined;
  readonly problem?: Problem | undefined;
  readonly retryAfter?: number | undefined;
  readonly cause?: unknown;
}

/** Characters of an answer that is no problem, in a message; and of what a problem says. */
const LONGEST_QUOTE = 200;
const LONGEST_DETAIL = 2_000;

/** The error that such an answer stands for. `what` names the call. */
export async function errorOf(what: string, answer: Response): Promise<ApiError> {
  const { status, headers } = answer;
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  const retryAfter = Number.isFinite(seconds) ? seconds * 1_000 : undefined;
  const text = await answer.text().catch(() => '');
  const problem = problemIn(text);
  if (problem !== undefined) {
    return problemError(what, problem, { status, retryAfter });
  }
  return new ApiError(
    'E_API_UNANSWERED',
    `${what}: ${status}, which no control API said: ${JSON.stringify(text.slice(0, LONGEST_QUOTE))}; check the URL, and the proxy in front`,
    { status, retryAfter },
  );
}

/** The error of a problem; `error.problem` has all of what a message cuts. */
export function problemError(what: string, problem: Problem, details: ApiErrorDetails = {}): ApiError {
  const { code, detail } = problem;
  const shown = detail.length <= LONGEST_DETAIL ? detail : `${detail.slice(0, LONGEST_DETAIL)}…`;
  return new ApiError(code, `${what}: ${shown}`, { ...details, problem });
}

export function isProblem(found: unknown): found is Problem {
  return (
    typeof found === 'object' &&
    found !== null &&
    'code' in found &&
    typeof found.code === 'string' &&
    'detail' in found &&
    typeof found.detail === 'string'
  );
}

function problemIn(text: string): Problem | undefined {
  try {
    const found: unknown = JSON.parse(text);
    return isProblem(found) ? found : undefined;
  } catch {
    return undefined;
  }
}
