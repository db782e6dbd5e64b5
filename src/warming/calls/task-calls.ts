/** What the calls of one task took: counted as they end. */
import type { CallRecord } from '../../core/call-record.ts';
import { Histogram } from '../../core/metrics/histogram.ts';
import type { Fetched } from '../../origins/origin.ts';

/** A key, and how long the slowest call for it took, in ms. */
export interface SlowKey {
  /** Its place among the task's keys. */
  readonly index: number;
  readonly ms: number;
}

/** The slowest keys that are named of a task. */
const MOST_SLOW = 5;

export class TaskCalls {
  #keys = 0;
  #planned = 0;
  #failed = 0;
  #unchanged = 0;
  #absent = 0;
  #bytes = 0;
  readonly #took = new Histogram();
  readonly #sizes = new Histogram();
  #slow: SlowKey[] = [];

  /** So many keys are to be asked for. */
  wants(keys: number, keysPerCall: number): void {
    this.#keys += keys;
    this.#planned += Math.ceil(keys / keysPerCall);
  }

  /** A call for these keys ended. */
  ended(asked: readonly { readonly index: number }[], ms: number, ok: boolean): void {
    this.#took.record(ms);
    if (!ok) this.#failed += 1;
    const least = this.#slow.at(-1)?.ms ?? 0;
    if (this.#slow.length >= MOST_SLOW && ms <= least) return;
    // Of the many keys of one call each took as long: a few stand for it.
    const added = asked.slice(0, MOST_SLOW).map(({ index }) => ({ index, ms }));
    const others = this.#slow.filter(({ index }) => !added.some((each) => each.index === index));
    this.#slow = [...others, ...added].sort((a, b) => b.ms - a.ms).slice(0, MOST_SLOW);
  }

  answered(answers: readonly Fetched[]): void {
    for (const answer of answers) {
      if (answer.kind === 'unchanged') this.#unchanged += 1;
      else if (answer.kind === 'absent') this.#absent += 1;
      else if (answer.kind === 'body') {
        this.#bytes += answer.body.byteLength;
        this.#sizes.record(answer.body.byteLength);
      }
    }
  }

  /** The slowest keys, the slowest first. */
  get slow(): readonly SlowKey[] {
    return this.#slow;
  }

  record(): CallRecord {
    return {
      ...{ keys: this.#keys, planned: this.#planned, calls: this.#took.total, failed: this.#failed },
      ...{ values: this.#sizes.total, unchanged: this.#unchanged, absent: this.#absent, bytes: this.#bytes },
      ...{ took: this.#took.buckets(), sizes: this.#sizes.buckets() },
    };
  }
}
