/** In the order of messages and menus. */
export const INVALIDATION_MODES = ['stale', 'drop'] as const;

/** What becomes of an older value. `drop`: it is a miss. `stale`: it is past its ttl, and served until a newer one lands. */
export type InvalidationMode = (typeof INVALIDATION_MODES)[number];
