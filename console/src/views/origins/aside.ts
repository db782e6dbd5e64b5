/** Keys in quarantine, origin by origin, as measured last. */
import type { Budget, Overview } from '../../../../src/api-client/client.ts';

/** Undefined where that was not measured. */
export function asideOf(
  { sources }: Pick<Budget, 'sources'>,
  overview: Overview | undefined,
): number | undefined {
  const known = overview?.statistics.quarantined.filter(({ source }) => sources.includes(source));
  if (known === undefined || (known.length === 0 && sources.length > 0)) return undefined;
  return known.reduce((sum, { keys }) => sum + keys, 0);
}
