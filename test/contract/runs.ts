/** What every store of runs must do. Each clause has a liar, which it must catch. */
import type { Runs } from '../../src/catalog/runs/runs.ts';
import { endingClauses } from './runs.ending.ts';
import { listingClauses } from './runs.listing.ts';
import { planningClauses } from './runs.planning.ts';
import { recordingClauses } from './runs.recording.ts';
import { apart, type ClausesWithLiars } from './suite.ts';

const runsClauses: ClausesWithLiars<Runs> = {
  ...planningClauses,
  ...recordingClauses,
  ...endingClauses,
  ...listingClauses,
};

export const { clauses: RUNS_CLAUSES, liars: RUNS_LIARS } = apart(runsClauses);
