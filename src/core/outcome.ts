/**
 * How a key of a run ended. Every key of a manifest ends in exactly one of these, so the counts and the keys still
 * pending always add up to the manifest.
 */
export const OUTCOMES = [
  'warmed',
  'unchanged',
  'already-warm',
  'absent',
  'refused',
  'failed',
  'excluded',
  'cancelled',
] as const;

export type Outcome = (typeof OUTCOMES)[number];

/** Outcomes that promise that a reader is answered: with a value, or with the word that there is none. */
export const WARM_OUTCOMES: ReadonlySet<Outcome | undefined> = new Set<Outcome>([
  'warmed',
  'unchanged',
  'already-warm',
  'absent',
]);

/** A code of one letter per outcome: a chunk's outcomes are stored as a string with one code per key. */
export const OUTCOME_CODES: Readonly<Record<Outcome, string>> = {
  warmed: 'w',
  unchanged: 'u',
  'already-warm': 'a',
  absent: 'n',
  refused: 'r',
  failed: 'f',
  excluded: 'e',
  cancelled: 'c',
};

/** The code of a key that has no outcome yet. */
export const PENDING_CODE = '.';

export type Counts = Readonly<Record<Outcome, number>>;

/** Counts of nothing, or of what is given. */
export function countsOf(known: Partial<Record<Outcome, number>> = {}): Counts {
  return { ...ZERO, ...known };
}

const ZERO: Counts = {
  warmed: 0,
  unchanged: 0,
  'already-warm': 0,
  absent: 0,
  refused: 0,
  failed: 0,
  excluded: 0,
  cancelled: 0,
};

export function sumOf(counts: Counts): number {
  return OUTCOMES.reduce((sum, outcome) => sum + counts[outcome], 0);
}

/** What several come to together. */
export function addedUp(all: readonly Counts[]): Counts {
  const total = (outcome: Outcome) => all.reduce((sum, counts) => sum + counts[outcome], 0);
  return countsOf(Object.fromEntries(OUTCOMES.map((outcome) => [outcome, total(outcome)])));
}

const BY_CODE = new Map<string, Outcome>(OUTCOMES.map((outcome) => [OUTCOME_CODES[outcome], outcome]));

/** The outcome of a code; undefined for a pending key. */
export function outcomeOfCode(code: string): Outcome | undefined {
  return BY_CODE.get(code);
}
