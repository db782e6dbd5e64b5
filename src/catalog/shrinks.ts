/** The contract of shrinks: since when a large part of a source's keys is in no entity set any more, as it seems. */
export interface Shrinks {
  /** Notes that it is so, unless that is noted already; returns since when. Ms since the epoch. */
  note(source: string, now: number): Promise<number>;
  /** It is not so any more. */
  forget(source: string): Promise<void>;
}
