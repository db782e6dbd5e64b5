/**
 * Reads that many ask for at the same time, as open pages do once something has changed: whoever asks while the same is being read
 * waits for the next reading, together with all others. So an answer is never older than its question, and however many ask, at most one
 * reading is under way.
 */
import { ForewarmError } from '../core/errors.ts';
import { abortable } from '../flow/abortable.ts';
import { Errand, errandSignal, offErrand } from '../flow/errand.ts';
import type { Verbs } from '../verbs/verbs.ts';

/** Those that pages show: they take plain arguments, and change nothing. */
const SHARED = [
  ...(['stats', 'budget', 'history', 'processes', 'lanes', 'doctor'] as const),
  ...(['runs', 'run', 'runReport', 'schedules'] as const),
] satisfies readonly (keyof Verbs)[];

/** The same verbs, of which some are shared. */
export function withSharedReads(verbs: Verbs): Verbs {
  const reads = new SharedReads();
  const shared = SHARED.map((name) => {
    const value = (...given: unknown[]) =>
      reads.share(`${name} ${JSON.stringify(given)}`, () => {
        const read = verbs[name].bind(verbs) as (...args: unknown[]) => Promise<unknown>;
        return read(...given);
      });
    return [name, { value, enumerable: true }] as const;
  });
  return Object.create(verbs, Object.fromEntries(shared));
}

interface Turn {
  /** Under way. */
  readonly now: Reading;
  /** Of those who came since that began. */
  next: Reading | undefined;
}

export class SharedReads {
  /** By what is read; only while it is. */
  readonly #turns = new Map<string, Turn>();

  /** Settles as the reading does, or as the errand of the caller ends. */
  share<T>(name: string, read: () => Promise<T>): Promise<T> {
    const turn = this.#turns.get(name);
    if (turn === undefined) return this.#begin(name, new Reading(read)).join<T>();
    turn.next ??= new Reading(read);
    return turn.next.join<T>();
  }

  #begin(name: string, reading: Reading): Reading {
    const turn: Turn = { now: reading, next: undefined };
    this.#turns.set(name, turn);
    void reading.start().then(() => {
      this.#turns.delete(name);
      if (turn.next?.isWanted === true) this.#begin(name, turn.next);
    });
    return reading;
  }
}

/** One reading, on an errand of its own: that of any caller would give it up for the others. */
class Reading {
  readonly #read: () => Promise<unknown>;
  readonly #answer = Promise.withResolvers<unknown>();
  #waiting = 0;
  #errand: Errand | undefined;

  constructor(read: () => Promise<unknown>) {
    this.#read = read;
    // Who waited for it may have left.
    this.#answer.promise.catch(() => undefined);
  }

  get isWanted(): boolean {
    return this.#waiting > 0;
  }

  /** Resolves once it has ended, however that was. */
  async start(): Promise<void> {
    const errand = offErrand(() => new Errand());
    this.#errand = errand;
    try {
      this.#answer.resolve(await errand.run(async () => this.#read()));
    } catch (error) {
      this.#answer.reject(error);
    } finally {
      errand.end();
    }
  }

  async join<T>(): Promise<T> {
    this.#waiting += 1;
    try {
      return (await abortable(errandSignal(), this.#answer.promise)) as T;
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0) {
        this.#errand?.giveUp(new ForewarmError('E_GIVEN_UP', 'nobody waits for this reading any more'));
      }
    }
  }
}
