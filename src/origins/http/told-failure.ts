/**
 * Failures that are told in an answer of success: an API that answers 200 to everything says "slow down" in the body. What is only an
 * error is left to the guard, which keeps the old value; a throttle has to stop the calls.
 */
import type { OriginError } from '../../core/errors.ts';
import type { GuardRules } from '../../core/source.ts';
import { isTold, toldFailure } from '../guard-error.ts';
import { parseJson, readPath } from '../json-path.ts';
import { isQuotaCode, isThrottleCode, isThrottleText, type Said, saidOf } from '../words.ts';
import { failureSaid, type Reading } from './answer.ts';
import type { HttpAnswer, HttpCall } from './call.ts';

/** A longer body is a value. */
const LONGEST = 64 * 1_024;
/** Whatever says "slow down" has this status in mind. */
const TOO_MANY_REQUESTS = 429;

/** Undefined where the answer says nothing of the kind. */
export function throttleTold(
  answer: HttpAnswer,
  rules: Pick<GuardRules, 'error'>,
  call: HttpCall,
  reading: Reading,
): OriginError | undefined {
  const said = saidInError(answer.body, rules);
  if (said === undefined) return undefined;
  const isThrottle = said.codes.some((code) => isThrottleCode(code) || isQuotaCode(code));
  if (!isThrottle && (rules.error === undefined || !isThrottleText(said.text))) return undefined;
  const { status, headers } = answer;
  const told = `answered ${status}, and in it that it is asked too often`;
  return failureSaid(said, { status: TOO_MANY_REQUESTS, headers, told }, call, reading);
}

function saidInError(body: Uint8Array, rules: Pick<GuardRules, 'error'>): Said | undefined {
  if (body.byteLength > LONGEST || (rules.error === undefined && !mentionsErrors(body))) return undefined;
  let value: unknown;
  try {
    value = parseJson(body);
  } catch {
    return undefined;
  }
  const error = rules.error === undefined ? errorsWithoutData(value) : toldFailure(rules, value);
  return isTold(error) ? saidOf(error) : undefined;
}

function mentionsErrors(body: Uint8Array): boolean {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).includes('"errors"');
}

/** A GraphQL answer that has nothing but errors (https://spec.graphql.org/October2021/#sec-Response-Format). */
function errorsWithoutData(value: unknown): unknown {
  const errors = readPath(value, ['errors']);
  return Array.isArray(errors) && !isTold(readPath(value, ['data'])) ? errors : undefined;
}
