/** How work is cut into jobs, and which lane and priority they get. Each job kind makes its envelopes with this. */
import type { Source, Temperature } from '../core/source.ts';
import { CONTROL_LANE, type QueuedJob } from '../queue/queue.ts';

/** Hot before warm before cold, among jobs that wait for the same origin; 1 is first. */
const PRIORITIES: Readonly<Record<Temperature, number>> = { hot: 10, warm: 20, cold: 30 };
/** Planning, verifying and ticks are short, and others wait for them. */
export const CONTROL_PRIORITY = 5;
/** A reader waits for it. */
export const URGENT_PRIORITY = 1;

/** Batches of calls per chunk for sources that take many keys per call. */
const CALLS_PER_CHUNK = 5;
/** The most keys of a chunk: its record is read and written whole. */
const LARGEST_CHUNK = 1_000;

/** How many keys of a source one job takes, where `configured` is `jobs.chunkSize`. */
export function keysPerChunk({ keysPerCall }: Pick<Source, 'keysPerCall'>, configured: number): number {
  const size = keysPerCall === 1 ? configured : Math.max(configured, keysPerCall * CALLS_PER_CHUNK);
  return Math.min(size, LARGEST_CHUNK);
}

/** Short work that needs no origin. */
export function controlJob(kind: string, id: string, payload: unknown, delayMs = 0): QueuedJob {
  return { id, lane: CONTROL_LANE, kind, payload, priority: CONTROL_PRIORITY, delayMs };
}

/** Work that asks a source's origin. */
export function originJob(
  kind: string,
  id: string,
  payload: unknown,
  { origin, temperature }: Pick<Source, 'origin' | 'temperature'>,
  delayMs = 0,
): QueuedJob {
  return { id, lane: origin, kind, payload, priority: PRIORITIES[temperature], delayMs };
}
