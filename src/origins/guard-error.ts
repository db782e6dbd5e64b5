/** Errors that stand in a body of success: `guard.error` names where. */
import type { GuardRules } from '../core/source.ts';
import { parsePath, readPath } from './json-path.ts';
import { saidOf, shown } from './words.ts';

/** What stands where `guard.error` says; undefined without that rule. */
export function toldFailure({ error }: Pick<GuardRules, 'error'>, value: unknown): unknown {
  return error === undefined ? undefined : readPath(value, parsePath(error));
}

/** Whether something that stands for an error is one: not null, false, zero, or empty, as it is where all went well. */
export function isTold(found: unknown): boolean {
  if (found === undefined || found === null || found === false || found === 0 || found === '') return false;
  return typeof found !== 'object' || Object.keys(found).length > 0;
}

/** Why a value is refused that tells of a failure, without these secrets; undefined when it tells of none. */
export function toldReason(
  rules: Pick<GuardRules, 'error'>,
  value: unknown,
  secrets: readonly string[],
): string | undefined {
  const found = toldFailure(rules, value);
  if (!isTold(found)) return undefined;
  const text =
    typeof found === 'number' || found === true ? String(found) : shown(saidOf(found).text, secrets);
  return `the origin tells of a failure at "${rules.error}"${text === '' ? '' : `: ${text}`}`;
}
