/** The kind of a call: its source, how many keys it was for (to the next power of two), and whether there was something new. */
export function kindOfCall(source: string, keys: number, isUnchanged: boolean): string {
  return `${source} ${Math.ceil(Math.log2(Math.max(1, keys)))} ${isUnchanged ? 'unchanged' : 'new'}`;
}
