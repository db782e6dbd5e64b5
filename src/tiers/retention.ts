/** Which entries belong in a tier, and for how long. */
import type { Head } from '../core/entry.ts';

export interface Retention {
  /** Whether the source of a key makes use of the tier. */
  readonly uses: (key: string) => boolean;
  /** How long after its origin last confirmed it an entry stays, in ms. Infinity: until it is gone. */
  readonly ttl: number;
}

export const KEEPS_ALL: Retention = { uses: () => true, ttl: Number.POSITIVE_INFINITY };

/** When an entry leaves a tier of that ttl. A tombstone stays until it is gone, since it keeps older writes out. */
export function leavesAt(head: Head, ttl: number): number {
  return head.kind === 'dropped' ? head.goneAt : Math.min(head.goneAt, head.checkedAt + ttl);
}

/** Whether a tier keeps the entry no longer, though it need not be gone yet. Never true of a tombstone. */
export function isExpired({ ttl }: Pick<Retention, 'ttl'>, head: Head, now: number): boolean {
  return head.kind !== 'dropped' && head.checkedAt + ttl <= now;
}
