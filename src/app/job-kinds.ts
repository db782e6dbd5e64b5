/** The job kinds, and what they share: the selection of keys, the warmer. */
import type { Budget } from '../core/budget.ts';
import type { Random } from '../core/clock.ts';
import type { Backoff } from '../flow/backoff.ts';
import { ChunkWarmer, type ChunkWarmerDeps } from '../jobs/chunk-warmer.ts';
import { Gc, type GcDeps } from '../jobs/gc.ts';
import { HandBack, type HandBackDeps } from '../jobs/hand-back.ts';
import { Invalidate, type InvalidateDeps } from '../jobs/invalidate.ts';
import { type AnyJobKind, anyKind } from '../jobs/job.ts';
import { Prefetch, type PrefetchDeps } from '../jobs/prefetch.ts';
import { Probe, type ProbeDeps } from '../jobs/probe.ts';
import { Refresh, type RefreshDeps } from '../jobs/refresh.ts';
import { RunPlanner, type RunPlannerDeps } from '../jobs/run-planner.ts';
import { RunVerifier, type RunVerifierDeps } from '../jobs/run-verifier.ts';
import type { OriginCallerDeps } from '../warming/calls/origin-caller.ts';
import { Selection, type SelectionDeps } from '../warming/selection.ts';
import { Warmer, type WarmerDeps } from '../warming/warmer.ts';

/** Made here, and handed to the kinds that need them. */
type Shared =
  | 'handBack'
  | 'selection'
  | 'invalidate'
  | 'chunks'
  | 'warmer'
  | 'planner'
  | 'verifier'
  | 'concurrency';

type AllDeps = SelectionDeps &
  OriginCallerDeps &
  WarmerDeps &
  ChunkWarmerDeps &
  RunPlannerDeps &
  RunVerifierDeps &
  InvalidateDeps &
  GcDeps &
  HandBackDeps &
  PrefetchDeps &
  RefreshDeps &
  ProbeDeps;

/** What all of them together are given: stores, stack, origins, and `jobs` of the configuration. */
export type JobKindsDeps = Omit<AllDeps, Shared> & {
  readonly budgets: ReadonlyMap<string, Budget>;
  readonly random: Random;
  readonly backoff: Backoff;
};

export function assembleJobKinds(deps: JobKindsDeps) {
  const concurrency = new Map([...deps.budgets].map(([origin, budget]) => [origin, budget.concurrency]));
  const handBack = new HandBack(deps);
  const selection = new Selection(deps);
  const warmer = new Warmer({ ...deps, concurrency });
  const chunks = new ChunkWarmer({ ...deps, warmer, handBack });
  const planner = new RunPlanner({ ...deps, selection, handBack });
  const verifier = new RunVerifier({ ...deps, warmer });
  const invalidate = new Invalidate({ ...deps, selection });
  const kinds = {
    invalidate,
    gc: new Gc({ ...deps, selection, handBack }),
    prefetch: new Prefetch({ ...deps, planner, chunks, verifier, handBack }),
    refresh: new Refresh({ ...deps, warmer, handBack }),
    probe: new Probe({ ...deps, invalidate, handBack }),
  };
  return { ...kinds, selection, warmer, planner, verifier, handBack, kinds: listOf(kinds) };
}

function listOf({ invalidate, gc, prefetch, refresh, probe }: Kinds): readonly AnyJobKind[] {
  return [anyKind(invalidate), anyKind(gc), anyKind(prefetch), anyKind(refresh), anyKind(probe)];
}

interface Kinds {
  readonly invalidate: Invalidate;
  readonly gc: Gc;
  readonly prefetch: Prefetch;
  readonly refresh: Refresh;
  readonly probe: Probe;
}
