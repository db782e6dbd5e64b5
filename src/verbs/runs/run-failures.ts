/** Which keys one run did not warm, and why: read from its manifest, a page at a time. */
import { z } from 'zod';
import type { Catalog } from '../../catalog/catalog.ts';
import type { Run, Runs } from '../../catalog/runs/runs.ts';
import { type Outcome, outcomeOfCode, PENDING_CODE } from '../../core/outcome.ts';
import type { Sources } from '../../core/sources.ts';
import { stillWanted } from '../../flow/errand.ts';
import { failureReasons } from './failure-reasons.ts';

const FAILURES = ['failed', 'refused'] as const;
type Failure = (typeof FAILURES)[number];

export const failedKey = z.object({
  key: z.string(),
  outcome: z.enum(FAILURES),
  reason: z
    .string()
    .describe('Of its last failed attempt; empty where nothing is on record any more, as after a success.'),
});

export const runFailures = z.object({
  run: z.string(),
  failures: z.array(failedKey).describe('In the order of the manifest.'),
  total: z.int().describe('Keys of the run that failed or were refused, so far.'),
  cursor: z.string().nullable().describe('Of the next page; null: this is the last one.'),
});
export type RunFailures = z.infer<typeof runFailures>;

/** Where in the manifest a page begins: the chunk, and the key in it. */
export const failuresCursor = z
  .string()
  .regex(/^\d{1,9}\.\d{1,9}$/, 'is not the cursor of a page of failures');

export interface RunFailuresDeps {
  readonly runs: Pick<Runs, 'chunk'>;
  readonly catalog: Pick<Catalog, 'get'>;
  readonly sources: Sources;
}

interface Place {
  readonly chunk: number;
  readonly index: number;
}

interface Found {
  readonly key: string;
  readonly outcome: Failure;
  readonly place: Place;
}

/** Chunks that are read at once. */
const AT_ONCE = 8;

export async function failuresOf(
  deps: RunFailuresDeps,
  run: Run,
  limit: number,
  cursor: string | undefined,
): Promise<RunFailures> {
  // One more than the page holds tells where the next one begins.
  const found = await failuresFrom(deps, run, placeOf(cursor), limit + 1);
  const page = found.slice(0, limit);
  const reasons = await failureReasons(
    deps,
    page.map(({ key }) => key),
  );
  const next = found[limit]?.place;
  return {
    run: run.id,
    failures: page.map(({ key, outcome }, i) => ({ key, outcome, reason: reasons[i] ?? '' })),
    total: FAILURES.reduce((sum, outcome) => sum + (run.counts[outcome] ?? 0), 0),
    cursor: next === undefined ? null : `${next.chunk}.${next.index}`,
  };
}

function placeOf(cursor: string | undefined): Place {
  const [chunk = 0, index = 0] = cursor?.split('.').map(Number) ?? [];
  return { chunk, index };
}

async function failuresFrom(
  { runs }: RunFailuresDeps,
  { id, chunks }: Run,
  from: Place,
  most: number,
): Promise<Found[]> {
  const found: Found[] = [];
  for (let first = from.chunk; first < chunks && found.length < most; first += AT_ONCE) {
    stillWanted();
    const numbers = Array.from({ length: Math.min(AT_ONCE, chunks - first) }, (_, i) => first + i);
    const page = await Promise.all(numbers.map((chunk) => runs.chunk(id, chunk)));
    page.forEach((held, i) => {
      const chunk = first + i;
      held?.keys.forEach((key, index) => {
        const outcome = failureOf(held.outcomes[index] ?? PENDING_CODE);
        const isBefore = chunk === from.chunk && index < from.index;
        if (outcome !== undefined && !isBefore) found.push({ key, outcome, place: { chunk, index } });
      });
    });
  }
  return found.slice(0, most);
}

function failureOf(code: string): Failure | undefined {
  const outcome: Outcome | undefined = code === PENDING_CODE ? undefined : outcomeOfCode(code);
  return FAILURES.find((each) => each === outcome);
}
