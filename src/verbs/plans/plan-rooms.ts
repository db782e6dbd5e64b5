/** Whether what a plan adds fits into each tier. */
import type { Estimate } from '../../core/estimate.ts';
import { exactly, scaled, sumOf } from '../../policy/estimate.ts';
import type { TierCount } from '../../warming/planning/key-count.ts';
import { type CountedSource, rounded, storedSize } from '../../warming/planning/plan-figures.ts';

/** What a tier holds and may hold, in bytes; undefined where that is not known, or there is no limit. */
export interface Room {
  readonly holds: number | undefined;
  readonly limit: number | undefined;
}

export interface RoomView {
  readonly tier: string;
  readonly holds: number | null;
  readonly limit: number | null;
  readonly adds: Estimate | null;
  readonly evicts: Estimate | null;
}

/** Bodies are counted as the origin gives them: compressed they take less. */
export function roomView(tier: string, room: Room, adds: Estimate | undefined): RoomView {
  const { holds, limit } = room;
  const evicts =
    adds === undefined || limit === undefined || holds === undefined ? null : over(adds, holds - limit);
  return {
    tier,
    holds: holds ?? null,
    limit: limit ?? null,
    adds: adds === undefined ? null : rounded(adds),
    evicts: evicts && rounded(evicts),
  };
}

function over({ low, likely, high }: Estimate, beyond: number): Estimate {
  const past = (adds: number) => Math.min(adds, Math.max(0, adds + beyond));
  return { low: past(low), likely: past(likely), high: past(high) };
}

/** Bytes of the keys that a tier does not have and would be given; undefined where the size of some is not known. */
export function addedBytes(tier: TierCount, sources: readonly CountedSource[]): Estimate | undefined {
  return totalOf(sources, ({ count }) => tier.sources.get(count.source)?.adds ?? 0);
}

/** Bytes of all of these keys: what a process that reads them all comes to hold. */
export function allBytes(sources: readonly CountedSource[]): Estimate | undefined {
  return totalOf(sources, ({ count }) => count.total);
}

function totalOf(
  sources: readonly CountedSource[],
  keysOf: (source: CountedSource) => number,
): Estimate | undefined {
  const parts: Estimate[] = [];
  for (const source of sources) {
    const keys = keysOf(source);
    const size = sizeOf(source);
    if (keys === 0) continue;
    if (size === undefined) return undefined;
    parts.push(scaled(size, keys));
  }
  return sumOf([exactly(0), ...parts]);
}

/** Of a body that is stored, or else of one that came. */
function sizeOf({ figures, count }: CountedSource): Estimate | undefined {
  return storedSize(count) ?? figures?.bodyBytes;
}
