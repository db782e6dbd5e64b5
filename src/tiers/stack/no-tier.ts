import { ForewarmError, messageOf } from '../../core/errors.ts';

/** The error of a call that failed in every tier it went to. `did` completes "no tier …". */
export function noTier(did: string, failures: readonly unknown[]): ForewarmError {
  const reasons = failures.map(messageOf).join('; ');
  return new ForewarmError('E_TIER_UNAVAILABLE', `no tier ${did}: ${reasons}`, { cause: failures[0] });
}
