/** What the calls of one task took: counted as they end. */
import type { CallRecord } from '../../core/call-record.ts';
import { Histogram } from '../../core/metrics/histogram.ts';
import type { Fetched, OriginRequest } from '../../origins/origin.ts';

/** A key, and how long the slowest call for it took, in ms. */
export interface SlowKey {
  /** Its place among the task's keys. */
  readonly index: number;
  readonly ms: number;
}

/** The slowest keys that are named of a task. */
const MOST_SLOW = 5;

export class TaskCalls {
  readonly #asked = new Set<number>();
  readonly #keysPerCall: number;
  readonly #isAgain: boolean;
  #failed = 0;
  #unchanged = 0;
  #absent = 0;
  #bytes = 0;
  #renewed = 0;
  #renewedBytes = 0;
  readonly #took = new Histogram();
  readonly #sizes = new Histogram();
  #slow: SlowKey[] = [];

  /** `isAgain`: another task has asked for these keys, and counted them. */
  constructor(keysPerCall: number, isAgain: boolean) {
    this.#keysPerCall = keysPerCall;
    this.#isAgain = isAgain;
  }

  /** These keys were asked for. */
  asked(keys: readonly { readonly index: number }[]): void {
    for (const { index } of keys) this.#asked.add(index);
  }

  /** The same piece of work asks for these keys from the start, later: they count then. */
  putOff(keys: readonly { readonly index: number }[]): void {
    for (const { index } of keys) this.#asked.delete(index);
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

  answered(requests: readonly Pick<OriginRequest, 'known'>[], answers: readonly Fetched[]): void {
    for (const [i, answer] of answers.entries()) {
      if (answer.kind === 'unchanged') this.#unchanged += 1;
      else if (answer.kind === 'absent') this.#absent += 1;
      else if (answer.kind === 'body') {
        this.#bytes += answer.body.byteLength;
        this.#sizes.record(answer.body.byteLength);
        if (requests[i]?.known === undefined) continue;
        this.#renewed += 1;
        this.#renewedBytes += answer.body.byteLength;
      }
    }
  }

  /** The slowest keys, the slowest first. */
  get slow(): readonly SlowKey[] {
    return this.#slow;
  }

  record(): CallRecord {
    const keys = this.#isAgain ? 0 : this.#asked.size;
    return {
      ...{
        keys,
        planned: Math.ceil(keys / this.#keysPerCall),
        calls: this.#took.total,
        failed: this.#failed,
      },
      ...{ values: this.#sizes.total, unchanged: this.#unchanged, absent: this.#absent, bytes: this.#bytes },
      ...{ renewed: this.#renewed, renewedBytes: this.#renewedBytes },
      ...{ took: this.#took.buckets(), sizes: this.#sizes.buckets() },
    };
  }
}
