/** How a read ended, inside the reader: what `get` makes a value of, and `lookup` an answer. */
import type { SilentTier } from '../core/answer.ts';
import { type DecodedValue, valueIn } from './memory-reads.ts';

/** The origin, or the workers in its place, did not give a value. */
export interface OriginFailure {
  readonly origin: string;
  /** In the origin's own words, where it had some. */
  readonly reason: string;
}

/** Why it is not known whether there is a value. */
export interface Unanswered {
  readonly tiers: readonly SilentTier[];
  readonly origin: OriginFailure | undefined;
}

/** What can be served, and the tier that has it. */
export interface Served {
  readonly decoded: DecodedValue;
  readonly tier: string;
}

/** `unanswered` is undefined where nothing is stored, as all who could have it said. */
export interface NotServed {
  readonly decoded: undefined;
  readonly unanswered: Unanswered | undefined;
}

export type Found = Served | NotServed;

export const NOT_STORED: NotServed = { decoded: undefined, unanswered: undefined };

/** Nothing was found, while these tiers did not answer. */
export function notFound(tiers: readonly SilentTier[]): NotServed {
  return tiers.length === 0 ? NOT_STORED : { decoded: undefined, unanswered: { tiers, origin: undefined } };
}

/** What `get` returns. */
export function readerValue({ decoded }: Found): unknown {
  return decoded === undefined ? undefined : valueIn(decoded);
}
