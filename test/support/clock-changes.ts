/** When clocks of the world are changed. */
import { type OffsetAt, offsetsOf } from '../../src/policy/local-time.ts';

const DAY = 86_400_000;
const FIRST = Date.UTC(2026, 0, 1);
const LAST = Date.UTC(2036, 0, 1);

export interface ClockChange {
  readonly zone: string;
  readonly offsetAt: OffsetAt;
  /** The first instant with the new offset. */
  readonly at: number;
  /** Positive where clocks go forward. */
  readonly shift: number;
}

/** Every change of the clocks of every zone, for ten years. Zones that change alike are taken once. */
export const CHANGES: readonly ClockChange[] = [
  ...new Map(
    Intl.supportedValuesOf('timeZone').map((zone) => {
      const changes = changesOf(zone);
      return [JSON.stringify(changes.map(({ at, shift }) => [at, shift])), changes] as const;
    }),
  ).values(),
].flat();

function changesOf(zone: string): ClockChange[] {
  const offsetAt = offsetsOf(zone);
  const changes: ClockChange[] = [];
  const STEP = 10 * DAY;
  for (let at = FIRST, known = offsetAt(FIRST); at < LAST; at += STEP) {
    const next = offsetAt(at + STEP);
    if (next === known) continue;
    let [low, high] = [at, at + STEP];
    while (high - low > 1_000) {
      const middle = Math.floor((low + high) / 2_000) * 1_000;
      if (offsetAt(middle) === known) low = middle;
      else high = middle;
    }
    changes.push({ zone, offsetAt, at: high, shift: next - known });
    known = next;
  }
  return changes;
}
