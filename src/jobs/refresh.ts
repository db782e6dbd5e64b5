/** Refresh-ahead: a tick takes what is due out of the catalog, in chunks; a chunk is fetched before it goes stale. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import type { Clock } from '../core/clock.ts';
import { type Source, TEMPERATURES } from '../core/source.ts';
import type { Sources } from '../core/sources.ts';
import { dueAfterFailure } from '../policy/decision.ts';
import { CONTROL_LANE, type Ending, type Queue, type QueuedJob } from '../queue/queue.ts';
import type { Warmer } from '../warming/warmer.ts';
import type { JobContext, JobKind } from './job.ts';
import { CONTROL_PRIORITY, keysPerChunk, PRIORITIES } from './run-jobs.ts';

const payload = z.discriminatedUnion('step', [
  z.strictObject({ step: z.literal('tick'), temperature: z.enum(TEMPERATURES) }),
  z.strictObject({ step: z.literal('source'), source: z.string() }),
  z.strictObject({ step: z.literal('warm'), source: z.string(), keys: z.array(z.string()).min(1) }),
]);
export type RefreshPayload = z.infer<typeof payload>;

export interface RefreshDeps {
  readonly catalog: Catalog;
  readonly queue: Queue;
  readonly warmer: Warmer;
  readonly sources: Sources;
  readonly clock: Clock;
  readonly chunkSize: number;
}

/** The most keys of one source that one tick takes; the next tick takes the next ones. */
const MOST_PER_TICK = 50_000;
/** Keys that were taken and never settled (their job was lost) are due again after this time, in ms. */
const CLAIM_MS = 600_000;

/** How long after a full lot of keys of one source the next is taken, in ms. */
const NEXT_LOT_MS = 60_000;

/** Somebody waits for it. */
const URGENT_PRIORITY = 1;

const DONE: Ending = { kind: 'done' };

export class Refresh implements JobKind<RefreshPayload> {
  readonly name = 'refresh';
  readonly #deps: RefreshDeps;

  constructor(deps: RefreshDeps) {
    this.#deps = deps;
  }

  parse(raw: unknown): RefreshPayload {
    return payload.parse(raw);
  }

  async run(work: RefreshPayload, context: JobContext): Promise<Ending> {
    if (work.step === 'warm') return this.#warm(work.source, work.keys, context);
    if (work.step === 'source') return this.#all(work.source, context);
    for (const source of this.#deps.sources.values()) {
      if (source.temperature === work.temperature) await this.#enqueueDue(source, context);
    }
    return DONE;
  }

  /** Nothing to do: keys that were not settled come due again. */
  async giveUp(): Promise<void> {}

  /** Does not wait for the tick of the source's temperature, which may be a day away. */
  async #all(name: string, context: JobContext): Promise<Ending> {
    const source = this.#deps.sources.get(name);
    if (source === undefined || (await this.#enqueueDue(source, context)) < MOST_PER_TICK) return DONE;
    const at = this.#deps.clock.now() + NEXT_LOT_MS;
    return { kind: 'later', at, reason: `the next ${MOST_PER_TICK} keys` };
  }

  /** A job's id holds the time of its claim: a tick that is done again after a crash claims other keys than before. */
  async #enqueueDue(source: Source, { id, signal }: JobContext): Promise<number> {
    const { catalog, queue, clock, chunkSize } = this.#deps;
    const size = keysPerChunk(source, chunkSize);
    const jobs: QueuedJob[] = [];
    const now = clock.now();
    let taken = 0;
    while (taken < MOST_PER_TICK && !signal.aborted) {
      const keys = await catalog.claim(source.name, now, now + CLAIM_MS, size);
      taken += keys.length;
      if (keys.length > 0) {
        const payload: RefreshPayload = { step: 'warm', source: source.name, keys };
        const name = `${id}-${source.name}-${now}-${jobs.length}`;
        const priority = PRIORITIES[source.temperature];
        jobs.push({ id: name, lane: source.origin, kind: 'refresh', payload, priority, delayMs: 0 });
      }
      if (keys.length < size) break;
    }
    await queue.add(jobs);
    return taken;
  }

  async #warm(name: string, keys: readonly string[], { signal }: JobContext): Promise<Ending> {
    const { warmer, sources, catalog, clock } = this.#deps;
    const source = sources.get(name);
    if (source === undefined) return DONE;
    const open = new Set(keys);
    const onEnded = async (batch: readonly { readonly index: number }[]) => {
      for (const { index } of batch) open.delete(keys[index] ?? '');
    };
    try {
      const options = { force: false, missing: false, since: 0 };
      const left = await warmer.warm({ source, keys, options, run: undefined, onEnded, signal });
      const at = clock.now();
      for (const { index } of left.unfinished) open.delete(keys[index] ?? '');
      await catalog.settle(
        name,
        left.unfinished.map(({ index, reason }) => ({
          key: keys[index] ?? '',
          dueAt: dueAfterFailure(source.lifetime, at),
          failure: { outcome: 'failed', reason, at },
        })),
      );
      if (left.deferred !== undefined) await catalog.reschedule(name, [...open], left.deferred.until);
      return DONE;
    } catch (error) {
      if (signal.aborted) return { kind: 'back' };
      throw error;
    }
  }
}

/** Refreshes all that is due of one source. */
export function sourceJob(id: string, source: string): QueuedJob {
  const payload: RefreshPayload = { step: 'source', source };
  return { id, lane: CONTROL_LANE, kind: 'refresh', payload, priority: CONTROL_PRIORITY, delayMs: 0 };
}

/** What readers ask for: keys that they lack, before everything else, or keys that are due. The same keys again do nothing. */
export function askJob(source: Source, keys: readonly string[], urgent: boolean): QueuedJob {
  const payload: RefreshPayload = { step: 'warm', source: source.name, keys: [...keys] };
  const name = createHash('sha256').update(keys.join('\n')).digest('hex').slice(0, 32);
  return {
    id: `ask-${source.name}-${urgent ? 'now' : 'ahead'}-${name}`,
    lane: source.origin,
    kind: 'refresh',
    payload,
    priority: urgent ? URGENT_PRIORITY : PRIORITIES[source.temperature],
    delayMs: 0,
  };
}

export function tickJob(id: string, temperature: Source['temperature']): QueuedJob {
  const payload: RefreshPayload = { step: 'tick', temperature };
  return { id, lane: CONTROL_LANE, kind: 'refresh', payload, priority: CONTROL_PRIORITY, delayMs: 0 };
}
