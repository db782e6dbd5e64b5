import type { Attributes } from '../../core/tracing.ts';

/** Steps of each name in a root that are shown whatever becomes of them. */
const FIRST = 2;
/** Steps of a root that are shown besides because they were slow or failed. */
const LATE = 16;
/** Steps of a root that are shown where all are wanted. */
const MOST = 1_000;

interface Total {
  count: number;
  ms: number;
}

/**
 * Which steps of a root are shown, and what all of them come to. It bounds a trace: a root of a thousand calls has as many spans as
 * one of ten, and its attributes say how many calls there were and how long they took together.
 */
export class StepCounts {
  readonly #isEach: boolean;
  readonly #totals = new Map<string, Total>();
  #shown = 0;
  #late = 0;
  #leftOut = 0;

  /** `isEach`: every step is wanted. */
  constructor(isEach: boolean) {
    this.#isEach = isEach;
  }

  /** Counts one that begins; returns whether it is shown whatever becomes of it. */
  begin(name: string): boolean {
    const total = this.#totals.get(name) ?? { count: 0, ms: 0 };
    this.#totals.set(name, total);
    total.count += 1;
    if (this.#isEach ? this.#shown >= MOST : total.count > FIRST) return false;
    this.#shown += 1;
    return true;
  }

  /** One that is not shown so far was slow, or failed: returns whether it is shown for that. */
  late(): boolean {
    if (this.#late >= LATE) return false;
    this.#late += 1;
    return true;
  }

  end(name: string, ms: number, isShown: boolean): void {
    const total = this.#totals.get(name);
    if (total !== undefined) total.ms += ms;
    if (!isShown) this.#leftOut += 1;
  }

  /** Of each name how many steps there were and how many seconds they took, one after another; and how many are not shown. */
  summary(): Attributes {
    const summary: Record<string, number> = {};
    for (const [name, { count, ms }] of this.#totals) {
      const prefix = `forewarm.steps.${name.replaceAll(' ', '_')}`;
      summary[`${prefix}.count`] = count;
      summary[`${prefix}.seconds`] = ms / 1_000;
    }
    if (this.#leftOut > 0) summary['forewarm.steps.left_out'] = this.#leftOut;
    return summary;
  }
}
