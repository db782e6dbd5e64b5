import { CLASSES, classOf } from './queue.ts';

/** Jobs in hand of one lane, by class. */
interface ClassSlots {
  taken: number;
  /** When a job of the class was last taken or ended: monotonic ms. */
  movedAt: number;
}

/**
 * The slots of one consumer: so many for each class of jobs. A class that has used up its own never takes those of
 * another, so that each has work in hand as long as some waits, and the budget decides whose calls are made.
 */
export class JobSlots {
  readonly #perClass: number;
  readonly #now: () => number;
  readonly #classes: readonly ClassSlots[] = Array.from({ length: CLASSES }, () => ({
    taken: 0,
    movedAt: 0,
  }));
  /** The class of each job in hand, by the token under which it was taken. */
  readonly #held = new Map<string, ClassSlots>();

  constructor(perClass: number, now: () => number) {
    this.#perClass = perClass;
    this.#now = now;
  }

  /** Of all classes together. */
  get total(): number {
    return this.#perClass * CLASSES;
  }

  take(token: string, priority: number): void {
    const slots = this.#classes[classOf(priority)];
    if (slots === undefined) return;
    slots.taken += 1;
    slots.movedAt = this.#now();
    this.#held.set(token, slots);
  }

  /** Idempotent. */
  free(token: string): void {
    const slots = this.#held.get(token);
    if (slots === undefined) return;
    this.#held.delete(token);
    slots.taken -= 1;
    slots.movedAt = this.#now();
  }

  /** The classes that may have another job, in ascending order. */
  open(): number[] {
    return this.#classes.flatMap(({ taken }, index) => (taken < this.#perClass ? [index] : []));
  }

  /** Since when a class whose slots are all taken has not moved: monotonic ms, `Infinity` when none is full. */
  stuckSince(): number {
    const full = this.#classes.filter(({ taken }) => taken >= this.#perClass);
    return Math.min(...full.map(({ movedAt }) => movedAt));
  }
}
