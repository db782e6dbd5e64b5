/** What a read can say in the end. Four answers, which are never mixed up: in the reader, the verbs, the API and the command. */

import type { Head } from './entry.ts';

/**
 * `value`: there is one. `absent`: the origin said that there is none. `missing`: none is stored. `unavailable`: whether there is one
 * could not be found out, because a tier that may have it did not answer, or the origin did not give it.
 */
export const ANSWERS = ['value', 'absent', 'missing', 'unavailable'] as const;
export type Answer = (typeof ANSWERS)[number];

/** A tier that did not answer, and why. */
export interface SilentTier {
  readonly tier: string;
  readonly reason: string;
}

/** The answer that a head gives to those who may be served it. */
export function answerOf({ kind }: Pick<Head, 'kind'>): 'value' | 'absent' {
  return kind === 'absent' ? 'absent' : 'value';
}

/** Says of tiers in one line why they did not answer. The reasons of tiers name them already. */
export function silenceOf(tiers: readonly SilentTier[]): string {
  return tiers.map(({ reason }) => reason).join('; ');
}
