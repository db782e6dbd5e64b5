/** What every store of runs must do. Each clause has a liar, which it must catch. */
import { describe, test } from 'vitest';
import type { Runs } from '../../src/catalog/runs/runs.ts';
import { endingClauses } from './runs.ending.ts';
import { listingClauses } from './runs.listing.ts';
import { planningClauses } from './runs.planning.ts';
import { recordingClauses } from './runs.recording.ts';
import type { RunsClause } from './runs.steps.ts';

export const runsClauses: Readonly<Record<string, RunsClause>> = {
  ...planningClauses,
  ...recordingClauses,
  ...endingClauses,
  ...listingClauses,
};

/** Runs the clauses on runs of one's own: each gets a new, empty store. */
export function describeRuns(name: string, create: () => Runs): void {
  describe(`the runs contract, kept by ${name}`, () => {
    for (const [sentence, { check }] of Object.entries(runsClauses)) {
      test(sentence, () => check(create()));
    }
  });
}
