/** The jobs of a run: one plans it into chunks, one warms each chunk, and one verifies the whole. */
import { ForewarmError } from '../core/errors.ts';
import type { Ending } from '../queue/queue.ts';
import type { ChunkWarmer } from './chunk-warmer.ts';
import type { HandBack } from './hand-back.ts';
import { type JobContext, type JobKind, readPayload } from './job.ts';
import { type PrefetchPayload, prefetchPayload } from './run-jobs.ts';
import { type RunLifeDeps, stopRun } from './run-life.ts';
import type { RunPlanner } from './run-planner.ts';
import type { RunVerifier } from './run-verifier.ts';

export interface PrefetchDeps extends Pick<RunLifeDeps, 'runs' | 'clock' | 'events'> {
  readonly planner: RunPlanner;
  readonly chunks: ChunkWarmer;
  readonly verifier: RunVerifier;
  readonly handBack: Pick<HandBack, 'ofError'>;
}

const DONE: Ending = { kind: 'done' };

export class Prefetch implements JobKind<PrefetchPayload> {
  readonly name = 'prefetch';
  readonly #deps: PrefetchDeps;

  constructor(deps: PrefetchDeps) {
    this.#deps = deps;
  }

  parse(raw: unknown): PrefetchPayload {
    return readPayload(prefetchPayload, raw);
  }

  async run(work: PrefetchPayload, context: JobContext): Promise<Ending> {
    const { step, run } = work;
    const chunk = step === 'warm' ? work.chunk : undefined;
    this.#deps.events.tracer.note({ 'forewarm.run': run, 'forewarm.chunk': chunk }, `prefetch ${step}`);
    switch (work.step) {
      case 'plan':
        return this.#plan(work.run, context.signal);
      case 'warm':
        return this.#deps.chunks.warm(work, context);
      case 'verify': {
        const at = await this.#deps.verifier.verify(work.run, context.signal);
        return at === undefined ? DONE : { kind: 'later', at, reason: 'a tier does not answer' };
      }
    }
  }

  /**
   * A list that is wrong stays wrong until somebody mends it: trying again would only hide that for minutes. One that only this
   * process cannot read is left to the others.
   */
  async #plan(run: string, signal: AbortSignal): Promise<Ending> {
    try {
      return (await this.#deps.planner.plan(run, signal)) ?? DONE;
    } catch (error) {
      if (!(error instanceof ForewarmError) || error.code !== 'E_ENTITIES_INVALID') throw error;
      const later = await this.#deps.handBack.ofError(error);
      if (later !== undefined) return later;
      await stopRun(this.#deps, run, 'failed', `plan: ${error.code}: ${error.message}`);
      return DONE;
    }
  }

  /** A chunk that is given up fails its keys; a run that cannot be planned or verified ends. */
  async giveUp(work: PrefetchPayload, reason: string): Promise<void> {
    if (work.step === 'warm') await this.#deps.chunks.giveUp(work, reason);
    else await stopRun(this.#deps, work.run, 'failed', `${work.step}: ${reason}`);
  }
}
