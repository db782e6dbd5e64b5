import type { Times } from '../../core/entry.ts';

/**
 * Pairs of times of which the first is never the later one. An invalidation ends freshness by the clock of whoever asks for it, so
 * nothing is said of what lies between `checkedAt` and `dueAt`.
 */
const ORDER = [
  ['fetchedAt', 'checkedAt'],
  ['dueAt', 'staleAt'],
  ['staleAt', 'goneAt'],
] as const satisfies readonly (readonly [keyof Times, keyof Times])[];

/** The first time of a head that is later than one it must not be later than. */
export function disorderOf(times: Times): { field: keyof Times; problem: string } | undefined {
  for (const [field, bound] of ORDER) {
    if (times[field] <= times[bound]) continue;
    return { field, problem: `it is later than ${bound}, ${times[bound]}` };
  }
  return undefined;
}
