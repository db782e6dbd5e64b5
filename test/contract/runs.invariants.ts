/**
 * What holds of runs under any interleaving of calls, told twice or in any order: every key has at most one outcome,
 * which changes only by being revoked; the counts are those of the keys; and with what is pending they add up to the
 * manifest.
 */
import * as fc from 'fast-check';
import { expect } from 'vitest';
import type { Run, Runs } from '../../src/catalog/runs/runs.ts';
import { OUTCOMES, type Outcome, PENDING_CODE, sumOf } from '../../src/core/outcome.ts';
import { specOf, tally } from './runs.steps.ts';

const CHUNKS = 3;
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const SUCCESSES = 'wuan';

type Call = (runs: Runs, id: string) => Promise<unknown>;

const chunkNumber = fc.nat({ max: CHUNKS - 1 });
const index = fc.nat({ max: KEYS.length - 1 });
const outcome = fc.constantFrom<Outcome>(...OUTCOMES);

const record = fc.tuple(chunkNumber, fc.array(fc.record({ index, outcome }), { maxLength: 6 })).map(
  ([chunk, marks]): Call =>
    (runs, id) =>
      runs.record(id, chunk, marks),
);
const revoke = fc.tuple(chunkNumber, fc.array(index, { maxLength: 3 })).map(
  ([chunk, indexes]): Call =>
    (runs, id) =>
      runs.revoke(id, chunk, indexes),
);
const addChunk = chunkNumber.map(
  (chunk): Call =>
    (runs, id) =>
      runs.addChunk(id, chunk, 'quote', KEYS),
);
const begin = fc.constant<Call>((runs, id) => runs.begin(id, CHUNKS, CHUNKS * KEYS.length, 50));
const stop = fc.constant<Call>((runs, id) => runs.stop(id, 'stopped', '', 70));

const call: fc.Arbitrary<Call> = fc.oneof(
  { weight: 12, arbitrary: record },
  { weight: 2, arbitrary: revoke },
  { weight: 2, arbitrary: addChunk },
  { weight: 2, arbitrary: begin },
  { weight: 1, arbitrary: stop },
);

/** Calls that are made at once, each as often as it says: a reply that was lost is a call made again. */
const burst = fc.array(fc.tuple(call, fc.integer({ min: 1, max: 2 })), { minLength: 1, maxLength: 5 });

/** Rejects when these runs break an invariant. Each try gets a run of its own. */
export async function checkInvariants(runs: Runs, tries: number): Promise<void> {
  let made = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(burst, { maxLength: 10 }), async (bursts) => {
      const id = `p${made++}`;
      await runs.create(specOf(id));
      for (let chunk = 0; chunk < CHUNKS; chunk += 1) await runs.addChunk(id, chunk, 'quote', KEYS);
      let before = await lettersOf(runs, id);
      for (const calls of bursts) {
        await Promise.all(
          calls.flatMap(([make, times]) => Array.from({ length: times }, () => make(runs, id))),
        );
        const after = await lettersOf(runs, id);
        expectNoOutcomeChanged(before, after);
        expectAddedUp(await runOf(runs, id), after);
        before = after;
      }
      await expectFinishes(runs, id);
    }),
    { numRuns: tries },
  );
}

async function runOf(runs: Runs, id: string): Promise<Run> {
  const run = await runs.get(id);
  if (run === undefined) throw new Error(`run ${id} is gone`);
  return run;
}

async function lettersOf(runs: Runs, id: string): Promise<string> {
  const chunks = await Promise.all(Array.from({ length: CHUNKS }, (_, chunk) => runs.chunk(id, chunk)));
  return chunks.map((chunk) => chunk?.outcomes ?? '').join('');
}

function expectNoOutcomeChanged(before: string, after: string): void {
  expect(after).toHaveLength(before.length);
  for (const [i, letter] of [...before].entries()) {
    const allowed = SUCCESSES.includes(letter) ? [letter, 'f'] : [letter];
    if (letter !== PENDING_CODE) expect(allowed).toContain(after[i]);
  }
}

function expectAddedUp(run: Run, letters: string): void {
  expect(run.total).toBe(letters.length);
  expect(run.counts).toEqual(tally(letters));
  expect(sumOf(run.counts) + run.pending).toBe(run.total);
  expect(run.pending === 0).toBe(run.state === 'verifying' || run.state === 'ended' || allRecorded(run));
}

/** Everything is recorded, but the plan is still being made. */
function allRecorded({ state, counts, total }: Run): boolean {
  return state === 'planning' && sumOf(counts) === total;
}

/** Whatever happened, recording every key leads to the end, and somebody is told. */
async function expectFinishes(runs: Runs, id: string): Promise<void> {
  const { state } = await runs.begin(id, CHUNKS, CHUNKS * KEYS.length, 80);
  if (state === 'ended') return;
  const marks = KEYS.map((_, i) => ({ index: i, outcome: 'failed' as const }));
  const answers = await Promise.all(
    Array.from({ length: CHUNKS }, (_, chunk) => runs.record(id, chunk, marks)),
  );
  expect(answers.some(({ last }) => last)).toBe(true);
  const run = await runs.end(id, 'finished', '', {}, 100);
  expect(run).toMatchObject({ state: 'ended', pending: 0 });
  expect(sumOf(run.counts)).toBe(run.total);
}
