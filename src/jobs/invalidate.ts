/** Invalidation: drops values, or makes them stale, so that nothing fetched before it is taken for current. */
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import type { Clock } from '../core/clock.ts';
import { type Entry, NO_BODY, type Stamp } from '../core/entry.ts';
import { parseSelector } from '../core/selector-grammar.ts';
import type { Source } from '../core/source.ts';
import { CONTROL_LANE, type Ending, type Envelope } from '../queue/queue.ts';
import type { Stack } from '../tiers/stack.ts';
import type { Write } from '../tiers/tier.ts';
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
  readonly clock: Clock;
}

/** Tombstones outlive the longest fetch by far: a write that began before one loses to it. */
const TOMBSTONE_MS = 15 * 60_000;
/** How often an invalidation that loses a race against a write looks again. */
const LOOKS = 5;

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

  /** Invalidates these keys in every tier, and makes those in the catalog due now. */
  async apply(
    source: Source,
    keys: readonly string[],
    mode: 'stale' | 'drop',
    stamp: Stamp,
    signal: AbortSignal,
  ): Promise<void> {
    const { stack, catalog, clock } = this.#parts;
    if (mode === 'drop')
      await stack.putMany(
        keys.map((key) => this.#tombstone(source, key, stamp)),
        signal,
      );
    else await this.#expire(source, keys, stamp, signal);
    await catalog.advance(source.name, keys, clock.now());
  }

  /**
   * Gives what is stored the stamp of the invalidation and ends its freshness; the body stays, to be served until the new
   * one lands. What is not stored, or was replaced by something older than the stamp meanwhile, gets a tombstone in the end.
   */
  async #expire(source: Source, keys: readonly string[], stamp: Stamp, signal: AbortSignal): Promise<void> {
    const { stack, clock } = this.#parts;
    let open = keys;
    for (let look = 0; look < LOOKS && open.length > 0; look += 1) {
      const surveys = await stack.survey(open, signal);
      const now = clock.now();
      const writes = open.map((key, i): Write => {
        const head = surveys[i]?.newest;
        if (head === undefined || head.kind === 'dropped') return this.#tombstone(source, key, stamp);
        const { fetchedAt, checkedAt, goneAt } = head;
        const times = {
          fetchedAt,
          checkedAt,
          dueAt: Math.min(head.dueAt, now),
          staleAt: Math.min(head.staleAt, now),
          goneAt,
        };
        return { kind: 'extend', key, stamp, times, checksum: head.checksum };
      });
      const verdicts = await stack.putMany(writes, signal);
      open = open.filter((_, i) => verdicts[i] === 'missing');
    }
    if (open.length > 0)
      await stack.putMany(
        open.map((key) => this.#tombstone(source, key, stamp)),
        signal,
      );
  }

  #tombstone(source: Source, key: string, stamp: Stamp): Write {
    const now = this.#parts.clock.now();
    const times = { fetchedAt: now, checkedAt: now, dueAt: now, staleAt: now, goneAt: now + TOMBSTONE_MS };
    const entry: Entry = {
      head: {
        key,
        source: source.name,
        kind: 'dropped',
        stamp,
        format: source.format,
        tags: [],
        bodyBytes: 0,
        checksum: 0,
        ...times,
      },
      body: NO_BODY,
    };
    return { kind: 'put', entry };
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
