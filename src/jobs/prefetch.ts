/** Runs: plans one into chunks, warms a chunk, and verifies the whole before it is called done. */
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import type { DeadLetters } from '../catalog/letters.ts';
import type { Mark, Run, RunChunk, Runs } from '../catalog/runs.ts';
import type { Clock, Random } from '../core/clock.ts';
import type { Events } from '../core/events.ts';
import { PENDING_LETTER } from '../core/outcome.ts';
import type { Source } from '../core/source.ts';
import { type Backoff, backoffMs } from '../flow/backoff.ts';
import type { Ending, Queue } from '../queue/queue.ts';
import type { JobContext, JobKind } from './job.ts';
import { chunkId, chunkJob, planJob, retryJob, verifyJob } from './run-jobs.ts';
import type { RunPlanner } from './run-planner.ts';
import type { RunVerifier } from './run-verifier.ts';
import type { Ended, Unfinished } from './sink.ts';
import type { Warmer } from './warmer.ts';

const payload = z.discriminatedUnion('step', [
  z.strictObject({ step: z.literal('plan'), run: z.string() }),
  z.strictObject({
    step: z.literal('warm'),
    run: z.string(),
    chunk: z.int().min(0),
    /** Only these keys of the chunk; absent: all that are pending. */
    indexes: z.array(z.int().min(0)).optional(),
    /** Which try of these keys this is, from 1. */
    attempt: z.int().min(1),
  }),
  z.strictObject({ step: z.literal('verify'), run: z.string() }),
]);
export type PrefetchPayload = z.infer<typeof payload>;
type WarmPayload = Extract<PrefetchPayload, { step: 'warm' }>;

export interface PrefetchParts {
  readonly runs: Runs;
  readonly catalog: Catalog;
  readonly letters: DeadLetters;
  readonly queue: Queue;
  readonly warmer: Warmer;
  readonly planner: RunPlanner;
  readonly verifier: RunVerifier;
  readonly sources: ReadonlyMap<string, Source>;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events;
  readonly attempts: number;
  readonly backoff: Backoff;
}

const DONE: Ending = { kind: 'done' };

export class Prefetch implements JobKind<PrefetchPayload> {
  readonly name = 'prefetch';
  readonly #parts: PrefetchParts;

  constructor(parts: PrefetchParts) {
    this.#parts = parts;
  }

  parse(raw: unknown): PrefetchPayload {
    return payload.parse(raw);
  }

  async run(work: PrefetchPayload, context: JobContext): Promise<Ending> {
    switch (work.step) {
      case 'plan':
        await this.#parts.planner.plan(work.run, context.signal);
        return DONE;
      case 'warm':
        return this.#warm(work, context);
      case 'verify':
        await this.#parts.verifier.verify(work.run, context.signal);
        return DONE;
    }
  }

  async giveUp(work: PrefetchPayload, reason: string): Promise<void> {
    const { runs, clock } = this.#parts;
    if (work.step !== 'warm') {
      await runs.stop(work.run, 'failed', `${work.step}: ${reason}`, clock.now());
      return;
    }
    const chunk = await runs.chunk(work.run, work.chunk);
    if (chunk === undefined) return;
    const indexes = pendingOf(chunk, work.indexes);
    await this.#fail(
      work,
      chunk,
      indexes.map((index) => ({ index, reason })),
    );
  }

  async #warm(work: WarmPayload, context: JobContext): Promise<Ending> {
    const { runs, warmer, sources, clock } = this.#parts;
    const chunk = await runs.chunk(work.run, work.chunk);
    if (chunk === undefined || chunk.runState === 'ended') return DONE;
    const indexes = pendingOf(chunk, work.indexes);
    const source = sources.get(chunk.source);
    if (source === undefined) {
      await this.#fail(
        work,
        chunk,
        indexes.map((index) => ({ index, reason: `source "${chunk.source}" is not configured any more` })),
      );
      return DONE;
    }
    const { force, missing, deadlineAt } = chunk.options;
    if (deadlineAt > 0 && clock.now() >= deadlineAt) {
      await runs.stop(work.run, 'deadline', '', clock.now());
      return DONE;
    }
    const stopped = new AbortController();
    const signal = AbortSignal.any([context.signal, stopped.signal]);
    const ended = async (batch: readonly Ended[]) => {
      const state = await this.#record(work, chunk, indexes, batch);
      if (state === 'ended') stopped.abort(new Error('the run has ended'));
    };
    const keys = indexes.map((index) => chunk.keys[index] ?? '');
    try {
      const wish = { force, missing, since: chunk.createdAt };
      const left = await warmer.warm({ source, keys, wish, run: work.run, ended, signal });
      if (left.putOff !== undefined)
        return { kind: 'later', at: left.putOff.until, reason: left.putOff.reason };
      await this.#tryAgain(
        work,
        chunk,
        left.unfinished.map(({ index, reason }) => ({ index: indexes[index] ?? 0, reason })),
      );
      return DONE;
    } catch (error) {
      if (stopped.signal.aborted) return DONE;
      if (context.signal.aborted) return { kind: 'back' };
      throw error;
    }
  }

  /** Records endings; the one who records the last of a run has it verified. */
  async #record(
    work: WarmPayload,
    chunk: RunChunk,
    indexes: readonly number[],
    batch: readonly Ended[],
  ): Promise<string> {
    const { runs, queue, clock } = this.#parts;
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
    const { queue, sources, attempts, backoff, random } = this.#parts;
    const source = sources.get(chunk.source);
    if (work.attempt >= attempts || source === undefined) return this.#fail(work, chunk, unfinished);
    const indexes = unfinished.map(({ index }) => index);
    const delayMs = backoffMs(work.attempt, backoff, random);
    await queue.add([retryJob(work.run, work.chunk, source, indexes, work.attempt + 1, delayMs)]);
  }

  async #fail(work: WarmPayload, chunk: RunChunk, lost: readonly Unfinished[]): Promise<void> {
    if (lost.length === 0) return;
    const { catalog, clock, events } = this.#parts;
    const at = clock.now();
    await catalog.settle(
      chunk.source,
      lost.map(({ index, reason }) => ({
        key: chunk.keys[index] ?? '',
        dueAt: at + 60_000,
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
    events.emit('keys:ended', { source: chunk.source, run: work.run, outcomes: { failed: lost.length } });
  }

  #bury(work: WarmPayload, chunk: RunChunk, lost: readonly Unfinished[]): Promise<void> {
    const { letters, clock } = this.#parts;
    const at = clock.now();
    return letters.add(
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
  return wanted.filter((index) => chunk.outcomes[index] === PENDING_LETTER);
}

/** Puts work back that a crash lost between two steps; adding what still exists does nothing. */
export async function requeue(
  run: Run,
  { runs, queue, sources }: Pick<PrefetchParts, 'runs' | 'queue' | 'sources'>,
): Promise<number> {
  if (run.state === 'planning') await queue.add([planJob(run.id)]);
  if (run.state === 'verifying') await queue.add([verifyJob(run.id)]);
  if (run.state !== 'running') return run.state === 'ended' ? 0 : 1;
  let added = 0;
  for (let n = 0; n < run.chunks; n += 1) {
    const chunk = await runs.chunk(run.id, n);
    const source = chunk === undefined ? undefined : sources.get(chunk.source);
    if (chunk === undefined || !chunk.outcomes.includes(PENDING_LETTER)) continue;
    if (source !== undefined && (await queue.pending(source.origin, chunkId(run.id, n)))) continue;
    await queue.add([chunkJob(run.id, n, source)]);
    added += 1;
  }
  return added;
}
