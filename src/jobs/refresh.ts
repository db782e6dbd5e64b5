/** Refresh-ahead: a tick takes what is due out of the catalog, in chunks; a chunk is fetched before it goes stale. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Attempts } from '../catalog/attempts.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { BudgetUser } from '../core/budget.ts';
import type { Clock } from '../core/clock.ts';
import type { Events } from '../core/events.ts';
import { type Source, TEMPERATURES } from '../core/source.ts';
import type { Sources } from '../core/sources.ts';
import type { WarmOptions } from '../policy/decision.ts';
import type { Ending, Queue, QueuedJob } from '../queue/queue.ts';
import type { Stack } from '../tiers/stack/stack.ts';
import { type KeyEnd, settleKeys } from '../warming/settlement.ts';
import type { Warmer } from '../warming/warmer.ts';
import { type Take, takeDue, takesAhead, thatCannotWait } from './due-keys.ts';
import type { HandBack } from './hand-back.ts';
import { type JobContext, type JobKind, readPayload } from './job.ts';
import { LostKeys } from './lost-keys.ts';
import { controlJob, keysPerChunk, refreshJob, URGENT_PRIORITY } from './queueing.ts';

const payload = z.discriminatedUnion('step', [
  z.strictObject({
    step: z.enum(['tick', 'recover']),
    temperature: z.enum(TEMPERATURES),
    /** When the next tick is, in ms since the epoch. Absent from an older version. */
    next: z.number().optional(),
  }),
  z.strictObject({ step: z.literal('source'), source: z.string() }),
  z.strictObject({
    step: z.literal('warm'),
    source: z.string(),
    keys: z.array(z.string()).min(1),
    /** Keys that need not be due, unless they were fetched since then, in ms since the epoch. */
    ahead: z.number().optional(),
  }),
]);
export type RefreshPayload = z.infer<typeof payload>;

export interface RefreshDeps {
  readonly catalog: Catalog;
  readonly failedAttempts: Pick<Attempts, 'note'>;
  readonly stack: Stack;
  readonly queue: Queue;
  readonly warmer: Warmer;
  readonly sources: Sources;
  readonly handBack: HandBack;
  readonly clock: Clock;
  readonly events: Events;
  readonly chunkSize: number;
}

/** The most keys of one source that one tick takes; the next tick takes the next ones. */
const MOST_PER_TICK = 50_000;
/** How long after a full lot of keys of one source the next is taken, in ms. */
const NEXT_LOT_MS = 60_000;

/** `ahead`: the keys need not be due, unless they were fetched since then. `pick`: which of what was taken is queued. */
interface Enqueued {
  readonly ahead?: number;
  readonly pick?: (keys: readonly string[]) => Promise<readonly string[]>;
}

type WarmStep = Extract<RefreshPayload, { step: 'warm' }>;

const DONE: Ending = { kind: 'done' };

export class Refresh implements JobKind<RefreshPayload> {
  readonly name = 'refresh';
  readonly #deps: RefreshDeps;
  readonly #lostKeys: LostKeys;

  constructor(deps: RefreshDeps) {
    this.#deps = deps;
    this.#lostKeys = new LostKeys(deps);
  }

  parse(raw: unknown): RefreshPayload {
    return readPayload(payload, raw);
  }

  async run(work: RefreshPayload, context: JobContext): Promise<Ending> {
    const about =
      'source' in work ? { 'forewarm.source': work.source } : { 'forewarm.temperature': work.temperature };
    this.#deps.events.tracer.note(about, `refresh ${work.step}`);
    if (work.step === 'warm') return this.#warm(work, context);
    if (work.step === 'source') return this.#all(work.source, context);
    const sources = [...this.#deps.sources.values()].filter(
      ({ temperature }) => temperature === work.temperature,
    );
    if (work.step === 'recover') await this.#lostKeys.look(sources, context.signal);
    for (const source of sources) {
      if (work.step === 'tick') await this.#tick(source, work.next, context);
      else await this.#recover(source, work.next ?? this.#deps.clock.now(), context);
    }
    if (work.step === 'recover') return DONE;
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
    const now = this.#deps.clock.now();
    if ((await this.#enqueue(source, takeDue(this.#deps, source, now), context, {})) < MOST_PER_TICK)
      return DONE;
    const at = this.#deps.clock.now() + NEXT_LOT_MS;
    return { kind: 'later', at, reason: `the next ${MOST_PER_TICK} keys` };
  }

  /** What is due, and what would be stale before the next tick. */
  async #tick(source: Source, next: number | undefined, context: JobContext): Promise<void> {
    const now = this.#deps.clock.now();
    await this.#enqueue(source, takeDue(this.#deps, source, now), context, {});
    const ahead = next === undefined ? [] : takesAhead(this.#deps, source, now, next);
    for (const take of ahead) await this.#enqueue(source, take, context, { ahead: now });
  }

  /** What cannot wait for the tick. */
  async #recover(source: Source, next: number, context: JobContext): Promise<void> {
    const now = this.#deps.clock.now();
    const due = takeDue(this.#deps, source, now);
    const looked = { now, next, signal: context.signal };
    const pick = (keys: readonly string[]) => thatCannotWait(this.#deps, source, keys, looked);
    await this.#enqueue(source, due, context, { pick });
  }

  /**
   * Queues what is taken, in chunks. Returns how many keys were taken. A job's id holds the time of its claim: a tick that is done
   * again after a crash claims other keys than before.
   */
  async #enqueue(
    source: Source,
    take: Take,
    { id, signal }: JobContext,
    { ahead, pick = async (keys) => keys }: Enqueued,
  ): Promise<number> {
    const { queue, clock, chunkSize } = this.#deps;
    const size = keysPerChunk(source, chunkSize);
    const jobs: QueuedJob[] = [];
    const name = `${id}-${source.name}${ahead === undefined ? '' : '-ahead'}-${clock.now()}`;
    let taken = 0;
    while (taken < MOST_PER_TICK && !signal.aborted) {
      const claimed = await take(size);
      taken += claimed.length;
      const keys = claimed.length === 0 ? [] : await pick(claimed);
      if (keys.length > 0) {
        const payload: RefreshPayload = {
          step: 'warm',
          source: source.name,
          keys: [...keys],
          ...(ahead === undefined ? {} : { ahead }),
        };
        jobs.push(refreshJob(`${name}-${jobs.length}`, payload, source));
      }
      if (claimed.length < size) break;
    }
    await queue.add(jobs);
    return taken;
  }

  async #warm({ source: name, keys, ahead }: WarmStep, { id, signal }: JobContext): Promise<Ending> {
    const { warmer, sources, catalog, clock } = this.#deps;
    const source = sources.get(name);
    if (source === undefined) return (await this.#deps.handBack.ofSource(name)) ?? DONE;
    const open = new Set(keys);
    const onEnded = async (batch: readonly { readonly index: number }[]) => {
      for (const { index } of batch) open.delete(keys[index] ?? '');
    };
    const began = clock.now();
    try {
      const options: WarmOptions =
        ahead === undefined ? { reason: 'due', since: 0 } : { reason: 'ahead', since: ahead };
      const user: BudgetUser = URGENT_ID.test(id) ? 'live' : source.temperature;
      const task = { source, keys, options, user, run: undefined, onEnded, signal };
      const { unfinished, deferred } = await warmer.warm(task);
      for (const { index } of unfinished) open.delete(keys[index] ?? '');
      const failed = unfinished.map(({ index, ...why }): KeyEnd => {
        const end = { key: keys[index] ?? '', outcome: 'failed', dueAt: undefined, since: began } as const;
        // Where the origin is paused meanwhile, it may well be the origin that failed them: a run has them lose no attempt, either.
        return { ...end, ...why, ...(deferred && { blameless: true as const }) };
      });
      await settleKeys(this.#deps, { source: name, lifetime: source.lifetime, run: undefined }, failed);
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
    const job = refreshJob(`ask-${source.name}-${urgent ? 'now' : 'ahead'}-${name}`, payload, source);
    return urgent ? { ...job, priority: URGENT_PRIORITY } : job;
  });
}

/** `next`: when the tick after it is, in ms since the epoch. */
export function tickJob(id: string, temperature: Source['temperature'], next: number | undefined): QueuedJob {
  const payload: RefreshPayload = { step: 'tick', temperature, ...(next === undefined ? {} : { next }) };
  return controlJob('refresh', id, payload);
}

/** Refreshes what cannot wait for the tick. */
export function recoverJob(
  id: string,
  temperature: Source['temperature'],
  next: number | undefined,
): QueuedJob {
  const payload: RefreshPayload = { step: 'recover', temperature, ...(next === undefined ? {} : { next }) };
  return controlJob('refresh', id, payload);
}
