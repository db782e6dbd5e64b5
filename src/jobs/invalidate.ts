/** Invalidation: drops values, or makes them stale, so that nothing fetched before it is taken for current. */
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import type { Clock } from '../core/clock.ts';
import type { Stamp } from '../core/entry.ts';
import { parseSelector } from '../core/selector-grammar.ts';
import type { Source } from '../core/source.ts';
import { CONTROL_LANE, type Ending, type Envelope } from '../queue/queue.ts';
import type { Bus } from '../tiers/bus.ts';
import { invalidateIn } from '../tiers/invalidation.ts';
import type { Stack } from '../tiers/stack.ts';
import type { JobContext, JobKind } from './job.ts';
import { CONTROL_PRIORITY } from './run-jobs.ts';
import type { Selection } from './selection.ts';

const payload = z.strictObject({
  selector: z.string(),
  mode: z.enum(['stale', 'drop']),
  /** The stamp of the invalidation at each origin. */
  stamps: z.record(z.string(), z.number()),
});
export type InvalidatePayload = z.infer<typeof payload>;

export interface InvalidateParts {
  readonly catalog: Catalog;
  readonly stack: Stack;
  readonly selection: Selection;
  readonly bus: Bus;
  readonly clock: Clock;
}

const DONE: Ending = { kind: 'done' };

/**
 * The job is the safety net of the verb: the verb invalidates at once and answers when it has, and leaves a job behind
 * that finishes the work should the process die in the middle. Stamps make doing it twice harmless.
 */
export class Invalidate implements JobKind<InvalidatePayload> {
  readonly name = 'invalidate';
  readonly #parts: InvalidateParts;

  constructor(parts: InvalidateParts) {
    this.#parts = parts;
  }

  parse(raw: unknown): InvalidatePayload {
    return payload.parse(raw);
  }

  async run(work: InvalidatePayload, { signal }: JobContext): Promise<Ending> {
    for await (const { source, keys } of this.#parts.selection.known(parseSelector(work.selector), signal)) {
      const stamp = work.stamps[source.origin];
      if (stamp !== undefined) await this.apply(source, keys, work.mode, stamp, signal);
    }
    return DONE;
  }

  async giveUp(): Promise<void> {}

  /** Invalidates these keys in every tier, tells the other processes, and makes what is in the catalog due now. */
  async apply(
    source: Source,
    keys: readonly string[],
    mode: 'stale' | 'drop',
    stamp: Stamp,
    signal: AbortSignal,
  ): Promise<void> {
    const { stack, catalog, clock, bus } = this.#parts;
    const invalidation = { source: source.name, keys, mode, stamp, at: clock.now() };
    const heads = async (of: readonly string[]) =>
      (await stack.survey(of, signal)).map(({ newest }) => newest);
    await invalidateIn({ heads, put: (writes) => stack.putMany(writes, signal) }, invalidation);
    await bus.announce(invalidation);
    await catalog.advance(source.name, keys, invalidation.at);
  }
}

/** How long the verb has before its safety net goes to work. */
const NET_DELAY_MS = 60_000;

export function invalidateJob(id: string, work: InvalidatePayload): Envelope {
  return {
    id,
    lane: CONTROL_LANE,
    kind: 'invalidate',
    payload: work,
    priority: CONTROL_PRIORITY,
    delayMs: NET_DELAY_MS,
  };
}
