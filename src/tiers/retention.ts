/** Which entries belong in a tier, and for how long. */
import type { Head } from '../core/entry.ts';
import type { Sources } from '../core/sources.ts';

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

export interface RetentionDeps {
  readonly sources: Sources;
  /** The tiers of sources that do not use them all. */
  readonly sourceTiers: ReadonlyMap<string, readonly string[]>;
}

/** What a tier keeps, by `tiers.NAME.ttl` and the `tiers` of sources. Undefined: everything, until it is gone. */
export function retentionOf(
  { sources, sourceTiers }: RetentionDeps,
  tier: string,
  ttl = Number.POSITIVE_INFINITY,
): Retention | undefined {
  const others = [...sourceTiers].filter(([, tiers]) => !tiers.includes(tier));
  const templates = others.flatMap(([name]) => sources.get(name)?.key ?? []);
  if (templates.length === 0 && ttl === Number.POSITIVE_INFINITY) return undefined;
  return { ttl, uses: (key) => !templates.some((template) => template.fits(key)) };
}
