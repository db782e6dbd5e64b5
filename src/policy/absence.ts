/** Whether an origin is believed that says there is no such value, of keys that have one and of keys that have none. Pure functions. */

/** Two looks at least so far apart tell a value that is gone from an origin that is wrong for a while. */
const SHORTEST_APART_MS = 60_000;
const LONGEST_APART_MS = 3_600_000;

export interface Vanishing {
  /** When the origin first said so of the value that is stored: now, or before. */
  readonly saidAt: number;
  /** What makes this answer doubtful, such as that a batch left the key out; undefined when nothing does. */
  readonly doubt: string | undefined;
}

export interface VanishingFrom {
  /** The share of its values that may vanish at once. */
  readonly share: number;
  /** How many values it has. */
  readonly values: number;
  /** How many of them vanished lately, these included. */
  readonly recent: number;
  readonly ttl: number;
  readonly now: number;
}

/** `confirm`: believed if the origin says so once more, right away. */
export type AbsenceVerdict =
  | { readonly kind: 'believe' }
  | { readonly kind: 'confirm' }
  | { readonly kind: 'refuse'; readonly reason: string };

export function judgeAbsence({ saidAt, doubt }: Vanishing, from: VanishingFrom): AbsenceVerdict {
  if (from.share === 1 || from.now - saidAt >= looksApart(from.ttl)) return { kind: 'believe' };
  if (doubt !== undefined)
    return { kind: 'refuse', reason: `the origin has no such value now, and ${doubt}` };
  // An origin that has lost its way says so of each key, and of a source with one key that is all there is.
  if (from.values === 1)
    return { kind: 'refuse', reason: 'the origin has no such value now, the only one of its source' };
  if (from.recent <= mayVanish(from.share, from.values)) return { kind: 'confirm' };
  const percentage = Math.round(from.share * 1_000) / 10;
  const reason = `the origin has no such value now, nor ${from.recent - 1} others of ${from.values}: more than ${percentage}% at once`;
  return { kind: 'refuse', reason };
}

/** A call in whose answer keys were left out that have no value yet. */
export interface CallDoubt {
  /** How many keys it asked for. */
  readonly asked: number;
  /** How many of them it gave a value. */
  readonly given: number;
  /** How many it left out, with what doubt. */
  readonly leftOut: number;
  readonly doubt: string;
  /** Whether it asked for these keys once more. */
  readonly isSecond: boolean;
}

/** `again`: the answer has others than it had before, so it is cut short each time, and the key is to be tried again. */
export type LeftOutVerdict = AbsenceVerdict | { readonly kind: 'again'; readonly reason: string };

/**
 * A key that never had a value is believed to have none when a call leaves it out, be there a doubt: but not where the call has
 * nothing at all, and not at once where it leaves out more than may vanish at once. One key alone tells of nothing but itself.
 */
export function judgeLeftOut(
  { asked, given, leftOut, doubt, isSecond }: CallDoubt,
  { share }: Pick<VanishingFrom, 'share'>,
): LeftOutVerdict {
  if (asked === 1 || share === 1) return { kind: 'believe' };
  if (isSecond) {
    const reason = `an answer to ${asked} keys gives only ${given} of them, and each answer others: ask for fewer at once`;
    return given === 0 ? { kind: 'believe' } : { kind: 'again', reason };
  }
  if (given === 0)
    return { kind: 'refuse', reason: `the origin has none of the ${asked} values of a call, and ${doubt}` };
  return leftOut <= mayVanish(share, asked) ? { kind: 'believe' } : { kind: 'confirm' };
}

/** How many of so many may vanish at once: a share of them, and one alone in any case, unless none may. */
export function mayVanish(share: number, of: number): number {
  return share === 0 ? 0 : Math.max(1, Math.floor(share * of));
}

/** How long after the first look a second one counts, in ms: a ttl, from a minute to an hour. */
export function looksApart(ttl: number): number {
  return Math.min(Math.max(ttl, SHORTEST_APART_MS), LONGEST_APART_MS);
}
