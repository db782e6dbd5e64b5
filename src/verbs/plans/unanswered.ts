import { messageOf } from '../../core/errors.ts';
import { isAway } from '../known-records.ts';

/** What could not be looked up, each thing once. */
export class Unanswered {
  readonly #told = new Set<string>();
  /** Why the jobs Redis is not asked any more: once it did not answer, nobody waits for it again. */
  silence: string | undefined;

  /** Undefined in place of what cannot be had. */
  async or<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (isAway(error)) this.silence ??= error.message;
      this.add(`${what}: ${messageOf(error)}`);
      return undefined;
    }
  }

  /** The same of what the jobs Redis holds. */
  async ofJobs<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
    if (this.silence === undefined) return this.or(what, work);
    this.add(`${what}: ${this.silence}`);
    return undefined;
  }

  add(text: string): void {
    this.#told.add(text);
  }

  get told(): string[] {
    return [...this.#told];
  }
}
