/** Places in lists that have the newest first, and cursors, which name them to whoever turns pages. */

/** What comes after it is older, or as old with a lesser id. */
export interface Place {
  /** In ms since the epoch. */
  readonly at: number;
  readonly id: string;
}

export function cursorOf({ at, id }: Place): string {
  return `${at}:${id}`;
}

/** Undefined for what names no place. */
export function placeOf(cursor: string): Place | undefined {
  const [, at, id] = /^(\d{1,15}):(.*)$/s.exec(cursor) ?? [];
  return at === undefined || id === undefined ? undefined : { at: Number(at), id };
}

/** In the order of such a list. Ids are compared as Redis compares members. */
export function newestFirst(a: Place, b: Place): number {
  return b.at - a.at || Buffer.compare(Buffer.from(b.id), Buffer.from(a.id));
}
