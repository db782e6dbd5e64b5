/** Refresh-ahead: a tick takes what is due out of the catalog, in chunks; a chunk is fetched before it goes stale. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import type { BudgetUser } from '../core/budget.ts';
import type { Clock } from '../core/clock.ts';
import { type Source, TEMPERATURES } from '../core/source.ts';
import type { Sources } from '../core/sources.ts';
import type { Ending, Queue, QueuedJob } from '../queue/queue.ts';
import { type KeyEnd, settleKeys } from '../warming/settlement.ts';
import type { Warmer } from '../warming/warmer.ts';
import type { HandBack } from './hand-back.ts';
import type { JobContext, JobKind } from './job.ts';
import { controlJob, keysPerChunk, originJob, URGENT_PRIORITY } from './queueing.ts';

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
  readonly handBack: HandBack;
  readonly clock: Clock;
  readonly chunkSize: number;
}

/** The most keys of one source that one tick takes; the next tick takes the next ones. */
const MOST_PER_TICK = 50_000;
/** Keys that were taken and never settled (their job was lost) are due again after this time, in ms. */
const CLAIM_MS = 600_000;

/** How long after a full lot of keys of one source the next is taken, in ms. */
const NEXT_LOT_MS = 60_000;

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
    const foreign = await this.#deps.handBack.foreignSources(work.temperature);
    await this.#deps.queue.add(foreign.map((name) => sourceJob(`${context.id}-${name}`, name)));
    return DONE;
  }

  /** Nothing to do: keys that were not settled come due again. */
  async giveUp(): Promise<void> {}

  /** Does not wait for the tick of the source's temperature, which may be a day away. */
  async #all(name: string, context: JobContext): Promise<Ending> {
    const source = this.#deps.sources.get(name);
    if (source === undefined) return (await this.#deps.handBack.ofSource(name)) ?? DONE;
    if ((await this.#enqueueDue(source, context)) < MOST_PER_TICK) return DONE;
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
        jobs.push(originJob('refresh', `${id}-${source.name}-${now}-${jobs.length}`, payload, source));
      }
      if (keys.length < size) break;
    }
    await queue.add(jobs);
    return taken;
  }

  async #warm(name: string, keys: readonly string[], { id, signal }: JobContext): Promise<Ending> {
    const { warmer, sources, catalog } = this.#deps;
    const source = sources.get(name);
    if (source === undefined) return (await this.#deps.handBack.ofSource(name)) ?? DONE;
    const open = new Set(keys);
    const onEnded = async (batch: readonly { readonly index: number }[]) => {
      for (const { index } of batch) open.delete(keys[index] ?? '');
    };
    try {
      const options = { reason: 'due', since: 0 } as const;
      const user: BudgetUser = URGENT_ID.test(id) ? 'live' : source.temperature;
      const task = { source, keys, options, user, run: undefined, onEnded, signal };
      const { unfinished, deferred } = await warmer.warm(task);
      for (const { index } of unfinished) open.delete(keys[index] ?? '');
      const failed = unfinished.map(({ index, reason }): KeyEnd => {
        return { key: keys[index] ?? '', outcome: 'failed', reason, dueAt: undefined };
      });
      await settleKeys(this.#deps, { source: name, lifetime: source.lifetime }, failed);
      if (deferred !== undefined) await catalog.reschedule(name, [...open], deferred.until);
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
  return controlJob('refresh', id, payload);
}

/** Of jobs that readers wait for, as `askJobs` names them. */
const URGENT_ID = /^ask-.*-now-[0-9a-f]{32}$/;

/** What readers ask for: keys that they lack, before everything else, or keys that are due. Asking for the same keys again does nothing. */
export function askJobs(
  source: Source,
  keys: readonly string[],
  { urgent, chunkSize }: { readonly urgent: boolean; readonly chunkSize: number },
): QueuedJob[] {
  const size = keysPerChunk(source, chunkSize);
  const chunks = Array.from({ length: Math.ceil(keys.length / size) }, (_, i) =>
    keys.slice(i * size, (i + 1) * size),
  );
  return chunks.map((chunk) => {
    const payload: RefreshPayload = { step: 'warm', source: source.name, keys: chunk };
    const name = createHash('sha256').update(chunk.join('\n')).digest('hex').slice(0, 32);
    const job = originJob(
      'refresh',
      `ask-${source.name}-${urgent ? 'now' : 'ahead'}-${name}`,
      payload,
      source,
    );
    return urgent ? { ...job, priority: URGENT_PRIORITY } : job;
  });
}

export function tickJob(id: string, temperature: Source['temperature']): QueuedJob {
  const payload: RefreshPayload = { step: 'tick', temperature };
  return controlJob('refresh', id, payload);
}
