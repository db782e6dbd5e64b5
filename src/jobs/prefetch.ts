/** Runs: plans one into chunks, warms a chunk, and verifies the whole before it is called done. */
import type { Catalog } from '../catalog/catalog.ts';
import type { DeadLetters } from '../catalog/dead-letters.ts';
import type { Registry } from '../catalog/registry.ts';
import type { EndedReason, Mark, Run, RunChunk, Runs } from '../catalog/runs/runs.ts';
import type { Clock, Random } from '../core/clock.ts';
import type { Events } from '../core/events.ts';
import { PENDING_CODE } from '../core/outcome.ts';
import type { Source } from '../core/source.ts';
import type { Sources } from '../core/sources.ts';
import { type Backoff, backoffMs } from '../flow/backoff.ts';
import { dueAfterFailure } from '../policy/decision.ts';
import type { Ending, Queue, QueuedJob } from '../queue/queue.ts';
import type { Ended, Unfinished } from '../warming/result-writer.ts';
import type { Warmer, WarmResult } from '../warming/warmer.ts';
import type { JobContext, JobKind } from './job.ts';
import { chunkJob, type PrefetchPayload, planJob, prefetchPayload, retryJob, verifyJob } from './run-jobs.ts';
import type { RunPlanner } from './run-planner.ts';
import type { RunVerifier } from './run-verifier.ts';

type WarmPayload = Extract<PrefetchPayload, { step: 'warm' }>;

export interface PrefetchDeps {
  readonly runs: Runs;
  readonly catalog: Catalog;
  readonly deadLetters: DeadLetters;
  readonly registry: Registry;
  readonly queue: Queue;
  readonly warmer: Warmer;
  readonly planner: RunPlanner;
  readonly verifier: RunVerifier;
  readonly sources: Sources;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events;
  readonly attempts: number;
  readonly backoff: Backoff;
}

/** When keys of a source that is not configured any more are next due; `gc` forgets them before, in ms. */
const ORPHAN_DUE_MS = 3_600_000;

const DONE: Ending = { kind: 'done' };

export class Prefetch implements JobKind<PrefetchPayload> {
  readonly name = 'prefetch';
  readonly #deps: PrefetchDeps;

  constructor(deps: PrefetchDeps) {
    this.#deps = deps;
  }

  parse(raw: unknown): PrefetchPayload {
    return prefetchPayload.parse(raw);
  }

  async run(work: PrefetchPayload, context: JobContext): Promise<Ending> {
    switch (work.step) {
      case 'plan':
        await this.#deps.planner.plan(work.run, context.signal);
        return DONE;
      case 'warm':
        return this.#warm(work, context);
      case 'verify': {
        const again = await this.#deps.verifier.verify(work.run, context.signal);
        return again === undefined ? DONE : { kind: 'later', at: again, reason: 'a tier does not answer' };
      }
    }
  }

  async giveUp(work: PrefetchPayload, reason: string): Promise<void> {
    if (work.step !== 'warm') {
      await this.#stopRun(work.run, 'failed', `${work.step}: ${reason}`);
      return;
    }
    const chunk = await this.#deps.runs.chunk(work.run, work.chunk);
    if (chunk === undefined) return;
    const indexes = pendingOf(chunk, work.indexes);
    await this.#fail(
      work,
      chunk,
      indexes.map((index) => ({ index, reason })),
    );
  }

  async #warm(work: WarmPayload, context: JobContext): Promise<Ending> {
    const { runs, sources, clock } = this.#deps;
    const chunk = await runs.chunk(work.run, work.chunk);
    if (chunk === undefined || chunk.runState === 'ended') return DONE;
    const indexes = pendingOf(chunk, work.indexes);
    if (indexes.length === 0) return this.#nothingLeft(work, chunk);
    const { deadlineAt } = chunk.options;
    if (deadlineAt > 0 && clock.now() >= deadlineAt) return this.#stopRun(work.run, 'deadline', '');
    const source = sources.get(chunk.source);
    if (source !== undefined) return this.#warmKeys(work, chunk, indexes, source, context);
    const reason = `source "${chunk.source}" is not configured any more`;
    await this.#fail(
      work,
      chunk,
      indexes.map((index) => ({ index, reason })),
    );
    return DONE;
  }

  async #warmKeys(
    work: WarmPayload,
    chunk: RunChunk,
    indexes: readonly number[],
    source: Source,
    context: JobContext,
  ): Promise<Ending> {
    const { force, missing, deadlineAt } = chunk.options;
    const over = new AbortController();
    const deadline = this.#atDeadline(deadlineAt, over);
    const onEnded = async (batch: readonly Ended[]) => {
      const state = await this.#record(work, chunk, indexes, batch);
      if (state === 'ended') over.abort(new Error('the run has ended'));
    };
    const keys = indexes.map((index) => chunk.keys[index] ?? '');
    const options = { force, missing, since: chunk.createdAt };
    const signal = AbortSignal.any([context.signal, over.signal]);
    try {
      const left = await this.#deps.warmer.warm({ source, keys, options, run: work.run, onEnded, signal });
      return await this.#goOn(work, chunk, indexes, left);
    } catch (error) {
      if (deadline?.passed === true) return await this.#stopRun(work.run, 'deadline', '');
      if (over.signal.aborted) return DONE;
      if (context.signal.aborted) return { kind: 'back' };
      throw error;
    } finally {
      deadline?.cancel();
    }
  }

  /** What becomes of the keys that a warm left; none of it waits beyond the deadline, which ends the run. */
  async #goOn(
    work: WarmPayload,
    chunk: RunChunk,
    indexes: readonly number[],
    left: WarmResult,
  ): Promise<Ending> {
    const { deferred, unfinished } = left;
    if (deferred !== undefined) {
      const { deadlineAt } = chunk.options;
      const at = deadlineAt > 0 ? Math.min(deferred.until, deadlineAt) : deferred.until;
      return { kind: 'later', at, reason: deferred.reason };
    }
    await this.#tryAgain(
      work,
      chunk,
      unfinished.map(({ index, reason }) => ({ index: indexes[index] ?? 0, reason })),
    );
    return DONE;
  }

  #atDeadline(deadlineAt: number, over: AbortController) {
    if (deadlineAt === 0) return undefined;
    const { clock } = this.#deps;
    const passing = { passed: false, cancel: () => timer.cancel() };
    const timer = clock.after(deadlineAt - clock.now(), () => {
      passing.passed = true;
      over.abort(new Error('the deadline of the run has passed'));
    });
    return passing;
  }

  /** Every key that is pending is cancelled. */
  async #stopRun(run: string, reason: EndedReason, note: string): Promise<Ending> {
    const { runs, clock, events } = this.#deps;
    const stopped = await runs.stop(run, reason, note, clock.now());
    if (stopped.endedReason === reason) events.emit('run:ended', { run, reason });
    return DONE;
  }

  /** Whoever did this before may have died after it recorded the last key, and before anything came of it. */
  async #nothingLeft({ run }: WarmPayload, { runState }: RunChunk): Promise<Ending> {
    if (runState === 'verifying') await this.#deps.queue.add([verifyJob(run)]);
    return DONE;
  }

  /** Records endings; the one who records the last of a run has it verified. */
  async #record(
    work: WarmPayload,
    chunk: RunChunk,
    indexes: readonly number[],
    batch: readonly Ended[],
  ): Promise<string> {
    const { runs, queue, clock } = this.#deps;
    const marks: Mark[] = batch.map(({ index, outcome }) => ({ index: indexes[index] ?? 0, outcome }));
    const failed = batch.filter(({ outcome }) => outcome === 'failed');
    if (failed.length > 0) {
      await this.#bury(
        work,
        chunk,
        failed.map(({ index, reason }) => ({ index: indexes[index] ?? 0, reason })),
      );
    }
    const { state, last } = await runs.record(work.run, work.chunk, marks, clock.now());
    if (last) await queue.add([verifyJob(work.run)]);
    return state;
  }

  /** Keys that did not end are tried apart from their chunk, later; after the last try they fail. */
  async #tryAgain(work: WarmPayload, chunk: RunChunk, unfinished: readonly Unfinished[]): Promise<void> {
    if (unfinished.length === 0) return;
    const { queue, sources, attempts, backoff, random } = this.#deps;
    const source = sources.get(chunk.source);
    if (work.attempt >= attempts || source === undefined) return this.#fail(work, chunk, unfinished);
    const indexes = unfinished.map(({ index }) => index);
    const delayMs = backoffMs(work.attempt, backoff, random);
    await queue.add([retryJob(work.run, work.chunk, source, indexes, work.attempt + 1, delayMs)]);
  }

  async #fail(work: WarmPayload, chunk: RunChunk, lost: readonly Unfinished[]): Promise<void> {
    if (lost.length === 0) return;
    const { catalog, registry, sources, clock, events } = this.#deps;
    const at = clock.now();
    const lifetime = sources.get(chunk.source)?.lifetime;
    const dueAt = lifetime === undefined ? at + ORPHAN_DUE_MS : dueAfterFailure(lifetime, at);
    const outcomes = { failed: lost.length };
    await catalog.settle(
      chunk.source,
      lost.map(({ index, reason }) => ({
        key: chunk.keys[index] ?? '',
        dueAt,
        failure: { outcome: 'failed', reason, at },
      })),
    );
    const indexes = lost.map(({ index }) => index);
    await this.#record(
      work,
      chunk,
      indexes,
      lost.map(({ reason }, i) => ({ index: i, outcome: 'failed', reason })),
    );
    await registry.count(chunk.source, outcomes);
    const told = { source: chunk.source, run: work.run };
    for (const { index, reason } of lost)
      events.emit('key:failed', { ...told, key: chunk.keys[index] ?? '', reason });
    events.emit('keys:ended', { ...told, outcomes });
  }

  #bury(work: WarmPayload, chunk: RunChunk, lost: readonly Unfinished[]): Promise<void> {
    const { deadLetters, clock } = this.#deps;
    const at = clock.now();
    return deadLetters.add(
      lost.map(({ index, reason }) => ({
        source: chunk.source,
        key: chunk.keys[index] ?? '',
        run: work.run,
        reason,
        at,
        attempts: work.attempt,
      })),
    );
  }
}

function pendingOf(chunk: RunChunk, only: readonly number[] | undefined): number[] {
  const wanted = only ?? chunk.keys.map((_, index) => index);
  return wanted.filter((index) => chunk.outcomes[index] === PENDING_CODE);
}

/** Puts work back that a crash lost between two steps, and leaves what is there. Answers how many jobs that were. */
export async function requeue(
  run: Run,
  { runs, queue, sources }: Pick<PrefetchDeps, 'runs' | 'queue' | 'sources'>,
): Promise<number> {
  const addLost = async (job: QueuedJob) => {
    if (await queue.pending(job.lane, job.id)) return 0;
    await queue.add([job]);
    return 1;
  };
  if (run.state === 'planning') return addLost(planJob(run.id));
  if (run.state === 'verifying') return addLost(verifyJob(run.id));
  let added = 0;
  for (let n = 0; run.state === 'running' && n < run.chunks; n += 1) {
    const chunk = await runs.chunk(run.id, n);
    if (chunk === undefined || !chunk.outcomes.includes(PENDING_CODE)) continue;
    added += await addLost(chunkJob(run.id, n, sources.get(chunk.source)));
  }
  return added;
}
