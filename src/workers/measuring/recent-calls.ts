/** How long calls of origins take lately, out of totals that only grow. */
import type { LedgerState } from '../../budget/ledger.ts';

/** What is longer ago says nothing of now, in ms. */
const LATELY_MS = 300_000;

interface Totals {
  readonly at: number;
  readonly made: number;
  readonly ms: number;
}

export class RecentCalls {
  readonly #seen = new Map<string, Totals[]>();

  /**
   * The mean of the last minutes, in ms, of an origin's totals as they are at a time; where nothing was called since they were first
   * seen, that of all calls there were. Undefined where there were none.
   */
  meanMs({ origin, calls }: Pick<LedgerState, 'origin' | 'calls'>, now: number): number | undefined {
    const made = calls.ok + calls.throttled + calls.failed;
    const total = { at: now, made, ms: calls.ms };
    const before = (this.#seen.get(origin) ?? []).filter(({ at }) => now - at <= LATELY_MS);
    const [first] = before;
    // Totals of a process that has gone are in them no more: they begin anew.
    const isLess = before.some((each) => each.made > made || each.ms > total.ms);
    this.#seen.set(origin, isLess ? [total] : [...before, total]);
    if (first !== undefined && !isLess && made > first.made)
      return (total.ms - first.ms) / (made - first.made);
    return made === 0 ? undefined : total.ms / made;
  }
}
