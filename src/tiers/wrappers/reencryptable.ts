/** The contract of a tier that can re-encrypt what it stores with the key in use. `gc` calls it. */
export interface Reencryptable {
  readonly name: string;
  /**
   * Rewrites entries that are encrypted with another key than they would be now, at most about `limit`. Returns how many. What
   * is newer by then stays, and so does what no key here can open.
   */
  reencrypt(limit: number, signal: AbortSignal): Promise<number>;
}
