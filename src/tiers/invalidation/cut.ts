/** How far the fences on one thing reach. */
import type { Stamp } from '../../core/entry.ts';
import type { InvalidationMode } from '../../core/invalidation-mode.ts';

/** The highest fence of each mode; 0 where there is none. */
export interface Cut {
  drop: Stamp;
  stale: Stamp;
}

export const NONE: Readonly<Cut> = { drop: 0, stale: 0 };

export function cut(): Cut {
  return { drop: 0, stale: 0 };
}

/** The mode of an entry, by one more fence. */
export function below(
  of: Readonly<Cut> | undefined,
  stamp: Stamp,
  mode: InvalidationMode | undefined,
): InvalidationMode | undefined {
  if (of === undefined || mode === 'drop') return mode;
  if (stamp < of.drop) return 'drop';
  return stamp < of.stale ? 'stale' : mode;
}
