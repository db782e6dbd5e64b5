/**
 * The contract of absences: when an origin first said of a value that it is no more, and when it first left a key out that has no
 * value yet. What was said of a value holds for that value alone.
 */
import type { Stamp } from '../core/entry.ts';
import { DAY_MS } from '../core/units.ts';

/** A key, and which of its values the origin said it of. */
export interface VanishedValue {
  readonly key: string;
  readonly stamp: Stamp;
}

export interface Looked {
  /** When the origin said so first, in the order of what was asked; `now` for the first time. Ms since the epoch. */
  readonly saidAt: readonly number[];
  /** How many values of the source it said so of lately, these included. */
  readonly recent: number;
  /** How many keys of the source are kept warm. */
  readonly kept: number;
}

/** What counts as lately, in ms. */
export const RECENT_MS = 3_600_000;
/** How long a first look is remembered, in ms: longer than any schedule takes to look again. */
export const REMEMBERED_MS = 8 * DAY_MS;

export interface Absences {
  /** Notes that the origin says so of these values, unless it is noted already, and tells what is known. */
  look(source: string, vanished: readonly VanishedValue[], now: number): Promise<Looked>;
  /** The same of keys without a value, which are left out. Returns when each was first, in the order of what was asked. */
  leftOut(source: string, keys: readonly string[], now: number): Promise<readonly number[]>;
}
