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

/** Whether one of the list starts with a text. For lists of short words: all their beginnings are kept. */
export function beginsOne(list: readonly string[], text: string): boolean {
  return beginningsOf(list).has(text);
}

/** Without the words that start with another of the list, each once. */
export function shortestOf(list: readonly string[]): readonly string[] {
  const words = setOf(list);
  const lengths = lengthsOf(list);
  const hasShorter = (word: string) => {
    for (const length of lengths) {
      if (length >= word.length) return false;
      if (words.has(word.slice(0, length))) return true;
    }
    return false;
  };
  return [...words].filter((word) => !hasShorter(word));
}

function setOf(list: readonly string[]): ReadonlySet<string> {
  const known = sets.get(list);
  if (known !== undefined) return known;
  const set = new Set(list);
  sets.set(list, set);
  return set;
}

const lengths = new WeakMap<readonly string[], readonly number[]>();

/** How long the words are, each length once, the shortest first. */
function lengthsOf(list: readonly string[]): readonly number[] {
  const known = lengths.get(list);
  if (known !== undefined) return known;
  const found = [...new Set(list.map((word) => word.length))].sort((a, b) => a - b);
  lengths.set(list, found);
  return found;
}

const beginnings = new WeakMap<readonly string[], ReadonlySet<string>>();

function beginningsOf(list: readonly string[]): ReadonlySet<string> {
  const known = beginnings.get(list);
  if (known !== undefined) return known;
  const found = new Set(
    list.flatMap((word) => Array.from({ length: word.length + 1 }, (_, end) => word.slice(0, end))),
  );
  beginnings.set(list, found);
  return found;
}
