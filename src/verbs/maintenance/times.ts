import type { Times } from '../../core/entry.ts';

/**
 * Pairs of times of which the first is never the later one. An invalidation ends freshness by the clock of the process that asks
 * for it, so the order of `checkedAt` and `dueAt` says nothing.
 */
const ORDER = [
  ['fetchedAt', 'checkedAt'],
  ['dueAt', 'staleAt'],
  ['staleAt', 'goneAt'],
] as const satisfies readonly (readonly [keyof Times, keyof Times])[];

/** The first pair of times that is out of order. */
export function disorderOf(times: Times): { field: keyof Times; problem: string } | undefined {
  for (const [field, bound] of ORDER) {
    if (times[field] <= times[bound]) continue;
    return { field, problem: `it is later than ${bound}, ${times[bound]}` };
  }
  return undefined;
}
