/** Remembers the keys it was shown, and forgets the oldest beyond a bound, so that it never grows with a tier. */
export class RecentKeys {
  readonly #bound: number;
  /** Two halves: when the younger is full it becomes the older, and the older is forgotten. */
  #younger = new Set<string>();
  #older = new Set<string>();

  constructor(bound: number) {
    this.#bound = bound;
  }

  /** Whether it was not shown this key before, as far as it remembers. */
  isNew(key: string): boolean {
    if (this.#younger.has(key) || this.#older.has(key)) return false;
    if (this.#younger.size >= this.#bound / 2) {
      this.#older = this.#younger;
      this.#younger = new Set();
    }
    this.#younger.add(key);
    return true;
  }
}
