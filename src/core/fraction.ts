/**
 * A fraction of a text, at least 0 and below 1: the same in every process, and evenly spread over texts that are alike.
 * FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv), stirred by the finalizer of MurmurHash3, since FNV alone leaves texts
 * that differ at their end close together.
 */
export function fractionOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
