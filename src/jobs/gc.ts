/** Housekeeping: what is gone leaves the tiers, what an old key encrypts is written anew, what nobody asks for leaves the catalog, old runs leave the history. */
import { z } from 'zod';
import type { Catalog } from '../catalog/catalog.ts';
import type { Runs } from '../catalog/runs/runs.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import { parseSelector } from '../core/selector-grammar.ts';
import type { Source } from '../core/source.ts';
import type { Sources } from '../core/sources.ts';
import type { Ending, QueuedJob } from '../queue/queue.ts';
import type { Stack } from '../tiers/stack/stack.ts';
import type { Reencryptable } from '../tiers/wrappers/reencryptable.ts';
import type { Selection } from '../warming/selection.ts';
import type { JobContext, JobKind } from './job.ts';
import { controlJob } from './queueing.ts';

const payload = z.strictObject({});

export interface GcDeps {
  readonly catalog: Catalog;
  readonly runs: Runs;
  readonly stack: Stack;
  /** Tiers whose entries may be encrypted with a key that is not in use any more. */
  readonly reencryptables: readonly Reencryptable[];
  readonly selection: Selection;
  readonly sources: Sources;
  readonly clock: Clock;
  readonly events: Events;
  readonly keepRuns: number;
  /** In ms. */
  readonly maxRunAge: number;
}

/** What one collection did. */
export interface GcResult {
  /** Entries removed from tiers. */
  removed: number;
  bytes: number;
  /** Entries written anew with the encryption key that is in use. */
  recoded: number;
  /** Catalogued keys that nothing asks for any more. */
  orphans: number;
  /** Runs trimmed from the history. */
  runs: number;
}

/** Entries removed per call to a tier, so that readers get their turn in between. */
const SWEEP = 1_000;
const PAGE = 1_000;
/** Entries of a tier written anew by one run: the next one goes on. */
const REENCRYPT = 20_000;

export class Gc implements JobKind<z.infer<typeof payload>> {
  readonly name = 'gc';
  readonly #deps: GcDeps;

  constructor(deps: GcDeps) {
    this.#deps = deps;
  }

  parse(raw: unknown): z.infer<typeof payload> {
    return payload.parse(raw);
  }

  async run(_: unknown, { signal }: JobContext): Promise<Ending> {
    await this.collect(signal);
    return { kind: 'done' };
  }

  async giveUp(): Promise<void> {}

  async collect(signal: AbortSignal): Promise<GcResult> {
    const { runs, keepRuns, maxRunAge, clock } = this.#deps;
    const swept = await this.#sweep(signal);
    const recoded = await this.#reencrypt(signal);
    const orphans = await this.#orphans(signal);
    await this.#trimFences();
    const trimmed = await runs.trim(keepRuns, clock.now() - maxRunAge);
    return { ...swept, recoded, orphans, runs: trimmed };
  }

  async #trimFences(): Promise<void> {
    const { stack, events } = this.#deps;
    await stack.fences.trim().catch((error: unknown) => {
      events.emit('problem', { where: 'gc of fences', error: messageOf(error) });
    });
  }

  /** Each tier by itself: one that is down does not keep the others from being cleaned. */
  async #sweep(signal: AbortSignal): Promise<{ removed: number; bytes: number }> {
    const { stack, clock, events } = this.#deps;
    let removed = 0;
    let bytes = 0;
    for (const tier of stack.tiers) {
      try {
        for (;;) {
          signal.throwIfAborted();
          const swept = await tier.sweep(clock.now(), SWEEP, signal);
          removed += swept.removed;
          bytes += swept.bytes;
          if (swept.removed < SWEEP) break;
        }
      } catch (error) {
        signal.throwIfAborted();
        events.emit('problem', { where: `gc of tier ${tier.name}`, error: messageOf(error) });
      }
    }
    return { removed, bytes };
  }

  /** Under keys that are in use. What is newer by then stays as it is. */
  async #reencrypt(signal: AbortSignal): Promise<number> {
    let recoded = 0;
    for (const tier of this.#deps.reencryptables) {
      try {
        recoded += await tier.reencrypt(REENCRYPT, signal);
      } catch (error) {
        signal.throwIfAborted();
        const where = `gc of keys in tier ${tier.name}`;
        this.#deps.events.emit('problem', { where, error: messageOf(error) });
      }
    }
    return recoded;
  }

  /**
   * A key is an orphan when its source is not configured any more, when it does not fit the source's template any more, or
   * when entity sets provide the source's params and none of them has it. A source that no entity set feeds keeps all, and
   * so does one whose entity set cannot be read.
   */
  async #orphans(signal: AbortSignal): Promise<number> {
    const { catalog, events } = this.#deps;
    let forgotten = 0;
    for (const name of await catalog.sources()) {
      try {
        forgotten += await this.#orphansOf(name, signal);
      } catch (error) {
        signal.throwIfAborted();
        events.emit('problem', { where: `gc of source ${name}`, error: messageOf(error) });
      }
    }
    return forgotten;
  }

  async #orphansOf(name: string, signal: AbortSignal): Promise<number> {
    const { catalog, sources } = this.#deps;
    const source = sources.get(name);
    const expected = source === undefined ? new Set<string>() : await this.#expectedKeys(source, signal);
    let forgotten = 0;
    let cursor: string | undefined;
    do {
      signal.throwIfAborted();
      const page = await catalog.scan(name, cursor, PAGE);
      const orphans = page.records.map(({ key }) => key).filter((key) => !isExpected(source, expected, key));
      if (orphans.length > 0) forgotten += await catalog.forget(name, orphans);
      cursor = page.cursor;
    } while (cursor !== undefined);
    return forgotten;
  }

  /** Undefined when no entity set feeds this source. */
  async #expectedKeys(source: Source, signal: AbortSignal): Promise<Set<string> | undefined> {
    const keys = new Set<string>();
    for await (const page of this.#deps.selection.expected(
      parseSelector([`source=${source.name}`]),
      signal,
    )) {
      for (const key of page.keys) keys.add(key);
    }
    return keys.size === 0 ? undefined : keys;
  }
}

function isExpected(
  source: Source | undefined,
  expected: ReadonlySet<string> | undefined,
  key: string,
): boolean {
  if (source === undefined || !source.key.fits(key)) return false;
  return expected === undefined || expected.has(key);
}

export function gcJob(id: string): QueuedJob {
  return controlJob('gc', id, {});
}
