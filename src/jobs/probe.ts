/** Version probes: a light call asks whether the version that all values of a source share has moved. */
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import type { Versions } from '../catalog/versions.ts';
import { OriginError } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import type { Source } from '../core/source.ts';
import type { Sources } from '../core/sources.ts';
import type { Ending, Queue, QueuedJob } from '../queue/queue.ts';
import { ofSource } from '../tiers/invalidation/fences.ts';
import type { OriginCaller } from '../warming/calls/origin-caller.ts';
import type { HandBack } from './hand-back.ts';
import type { Invalidate } from './invalidate.ts';
import { type JobContext, type JobKind, readPayload } from './job.ts';
import { callJob, controlJob } from './queueing.ts';
import { sourceJob } from './refresh.ts';

const payload = z.discriminatedUnion('step', [
  z.strictObject({ step: z.literal('ask'), source: z.string() }),
  z.strictObject({ step: z.literal('due'), source: z.string() }),
]);
export type ProbePayload = z.infer<typeof payload>;

export interface ProbeDeps {
  readonly originCaller: OriginCaller;
  readonly catalog: Catalog;
  readonly versions: Versions;
  readonly queue: Queue;
  readonly sources: Sources;
  readonly handBack: HandBack;
  readonly events: Events;
  readonly invalidate: Pick<Invalidate, 'raise' | 'makeDue'>;
}

/** Keys per page of the catalog. */
const PAGE = 1_000;

const DONE: Ending = { kind: 'done' };

/**
 * One job asks. When the version has moved, a fence makes everything stale that was fetched before, at once and whatever its
 * number; one more job goes through the catalog page by page and makes it due. Values are served until the new ones land. A probe
 * that fails changes nothing: the next tick asks again.
 */
export class Probe implements JobKind<ProbePayload> {
  readonly name = 'probe';
  readonly #deps: ProbeDeps;

  constructor(deps: ProbeDeps) {
    this.#deps = deps;
  }

  parse(raw: unknown): ProbePayload {
    return readPayload(payload, raw);
  }

  async run(work: ProbePayload, { id, signal }: JobContext): Promise<Ending> {
    const source = this.#deps.sources.get(work.source);
    if (source === undefined) return (await this.#deps.handBack.ofSource(work.source)) ?? DONE;
    try {
      if (work.step === 'ask') await this.#ask(source, id, signal);
      else await this.#makeDue(source, id, signal);
      return DONE;
    } catch (error) {
      if (signal.aborted) return { kind: 'back' };
      throw error;
    }
  }

  async giveUp(): Promise<void> {}

  async #ask(source: Source, id: string, signal: AbortSignal): Promise<void> {
    const { originCaller, versions, events } = this.#deps;
    const result = await originCaller.versionOf(source, signal);
    if (result.kind !== 'answered') {
      const where = `version probe of source "${source.name}"`;
      events.emit('problem', { where, error: new OriginError('retryable', result.reason) });
      return;
    }
    const { answers: version, stamp } = result;
    const before = await versions.of(source.name);
    // A probe that was overtaken by a later one knows nothing new.
    if (before !== undefined && before.stamp > stamp) return;
    if (before !== undefined && before.version !== version)
      await this.#moved(source, id, before.version, version);
    await versions.note(source.name, { version, stamp });
  }

  /**
   * Queued before the version is noted: should the process die in between, the next probe finds it moved again. The fence
   * is raised after the answer, so that it is above every fetch which may have met the version before.
   */
  async #moved(source: Source, id: string, from: string, to: string): Promise<void> {
    const { invalidate, queue, events } = this.#deps;
    await invalidate.raise([ofSource(source.name)], 'stale');
    await queue.add([dueJob(`${id}-due`, source.name)]);
    events.emit('source:moved', { source: source.name, from, to });
  }

  /** Idempotent: what was fetched meanwhile is above the fence, and stays. */
  async #makeDue(source: Source, id: string, signal: AbortSignal): Promise<void> {
    const { catalog, queue, invalidate } = this.#deps;
    let cursor: string | undefined;
    do {
      signal.throwIfAborted();
      const page = await catalog.scan(source.name, cursor, PAGE);
      const keys = page.records.map(({ key }) => key);
      if (keys.length > 0) await invalidate.makeDue(source, keys, signal);
      cursor = page.cursor;
    } while (cursor !== undefined);
    await queue.add([sourceJob(`${id}-refresh`, source.name)]);
  }
}

/** In the lane of the origin: one that is slow keeps nothing else waiting. */
export function probeJob(id: string, { name, origin }: Pick<Source, 'name' | 'origin'>): QueuedJob {
  const payload: ProbePayload = { step: 'ask', source: name };
  return callJob('probe', id, payload, origin);
}

function dueJob(id: string, source: string): QueuedJob {
  const payload: ProbePayload = { step: 'due', source };
  return controlJob('probe', id, payload);
}
