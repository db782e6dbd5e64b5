/**
 * Whether answers take longer than they should: a hint that an origin is busy, by calls of one kind only. A batch of a
 * hundred keys takes longer than one key, and "unchanged" comes sooner than a value: so each kind is compared with itself.
 *
 * A window is slow when the p90 of at least ten calls is more than twice their kind's long average, which takes in one part
 * in a hundred of each call (Netflix concurrency-limits, `Gradient2Limit`: a long window of 600, samples of at least 10). The
 * fastest call ever is no measure: one lucky call would make all others slow for good (Netflix/concurrency-limits#37).
 */

/** Fewer say nothing. */
const FEWEST = 10;
const TOLERANCE = 2;
const WEIGHT = 0.01;
/** Kinds that are kept; a kind that was not heard of for long is the first to go. */
const MOST_KINDS = 256;
/** Of one kind and window; later ones are not looked at. */
const MOST_SAMPLES = 200;

interface KindRecord {
  average: number;
  readonly samples: number[];
}

/** Collects how long calls take, window by window. */
export class LatencyWindow {
  readonly #kinds = new Map<string, KindRecord>();

  add(kind: string, ms: number): void {
    const record = this.#kinds.get(kind) ?? { average: ms, samples: [] };
    this.#kinds.delete(kind);
    this.#kinds.set(kind, record);
    if (record.samples.length < MOST_SAMPLES) record.samples.push(ms);
    if (this.#kinds.size <= MOST_KINDS) return;
    for (const oldest of this.#kinds.keys()) {
      this.#kinds.delete(oldest);
      break;
    }
  }

  /** Ends the window: whether it was slow, in any kind. */
  close(): boolean {
    let slow = false;
    for (const record of this.#kinds.values()) {
      const samples = record.samples.splice(0).sort((a, b) => a - b);
      const p90 = samples[Math.floor(samples.length * 0.9)] ?? 0;
      if (samples.length >= FEWEST && p90 > TOLERANCE * record.average) slow = true;
      for (const ms of samples) record.average += (ms - record.average) * WEIGHT;
    }
    return slow;
  }
}
