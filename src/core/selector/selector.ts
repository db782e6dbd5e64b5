import type { Temperature } from '../source.ts';

/**
 * Which keys: one grammar for CLI, API and configuration. Terms narrow each other; the values of one term widen it.
 *
 *     source=profile,quote entities=markets temperature=cold age>1h
 */
export interface Selector {
  /** Only these sources. Empty: any. */
  readonly sources: readonly string[];
  /** Only keys of these entity sets. Empty: any. */
  readonly entities: readonly string[];
  /** Only keys whose values carry one of these tags. Empty: any. */
  readonly tags: readonly string[];
  /** Only these keys. Empty: any. */
  readonly keys: readonly string[];
  /** Only keys that start with one of these. Empty: any. */
  readonly prefixes: readonly string[];
  /** Only sources of these temperatures. Empty: any. */
  readonly temperatures: readonly Temperature[];
  /** Only values older than this many ms, counted from the last time the origin confirmed them. */
  readonly olderThan: number | undefined;
  /** Only values younger than this many ms. */
  readonly youngerThan: number | undefined;
}
