import { messageOf } from '../../core/errors.ts';
import { isRedisAway } from '../../core/redis-away.ts';

/** What could not be looked up: each reason once, with all that it kept back. */
export class Unanswered {
  readonly #told = new Map<string, Set<string>>();
  /** Why the jobs Redis is not asked any more: once it did not answer, nobody waits for it again. */
  silence: string | undefined;

  /** Undefined in place of what cannot be had. */
  async or<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (isRedisAway(error)) this.silence ??= error.message;
      this.add(what, messageOf(error));
      return undefined;
    }
  }

  /** The same of what the jobs Redis holds. */
  async ofJobs<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    if (this.silence === undefined) return this.or(what, work);
    this.add(what, this.silence);
    return undefined;
  }

  add(what: string, reason: string): void {
    this.#told.set(reason, (this.#told.get(reason) ?? new Set()).add(what));
  }

  get told(): string[] {
    return [...this.#told].map(([reason, what]) => `${[...what].join(', ')}: ${reason}`);
  }
}
