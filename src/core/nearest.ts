import { distance } from 'fastest-levenshtein';

/**
 * The known word that was most likely meant: the fewest edits away, and no more than a third of the word (but at least
 * one, and two from five letters on). Undefined when no word is near.
 */
export function nearestWord(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let fewest = Math.max(word.length < 5 ? 1 : 2, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    // So many letters are missing or too many: comparing long texts takes long.
    if (Math.abs(word.length - candidate.length) >= fewest) continue;
    const edits = distance(word.toLowerCase(), candidate.toLowerCase());
    if (edits >= fewest) continue;
    best = candidate;
    fewest = edits;
  }
  return best;
}
