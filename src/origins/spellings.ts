/** Ids that are one thing and are written in different ways: what an answer has under another spelling is not absent. */

/** The ids of an answer. They are compared only when one is looked for. */
export class Spellings {
  readonly #ids: Iterable<string>;
  #byPlain: ReadonlyMap<string, string> | undefined;

  constructor(ids: Iterable<string>) {
    this.#ids = ids;
  }

  /** How the answer writes this id, which it does not have as it is; undefined where it does not have it at all. */
  of(id: string): string | undefined {
    this.#byPlain ??= new Map([...this.#ids].map((other) => [plain(other), other]));
    return this.#byPlain.get(plain(id));
  }
}

/** What to say of such an id. `where`: of what it was found in, such as "the batch answer". */
export function misspelt(where: string, id: string, spelling: string): string {
  return `${where} has "${spelling}" in place of "${id}"; write ids as the origin does`;
}

/** What is the same thing, however it is written: `abc` and ` ABC`, `007` and 7, an accent of its own and one that is part of its letter. */
function plain(id: string): string {
  const text = id.normalize('NFKC').trim().toLowerCase();
  return /^\d+$/.test(text) ? text.replace(/^0+/, '') : text;
}
