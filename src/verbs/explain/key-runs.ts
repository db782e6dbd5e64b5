/** The last runs whose manifest has a key, and how it ended in each. */
import type { Run, Runs } from '../../catalog/runs/runs.ts';
import { type Outcome, outcomeOfCode } from '../../core/outcome.ts';
import type { Source } from '../../core/source.ts';
import { chunksOf } from '../runs/manifest.ts';
import { reachesSource, reachOf } from '../runs/run-reach.ts';

export interface KeyRunsDeps {
  readonly runs: Pick<Runs, 'list' | 'chunk'>;
}

export interface KeyRun {
  readonly run: Run;
  /** Undefined: it has not ended there yet. */
  readonly outcome: Outcome | undefined;
}

export interface KeyRuns {
  readonly found: readonly KeyRun[];
  /** Runs whose manifest is whole, was looked through and has no such key. */
  readonly without: ReadonlySet<string>;
  /** Whether each of the latest runs was looked through; their manifests may be too long for that. */
  readonly isAll: boolean;
}

/** Of the latest runs, so many are looked through, until the key was found in so many. */
const LOOKED_AT = 20;
const WANTED = 3;
/** Pieces of manifests that are read, of up to a thousand keys each. */
const MOST_CHUNKS = 96;

export async function keyRuns({ runs }: KeyRunsDeps, source: Source, key: string): Promise<KeyRuns> {
  const { runs: latest } = await runs.list(LOOKED_AT, undefined);
  const found: KeyRun[] = [];
  const without = new Set<string>();
  let left = MOST_CHUNKS;
  for (const run of latest.filter((each) => reachesSource(reachOf(each), source))) {
    if (found.length >= WANTED) break;
    if (run.chunks > left) return { found, without, isAll: false };
    left -= run.chunks;
    const outcome = await outcomeIn(runs, run, key);
    if (outcome !== undefined) found.push({ run, outcome: outcome.outcome });
    else if (run.state !== 'planning') without.add(run.id);
  }
  return { found, without, isAll: true };
}

async function outcomeIn(runs: KeyRunsDeps['runs'], run: Run, key: string) {
  for await (const { chunk } of chunksOf(runs, run)) {
    const at = chunk.keys.indexOf(key);
    if (at >= 0) return { outcome: outcomeOfCode(chunk.outcomes[at] ?? '') };
  }
  return undefined;
}
