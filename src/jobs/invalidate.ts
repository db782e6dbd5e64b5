/** Invalidation: drops values, or makes them stale, so that nothing fetched before it is taken for current. */
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import type { Clock } from '../core/clock.ts';
import type { Stamp } from '../core/entry.ts';
import { ForewarmError } from '../core/errors.ts';
import { INVALIDATION_MODES, type InvalidationMode } from '../core/invalidation-mode.ts';
import { parseSelector } from '../core/selector/selector-grammar.ts';
import type { Source } from '../core/source.ts';
import { PATIENCE } from '../flow/patience.ts';
import type { Ending, QueuedJob } from '../queue/queue.ts';
import type { Bus } from '../tiers/invalidation/bus.ts';
import type { FenceTarget } from '../tiers/invalidation/fences.ts';
import { type Invalidation, invalidateIn } from '../tiers/invalidation/invalidation.ts';
import type { Stack } from '../tiers/stack/stack.ts';
import type { Write } from '../tiers/tier.ts';
import type { Selection } from '../warming/selection.ts';
import { type JobContext, type JobKind, readPayload } from './job.ts';
import { controlJob } from './queueing.ts';

const payload = z.strictObject({
  selector: z.string(),
  mode: z.enum(INVALIDATION_MODES),
  /** The stamp of the invalidation at each origin. */
  stamps: z.record(z.string(), z.number()),
  /** Fences hide the values already: their keys are only to be made due. */
  fenced: z.boolean().optional(),
});
export type InvalidatePayload = z.infer<typeof payload>;

export interface InvalidateDeps {
  readonly catalog: Catalog;
  readonly stack: Stack;
  readonly selection: Selection;
  readonly bus: Bus;
  readonly clock: Clock;
}

const NO_FENCES_KNOWN =
  'the jobs Redis does not tell what was invalidated by tag or source before; try again when it answers';
const DONE: Ending = { kind: 'done' };

/** Of one message to other processes. */
const MOST_FENCES = 1_000;

/**
 * The job is the safety net of the verb: the verb invalidates at once and returns when it is done, and leaves a job behind
 * that finishes the work if the process dies in the middle. Stamps make it idempotent.
 */
export class Invalidate implements JobKind<InvalidatePayload> {
  readonly name = 'invalidate';
  readonly #deps: InvalidateDeps;

  constructor(deps: InvalidateDeps) {
    this.#deps = deps;
  }

  parse(raw: unknown): InvalidatePayload {
    return readPayload(payload, raw);
  }

  async run(work: InvalidatePayload, { signal }: JobContext): Promise<Ending> {
    for await (const { source, keys } of this.#deps.selection.known(parseSelector(work.selector), signal)) {
      if (work.fenced === true) {
        await this.makeDue(source, keys, signal);
        continue;
      }
      const stamp = work.stamps[source.origin];
      if (stamp !== undefined) await this.apply(source, keys, work.mode, stamp, signal);
    }
    return DONE;
  }

  async giveUp(): Promise<void> {}

  /** Invalidates these keys in every tier, announces it to the other processes, and makes what is in the catalog due now. */
  async apply(
    source: Source,
    keys: readonly string[],
    mode: InvalidationMode,
    stamp: Stamp,
    signal: AbortSignal,
  ): Promise<void> {
    const { stack, catalog, clock, bus } = this.#deps;
    // A value that a fence dropped would get this stamp, and be served again, if the fence were not known.
    if (!(await stack.fences.sync(PATIENCE.errand)))
      throw new ForewarmError('E_REDIS_UNAVAILABLE', NO_FENCES_KNOWN);
    const invalidation = { source: source.name, keys, mode, stamp, at: clock.now() };
    await invalidateEverywhere({ stack, bus }, invalidation, signal);
    await catalog.reschedule(source.name, keys, invalidation.at);
  }

  /**
   * Raises fences, announces them to the other processes, and returns the lowest stamp: what holds for all of them, also for those
   * that were raised last.
   */
  async raise(targets: readonly FenceTarget[], mode: InvalidationMode): Promise<Stamp> {
    const { stack, bus } = this.#deps;
    const fences = await stack.fences.raise(targets, mode);
    for (let from = 0; from < fences.length; from += MOST_FENCES)
      await bus.fenced(fences.slice(from, from + MOST_FENCES));
    return fences.reduce((lowest, { stamp }) => Math.min(lowest, stamp), fences[0]?.stamp ?? 0);
  }

  /** Makes these keys due now, as far as a fence hides them or makes them stale: what was fetched after it is left alone. */
  async makeDue(source: Source, keys: readonly string[], signal: AbortSignal): Promise<void> {
    const { stack, catalog, clock } = this.#deps;
    const surveys = await stack.survey(keys, signal);
    const now = clock.now();
    const due = surveys.filter(
      ({ newest }) => newest?.kind === 'dropped' || now >= (newest?.dueAt ?? now + 1),
    );
    const dueKeys = due.map(({ key }) => key);
    if (dueKeys.length > 0) await catalog.reschedule(source.name, dueKeys, now);
  }
}

/** Invalidates in every tier, and then in other processes, over the bus. */
export async function invalidateEverywhere(
  { stack, bus }: Pick<InvalidateDeps, 'stack' | 'bus'>,
  invalidation: Invalidation,
  signal: AbortSignal,
): Promise<void> {
  const heads = async (keys: readonly string[]) =>
    (await stack.survey(keys, signal)).map(({ newest }) => newest);
  const put = (writes: readonly Write[]) => stack.putMany(writes, signal);
  for (const done of await invalidateIn({ heads, put }, invalidation)) await bus.announce(done);
}

/** How long the verb has before its safety net runs, in ms. */
const NET_DELAY_MS = 60_000;

/** Makes the keys due that fences hide, so that their next tick fetches them. */
export function fencedJob(id: string, selector: string, mode: InvalidationMode): QueuedJob {
  const work: InvalidatePayload = { selector, mode, stamps: {}, fenced: true };
  return controlJob('invalidate', id, work);
}

export function invalidateJob(id: string, work: InvalidatePayload): QueuedJob {
  return controlJob('invalidate', id, work, NET_DELAY_MS);
}
