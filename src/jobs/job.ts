/**
 * The contract of a job kind: what a job of this name does with its payload.
 *
 * A job is a chunk of keys, a tick or a step of a run; never a single key. Verbs, schedules and other jobs queue one as an
 * envelope (`queueing.ts` knows lanes and priorities); a worker takes it, and `workers/executor.ts` finds its kind by
 * name, has it parse the payload and run. There are five: `prefetch` (plan, warm and verify a run: `run-planner.ts`,
 * `chunk-warmer.ts`, `run-verifier.ts`), `refresh`, `probe`, `invalidate` and `gc`. `run-life.ts` creates and ends runs.
 *
 * A new kind is one file here (the class, the schema of its payload, the function that makes its envelope), a line in
 * `app/parts.ts`, and the place that queues it. `test/contract/job-kind.ts` has the clauses that it must keep.
 *
 * What must stay true:
 * - Running a job again changes nothing that it has done already: a worker may die after any step, and the queue delivers
 *   at least once. The id of an envelope is derived from the work, so that queueing it again adds nothing.
 * - A job never waits where it could come back: it returns `later` while its origin is paused, and `back` when it is
 *   told to stop.
 * - `run` throws only what is unexpected. The queue then tries the job again, and after the last try calls `giveUp`, which
 *   ends whatever waits for it.
 */
import type { z } from 'zod';
import { readWith } from '../core/read-with.ts';
import type { Ending } from '../queue/queue.ts';

export interface JobContext {
  readonly id: string;
  /** Aborts when the job must stop. What is done by then stays done. */
  readonly signal: AbortSignal;
}

export interface JobKind<Payload> {
  readonly name: string;
  /** Throws a `ZodError` on anything that is not a payload of this kind. */
  parse(raw: unknown): Payload;
  /** Does the work. Idempotent. Throwing means "unexpected": the job is tried again. */
  run(payload: Payload, context: JobContext): Promise<Ending>;
  /** The last try threw: whatever waits for this job must end. */
  giveUp(payload: Payload, reason: string): Promise<void>;
}

/** A kind whose payload type is hidden, so that kinds of any payload stand in one list. */
export interface AnyJobKind {
  readonly name: string;
  bind(raw: unknown): {
    run(context: JobContext): Promise<Ending>;
    giveUp(reason: string): Promise<void>;
  };
}

export function anyKind<Payload>(kind: JobKind<Payload>): AnyJobKind {
  return {
    name: kind.name,
    bind(raw) {
      const payload = kind.parse(raw);
      return {
        run: (context) => kind.run(payload, context),
        giveUp: (reason) => kind.giveUp(payload, reason),
      };
    },
  };
}

/** A payload as its schema reads it. Throws a `ZodError`. */
export function readPayload<S extends z.ZodType>(schema: S, raw: unknown): z.output<S> {
  const { success, data, error } = readWith(schema, raw);
  if (success) return data;
  throw error;
}
