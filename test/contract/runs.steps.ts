/** The steps that the clauses of runs are made of, and the two liars that the guarantees are about. */
import {
  type KeyOutcome,
  PLAIN_RUN,
  type Run,
  type RunSpec,
  type Runs,
} from '../../src/catalog/runs/runs.ts';
import { countsOf, OUTCOME_CODES, OUTCOMES, type Outcome, outcomeOfCode } from '../../src/core/outcome.ts';
import { liar } from './liar.ts';
import type { ClauseWithLiar } from './suite.ts';

export type RunsClause = ClauseWithLiar<Runs>;

export function specOf(id: string, createdAt = 1_000): RunSpec {
  return {
    id,
    selector: 'source=quote',
    named: undefined,
    keep: undefined,
    cause: 'cli',
    schedule: undefined,
    nominal: undefined,
    names: 'abc',
    options: PLAIN_RUN,
    createdAt,
    stamps: { markets: 1_000_000 },
  };
}

/** Run r1, still planning, with these chunks. */
export async function planned(runs: Runs, chunks: readonly (readonly string[])[]): Promise<void> {
  await runs.create(specOf('r1'));
  for (const [number, keys] of chunks.entries()) await runs.addChunk('r1', number, 'quote', keys);
}

/** Run r1, begun, with these chunks. */
export async function begun(runs: Runs, chunks: readonly (readonly string[])[]): Promise<void> {
  await planned(runs, chunks);
  await runs.begin('r1', chunks.length, chunks.flat().length, 50);
}

/** A run of no keys that has ended. */
export async function ended(runs: Runs, id: string, createdAt: number, endedAt: number): Promise<void> {
  await runs.create(specOf(id, createdAt));
  await runs.stop(id, 'stopped', '', endedAt);
}

export function marks(outcomes: Readonly<Record<number, Outcome>>): KeyOutcome[] {
  return Object.entries(outcomes).map(([index, outcome]) => ({ index: Number(index), outcome }));
}

/** Of run r1; NaN when there is none. */
export async function revisionOf(runs: Runs): Promise<number> {
  return (await runs.get('r1'))?.revision ?? Number.NaN;
}

/** How many keys of these letters have each outcome. */
export function tally(letters: string): Run['counts'] {
  const counts = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0]));
  for (const letter of letters) {
    const outcome = outcomeOfCode(letter);
    if (outcome !== undefined) counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return countsOf(counts);
}

/** The latest outcome told is the one that is shown. */
export function overwriting(honest: Runs): Runs {
  const latest = new Map<string, string>();
  return liar(honest, {
    record(id, chunk, told) {
      for (const { index, outcome } of told) latest.set(`${id} ${chunk} ${index}`, OUTCOME_CODES[outcome]);
      return honest.record(id, chunk, told);
    },
    async chunk(id, number) {
      const chunk = await honest.chunk(id, number);
      if (chunk === undefined) return undefined;
      const letters = [...chunk.outcomes].map((letter, i) => latest.get(`${id} ${number} ${i}`) ?? letter);
      return { ...chunk, outcomes: letters.join('') };
    },
  });
}

/** A mark counts each time it is told. */
export function countingTwice(honest: Runs): Runs {
  const extra = new Map<string, number>();
  return liar(honest, {
    async record(id, chunk, told) {
      const before = await honest.get(id);
      const recorded = await honest.record(id, chunk, told);
      const after = await honest.get(id);
      const again = told.length - ((before?.pending ?? 0) - (after?.pending ?? 0));
      extra.set(id, (extra.get(id) ?? 0) + Math.max(0, again));
      return recorded;
    },
    async get(id) {
      const run = await honest.get(id);
      if (run === undefined) return undefined;
      return { ...run, counts: { ...run.counts, warmed: run.counts.warmed + (extra.get(id) ?? 0) } };
    },
  });
}
