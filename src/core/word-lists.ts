/**
 * Asking long lists of words again and again: a selector may name a hundred thousand keys, and each of as many keys is asked about.
 * What is asked is made ready once for each list, and is forgotten with it.
 */

const sets = new WeakMap<readonly string[], ReadonlySet<string>>();

/** Whether a word is in the list. */
export function includesWord(list: readonly string[], word: string): boolean {
  return setOf(list).has(word);
}

/** Whether a text starts with one of the list. */
export function startsWithOne(list: readonly string[], text: string): boolean {
  const words = setOf(list);
  return lengthsOf(list).some((length) => length <= text.length && words.has(text.slice(0, length)));
}

function setOf(list: readonly string[]): ReadonlySet<string> {
  const known = sets.get(list);
  if (known !== undefined) return known;
  const set = new Set(list);
  sets.set(list, set);
  return set;
}

const lengths = new WeakMap<readonly string[], readonly number[]>();

/** How long the words are, each length once. */
function lengthsOf(list: readonly string[]): readonly number[] {
  const known = lengths.get(list);
  if (known !== undefined) return known;
  const found = [...new Set(list.map((word) => word.length))];
  lengths.set(list, found);
  return found;
}
