/** What a hostile run may not show: each look at all values is judged as it comes. */
import type { TestOrigin } from './origins.ts';
import { GOOD_ORIGINS, HOSTILE, IDS, keyOf, TICK_MS, TTL_MS } from './plan.ts';

/** One value, as `POST /v1/reads` reports it. */
export interface ReadEntry {
  readonly key: string;
  readonly state: string;
  readonly body?: unknown;
  readonly head?: { readonly staleAt: number; readonly checkedAt: number };
}

/** How late a look may be judged: the answer was read at some time before. */
const LOOK_MS = 250;

export class Watch {
  readonly #hostile: Pick<TestOrigin, 'absences'>;
  readonly #had = new Set<string>();
  readonly problems: string[] = [];
  /** The longest that a good key was past its ttl, in ms. */
  worstStale = 0;
  looks = 0;

  constructor(hostile: Pick<TestOrigin, 'absences'>) {
    this.#hostile = hostile;
  }

  static keys(): string[] {
    return [...GOOD_ORIGINS, HOSTILE].flatMap((source) => IDS.map((id) => keyOf(source, id)));
  }

  /** Whether every good key has had a value. */
  get isWarm(): boolean {
    return GOOD_ORIGINS.every((source) => IDS.every((id) => this.#had.has(keyOf(source, id))));
  }

  /** `at`: when the look was asked for, ms since the epoch. */
  look(entries: readonly ReadEntry[], at: number): void {
    this.looks += 1;
    for (const entry of entries) {
      const [source = '', id = ''] = entry.key.split(':');
      if (entry.state === 'value') {
        this.#value(entry, id);
        if (source !== HOSTILE) this.#age(entry, at);
      } else if (this.#had.has(entry.key)) this.#withoutValue(entry, source, id);
    }
  }

  #value({ key, body }: ReadEntry, id: string): void {
    this.#had.add(key);
    const value = body as { readonly id?: unknown; readonly rev?: unknown } | undefined;
    if (value?.id !== id || typeof value.rev !== 'number') {
      this.#report(`${key} has a value that no origin gave: ${JSON.stringify(body)?.slice(0, 200)}`);
    }
  }

  #age({ key, head }: ReadEntry, at: number): void {
    const stale = at - (head?.staleAt ?? 0);
    this.worstStale = Math.max(this.worstStale, stale);
    if (stale > TTL_MS + TICK_MS + LOOK_MS) this.#report(`${key} has been stale for ${Math.round(stale)} ms`);
  }

  /** What was believed to be absent is known for a ttl. Then it is missing, until the origin has answered well. */
  #withoutValue(entry: ReadEntry, source: string, id: string): void {
    if (source === HOSTILE && this.#isBelieved(entry, id)) this.#had.delete(entry.key);
    else this.#report(`${entry.key} is ${entry.state}, and it had a value`);
  }

  /** An origin that says twice that there is no such value is believed. */
  #isBelieved({ state }: ReadEntry, id: string): boolean {
    return state === 'absent' && this.#hostile.absences(id) >= 2;
  }

  #report(problem: string): void {
    if (this.problems.length < 20) this.problems.push(problem);
  }
}
