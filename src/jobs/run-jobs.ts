/** The jobs of a run: what they carry, and how they are queued. Ids are derived from the run, so that adding one again does nothing. */
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import type { Source, Temperature } from '../core/source.ts';
import { CONTROL_LANE, type QueuedJob } from '../queue/queue.ts';

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

/** Hot before warm before cold, among jobs that wait for the same origin; 1 is first. */
export const PRIORITIES: Readonly<Record<Temperature, number>> = { hot: 10, warm: 20, cold: 30 };

/** Planning, verifying and ticks are short and others wait for them. */
export const CONTROL_PRIORITY = 5;

/** Batches of calls per chunk for sources that answer many keys per call. */
const CALLS_PER_CHUNK = 5;
/** The most keys of a chunk: its record is read and written whole. */
const LARGEST_CHUNK = 1_000;

/** How many keys of a source one job takes, where `wished` are configured. */
export function keysPerChunk({ keysPerCall }: Source, wished: number): number {
  const size = keysPerCall === 1 ? wished : Math.max(wished, keysPerCall * CALLS_PER_CHUNK);
  return Math.min(size, LARGEST_CHUNK);
}

export function planJob(run: string): QueuedJob {
  return control(`plan-${run}`, { step: 'plan', run });
}

export function verifyJob(run: string): QueuedJob {
  return control(`verify-${run}`, { step: 'verify', run });
}

export function chunkId(run: string, chunk: number): string {
  return `warm-${run}-${chunk}`;
}

/** A chunk whose source is gone still needs somebody to fail its keys: it goes to the control lane. */
export function chunkJob(run: string, chunk: number, source: Source | undefined): QueuedJob {
  const payload: PrefetchPayload = { step: 'warm', run, chunk, attempt: 1 };
  return queuedJob(chunkId(run, chunk), payload, source, 0);
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
  return queuedJob(id, { step: 'warm', run, chunk, indexes: [...indexes], attempt }, source, delayMs);
}

function queuedJob(
  id: string,
  payload: PrefetchPayload,
  source: Source | undefined,
  delayMs: number,
): QueuedJob {
  return {
    id,
    lane: source?.origin ?? CONTROL_LANE,
    kind: 'prefetch',
    payload,
    priority: source === undefined ? CONTROL_PRIORITY : PRIORITIES[source.temperature],
    delayMs,
  };
}

function control(id: string, payload: PrefetchPayload): QueuedJob {
  return { id, lane: CONTROL_LANE, kind: 'prefetch', payload, priority: CONTROL_PRIORITY, delayMs: 0 };
}
