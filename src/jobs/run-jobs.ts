/** The jobs of a run: what they carry, and how they are queued. Ids are derived from the run, so that adding one again does nothing. */
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import type { Source } from '../core/source.ts';
import type { QueuedJob } from '../queue/queue.ts';
import { controlJob, runJob } from './queueing.ts';

export const prefetchPayload = z.discriminatedUnion('step', [
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
export type PrefetchPayload = z.infer<typeof prefetchPayload>;

const KIND = 'prefetch';

export function planJob(run: string): QueuedJob {
  const payload: PrefetchPayload = { step: 'plan', run };
  return controlJob(KIND, `plan-${run}`, payload);
}

export function verifyJob(run: string): QueuedJob {
  const payload: PrefetchPayload = { step: 'verify', run };
  return controlJob(KIND, `verify-${run}`, payload);
}

/** A chunk whose source is not configured any more goes to the control lane: its keys still have to fail. */
export function chunkJob(run: string, chunk: number, source: Source | undefined): QueuedJob {
  const id = `warm-${run}-${chunk}`;
  const payload: PrefetchPayload = { step: 'warm', run, chunk, attempt: 1 };
  return source === undefined ? controlJob(KIND, id, payload) : runJob(KIND, id, payload, source);
}

/** Its id names the very keys: a chunk that is done again after a crash may have others left than the first time. */
export function retryJob(
  run: string,
  chunk: number,
  source: Source,
  indexes: readonly number[],
  attempt: number,
  delayMs: number,
): QueuedJob {
  const id = `warm-${run}-${chunk}-try${attempt}-${crc32(indexes.join()).toString(36)}`;
  const payload: PrefetchPayload = { step: 'warm', run, chunk, indexes: [...indexes], attempt };
  return runJob(KIND, id, payload, source, delayMs);
}
