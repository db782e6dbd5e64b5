/** Warms a chunk of a run: records how each of its keys ended, and tries again what did not end. */
import type { Attempts } from '../catalog/attempts.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { DeadLetters } from '../catalog/dead-letters.ts';
import type { Registry } from '../catalog/registry.ts';
import type { RunCalls } from '../catalog/runs/run-calls.ts';
import type { RunChunk, RunState, Runs } from '../catalog/runs/runs.ts';
import type { CallRecord } from '../core/call-record.ts';
import type { Clock, Random } from '../core/clock.ts';
import type { Events } from '../core/events.ts';
import { timeOf } from '../core/freshness.ts';
import { PENDING_CODE } from '../core/outcome.ts';
import type { Source } from '../core/source.ts';
import type { Sources } from '../core/sources.ts';
import { type Backoff, backoffMs } from '../flow/backoff.ts';
import { reasonOfRun } from '../policy/decision.ts';
import type { Ending, Queue } from '../queue/queue.ts';
import type { SlowKey } from '../warming/calls/task-calls.ts';
import { endKeys, noteAttempts } from '../warming/settlement.ts';
import type { Ended, Unfinished, WarmResult, WarmTask } from '../warming/warm-task.ts';
import type { Warmer } from '../warming/warmer.ts';
import type { HandBack } from './hand-back.ts';
import type { JobContext } from './job.ts';
import { type PrefetchPayload, retryJob, verifyJob } from './run-jobs.ts';
import { endAtDeadline } from './run-life.ts';

type WarmPayload = Extract<PrefetchPayload, { step: 'warm' }>;

export interface ChunkWarmerDeps {
  readonly runs: Runs;
  readonly runCalls: Pick<RunCalls, 'note'>;
  readonly catalog: Catalog;
  readonly failedAttempts: Pick<Attempts, 'note'>;
  readonly deadLetters: DeadLetters;
  readonly registry: Registry;
  readonly queue: Queue;
  readonly warmer: Warmer;
  readonly handBack: HandBack;
  readonly sources: Sources;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Events;
  readonly attempts: number;
  readonly backoff: Backoff;
}

/** One attempt at keys of a chunk. */
interface Attempt extends WarmPayload {
  readonly of: RunChunk;
  /** Ms since the epoch. */
  readonly began: number;
}

const DONE: Ending = { kind: 'done' };

export class ChunkWarmer {
  readonly #deps: ChunkWarmerDeps;

  constructor(deps: ChunkWarmerDeps) {
    this.#deps = deps;
  }

  /** Warms the keys of a chunk that are pending. Idempotent: outcomes are recorded once, and what is fresh is not fetched again. */
  async warm(work: WarmPayload, { signal }: JobContext): Promise<Ending> {
    const { runs, sources, queue, clock } = this.#deps;
    const of = await runs.chunk(work.run, work.chunk);
    if (of === undefined || of.runState === 'ended') return DONE;
    const pending = pendingOf(of, work.indexes);
    if (pending.length === 0) {
      // The worker before may have died after it recorded the last key, and before it queued what follows.
      if (of.runState === 'verifying') await queue.add([verifyJob(work.run)]);
      return DONE;
    }
    const { deadlineAt } = of.options;
    if (deadlineAt > 0 && clock.now() >= deadlineAt) return this.#endAtDeadline(work.run);
    const source = sources.get(of.source);
    const attempt = { ...work, of, began: clock.now() };
    if (source !== undefined) return this.#warm(attempt, pending, source, signal);
    const handedBack = await this.#deps.handBack.ofSource(of.source);
    if (handedBack !== undefined) return handedBack;
    const reason = `source "${of.source}" is not configured any more`;
    await this.#fail(attempt, pending, reason);
    return DONE;
  }

  /** The last try threw: the keys that are pending fail. */
  async giveUp(work: WarmPayload, reason: string): Promise<void> {
    const of = await this.#deps.runs.chunk(work.run, work.chunk);
    if (of === undefined) return;
    await this.#fail({ ...work, of, began: this.#deps.clock.now() }, pendingOf(of, work.indexes), reason);
  }

  async #warm(
    attempt: Attempt,
    pending: readonly number[],
    source: Source,
    stopping: AbortSignal,
  ): Promise<Ending> {
    const { options: run, stamps, keys: all } = attempt.of;
    const over = new AbortController();
    const deadline = this.#atDeadline(run.deadlineAt, over);
    const onEnded = async (batch: readonly Ended[]) => {
      const state = await this.#record(
        attempt,
        batch.map((end) => ({ ...end, index: pending[end.index] ?? 0 })),
      );
      if (state === 'ended') over.abort(new Error('the run has ended'));
    };
    const keys = pending.map((index) => all[index] ?? '');
    const options = { reason: reasonOfRun(run), since: timeOf(stamps[source.origin] ?? 0) };
    const signal = AbortSignal.any([stopping, over.signal]);
    try {
      const { acceptAbsent } = run;
      const about = { source, keys, options, acceptAbsent, user: 'run', run: attempt.run } as const;
      const onCalls: WarmTask['onCalls'] = (calls, slow) =>
        this.#noteCalls(attempt, source, keys, { calls, slow });
      const task = { ...about, isAgain: attempt.attempt > 1, onEnded, onCalls, signal };
      const result = await this.#deps.warmer.warm(task);
      return await this.#goOn(attempt, pending, source, result);
    } catch (error) {
      if (deadline?.passed === true) return await this.#endAtDeadline(attempt.run);
      if (over.signal.aborted) return DONE;
      if (stopping.aborted) return { kind: 'back' };
      throw error;
    } finally {
      deadline?.cancel();
    }
  }

  /** Nobody's keys wait for it: a run is done though its figures are not whole. */
  async #noteCalls(
    { run, chunk, attempt, began }: Attempt,
    source: Source,
    keys: readonly string[],
    { calls, slow }: { readonly calls: CallRecord; readonly slow: readonly SlowKey[] },
  ): Promise<void> {
    const named = slow.map(({ index, ms }) => ({ key: keys[index] ?? '', ms: Math.round(ms) }));
    const noted = { ...calls, source: source.name, slow: named };
    try {
      await this.#deps.runCalls.note(run, `${chunk}:${attempt}:${began}`, noted);
    } catch (error) {
      this.#deps.events.emit('problem', { where: `figures of run ${run}`, error });
    }
  }

  /**
   * What becomes of keys that did not end. When the origin is paused, the job waits for it, but not beyond the deadline,
   * which ends the run. Otherwise they are tried apart from their chunk, later; after the last try they fail.
   */
  async #goOn(
    attempt: Attempt,
    pending: readonly number[],
    source: Source,
    { deferred, unfinished }: WarmResult,
  ): Promise<Ending> {
    const { queue, attempts, backoff, random } = this.#deps;
    if (deferred !== undefined) {
      const { deadlineAt } = attempt.of.options;
      const at = deadlineAt > 0 ? Math.min(deferred.until, deadlineAt) : deferred.until;
      return { kind: 'later', at, reason: deferred.reason };
    }
    if (unfinished.length === 0) return DONE;
    const left = unfinished.map((key) => ({ ...key, index: pending[key.index] ?? 0 }));
    if (attempt.attempt >= attempts) {
      await this.#failAll(attempt, left);
      return DONE;
    }
    await this.#note(attempt, left);
    const indexes = left.map(({ index }) => index);
    const delayMs = backoffMs(attempt.attempt, backoff, random);
    await queue.add([retryJob(attempt.run, attempt.chunk, source, indexes, attempt.attempt + 1, delayMs)]);
    return DONE;
  }

  /** What is tried again has not ended, and is nowhere else on record. */
  #note({ of, run }: Attempt, left: readonly Unfinished[]): Promise<void> {
    const at = this.#deps.clock.now();
    const { source, keys } = of;
    const attempts = left.map(({ index, reason }) => ({
      ...{ key: keys[index] ?? '', outcome: 'failed' as const },
      ...{ reason, at, run },
    }));
    return noteAttempts(this.#deps.failedAttempts, source, attempts);
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

  async #endAtDeadline(run: string): Promise<Ending> {
    await endAtDeadline(this.#deps, run);
    return DONE;
  }

  /** Fails keys that were not asked for. */
  #fail(attempt: Attempt, indexes: readonly number[], reason: string): Promise<void> {
    return this.#failAll(
      attempt,
      indexes.map((index) => ({ index, reason, blameless: true })),
    );
  }

  async #failAll(attempt: Attempt, lost: readonly Unfinished[]): Promise<void> {
    const { began: since, of } = attempt;
    const { source, keys } = of;
    const lifetime = this.#deps.sources.get(source)?.lifetime;
    const ended = lost.map((key): Ended => ({ ...key, outcome: 'failed', dueAt: undefined, since }));
    const ends = ended.map((end) => ({ ...end, key: keys[end.index] ?? '' }));
    const owner = { source, lifetime, run: attempt.run };
    await endKeys(this.#deps, owner, ends, () => this.#record(attempt, ended));
  }

  /** Records how keys of the chunk ended. The call that records the last key of a run queues its verification. */
  async #record({ run, chunk, attempt, of }: Attempt, ended: readonly Ended[]): Promise<RunState> {
    const { runs, queue, deadLetters, clock } = this.#deps;
    const at = clock.now();
    const failed = ended.filter(({ outcome }) => outcome === 'failed');
    if (failed.length > 0) {
      const about = { source: of.source, run, at, attempts: attempt };
      await deadLetters.add(
        failed.map(({ index, reason }) => ({ ...about, key: of.keys[index] ?? '', reason })),
      );
    }
    const { state, last } = await runs.record(run, chunk, ended);
    if (last) await queue.add([verifyJob(run)]);
    return state;
  }
}

function pendingOf(chunk: RunChunk, only: readonly number[] | undefined): number[] {
  const wanted = only ?? chunk.keys.map((_, index) => index);
  return wanted.filter((index) => chunk.outcomes[index] === PENDING_CODE);
}
