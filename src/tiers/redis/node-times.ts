/** Of two spans of this length, in ms, the best answers count: a clock that was set is believed after the second. */
const SPAN_MS = 10_000;

interface Known {
  /** What the monotonic clock of this process is added to; never too high, since an answer takes time. */
  readonly offset: number;
  readonly before: number;
  readonly since: number;
}

/**
 * What the clocks of servers show, from the times in their answers. A time that is worked out is that of the server or a little
 * earlier, by as long as the quickest answer took: so nothing that is bounded by it happens late.
 */
export class NodeTimes {
  readonly #known = new Map<string, Known>();

  knows(node: string): boolean {
    return this.#known.has(node);
  }

  /** The server's time (ms) has come just now, which is `elapsed` on the monotonic clock. */
  heard(node: string, time: number, elapsed: number): void {
    const offset = time - elapsed;
    const known = this.#known.get(node);
    if (known === undefined) this.#known.set(node, { offset, before: offset, since: elapsed });
    else if (elapsed - known.since < SPAN_MS) {
      if (offset > known.offset) this.#known.set(node, { ...known, offset });
    } else this.#known.set(node, { offset, before: known.offset, since: elapsed });
  }

  /** What the server's clock shows when the monotonic clock here is at `elapsed`, in whole ms. It must be known. */
  at(node: string, elapsed: number): number {
    const { offset, before } = this.#known.get(node) ?? { offset: 0, before: 0 };
    return Math.max(1, Math.floor(Math.max(offset, before) + elapsed));
  }
}
