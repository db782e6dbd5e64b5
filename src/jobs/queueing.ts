/** How work is cut into jobs, and which lane and priority they get. Each job kind makes its envelopes with this. */
import type { Source, Temperature } from '../core/source.ts';
import { CONTROL_LANE, type QueuedJob } from '../queue/queue.ts';

/**
 * Among jobs that wait for the same origin; 1 is first. Each ten is a class with slots of its own in every worker, so that each
 * user of a budget always has a job under way where one waits, and the budget's shares decide whose calls are made.
 */
const REFRESH: Readonly<Record<Temperature, number>> = { hot: 10, warm: 20, cold: 30 };
/** Of runs, above the temperature's: hot before warm before cold among them, too. */
const RUN: Readonly<Record<Temperature, number>> = { hot: 41, warm: 42, cold: 43 };
/** Beside runs, whose budget they use: one short call must not wait for their chunks to end. */
const PROBE_PRIORITY = 50;
/** Planning, verifying and ticks are short, and others wait for them. */
const CONTROL_PRIORITY = 5;
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

type Asked = Pick<Source, 'origin' | 'temperature'>;

/** A refresh of a source. */
export function refreshJob(id: string, payload: unknown, { origin, temperature }: Asked): QueuedJob {
  return { id, lane: origin, kind: 'refresh', payload, priority: REFRESH[temperature], delayMs: 0 };
}

/** Keys of a source that a run warms. */
export function runJob(
  kind: string,
  id: string,
  payload: unknown,
  { origin, temperature }: Asked,
  delayMs = 0,
): QueuedJob {
  return { id, lane: origin, kind, payload, priority: RUN[temperature], delayMs };
}

/** One call to an origin that is for no key. */
export function callJob(kind: string, id: string, payload: unknown, origin: string): QueuedJob {
  return { id, lane: origin, kind, payload, priority: PROBE_PRIORITY, delayMs: 0 };
}
