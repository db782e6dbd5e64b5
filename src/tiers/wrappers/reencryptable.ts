/** The contract of a tier that can bring what it stores up to date with its keys. */
export interface Reencryptable {
  readonly name: string;
  /**
   * Writes entries that are encrypted with another key than they would be now anew, at most about `limit`. Answers how
   * many it was.
   */
  reencrypt(limit: number, signal: AbortSignal): Promise<number>;
}
