/** Housekeeping: removes what is gone from the tiers, re-encrypts what an old key encrypts, forgets orphans, trims old runs. */
import { z } from 'zod';
import type { Catalog, CatalogRecord } from '../catalog/catalog.ts';
import type { Runs } from '../catalog/runs/runs.ts';
import { SECOND_LOOK_MS, type Shrinks } from '../catalog/shrinks.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import { parseSelector } from '../core/selector/selector-grammar.ts';
import type { Source } from '../core/source.ts';
import type { Sources } from '../core/sources.ts';
import { mayVanish } from '../policy/absence.ts';
import type { Ending, QueuedJob } from '../queue/queue.ts';
import type { Stack } from '../tiers/stack/stack.ts';
import type { Tier } from '../tiers/tier.ts';
import type { Reencryptable } from '../tiers/wrappers/reencryptable.ts';
import type { Selection } from '../warming/selection.ts';
import { feedersOf, isShrink, type ShrunkSourcesDeps, stateIn } from '../warming/shrunk-sources.ts';
import type { HandBack } from './hand-back.ts';
import { type JobContext, type JobKind, readPayload } from './job.ts';
import { controlJob } from './queueing.ts';

const payload = z.strictObject({});

export interface GcDeps extends Pick<ShrunkSourcesDeps, 'entities'> {
  readonly catalog: Catalog;
  readonly runs: Runs;
  readonly stack: Stack;
  /** Tiers whose entries may be encrypted with a key that is not in use any more. */
  readonly reencryptables: readonly Reencryptable[];
  readonly selection: Selection;
  readonly shrinks: Shrinks;
  readonly handBack: Pick<HandBack, 'ofSource'>;
  readonly sources: Sources;
  readonly clock: Clock;
  readonly events: Events;
  readonly keepRuns: number;
  /** In ms. */
  readonly maxRunAge: number;
}

/** Keys that are kept warm, though no entity set has them. */
export interface KeptInDoubt {
  readonly source: string;
  readonly missing: number;
  /** Keys of the source, those included. */
  readonly keys: number;
  /** Keys that were forgotten before, within the hour. */
  readonly lately: number;
  /** When a collection that finds the same forgets them. Ms since the epoch. */
  readonly until: number;
}

/** What one collection did. */
export interface GcResult {
  /** Entries removed from tiers. */
  removed: number;
  bytes: number;
  /** Entries encrypted again, with the key that is in use. */
  recoded: number;
  /** Catalogued keys that nothing asks for any more. */
  orphans: number;
  /** Runs trimmed from the history. */
  runs: number;
  /** Sources of which a large part is in no entity set, and is kept until a second look. */
  doubts: KeptInDoubt[];
  /** What could not be done, and why: `tier redis: …`. The rest was. */
  failures: string[];
}

/** Entries removed per call to a tier, so that readers get their turn in between. */
const SWEEP = 1_000;
const PAGE = 1_000;
/** Entries of a tier that one collection encrypts again; the next one goes on. */
const REENCRYPT = 20_000;

export class Gc implements JobKind<z.infer<typeof payload>> {
  readonly name = 'gc';
  readonly #deps: GcDeps;

  constructor(deps: GcDeps) {
    this.#deps = deps;
  }

  parse(raw: unknown): z.infer<typeof payload> {
    return readPayload(payload, raw);
  }

  async run(_: unknown, { signal }: JobContext): Promise<Ending> {
    await this.collect(signal);
    return { kind: 'done' };
  }

  async giveUp(): Promise<void> {}

  async collect(signal: AbortSignal): Promise<GcResult> {
    const { runs, stack, keepRuns, maxRunAge, clock } = this.#deps;
    const counts = { removed: 0, bytes: 0, recoded: 0, orphans: 0, runs: 0 };
    const result: GcResult = { ...counts, doubts: [], failures: [] };
    const part = partsOf(result.failures, this.#deps.events, signal);
    for (const tier of stack.tiers) await part(`tier ${tier.name}`, () => this.#sweep(tier, result, signal));
    for (const tier of this.#deps.reencryptables) {
      await part(`keys in tier ${tier.name}`, async () => {
        // Under keys that are in use. What is newer by then stays as it is.
        result.recoded += await tier.reencrypt(REENCRYPT, signal);
      });
    }
    for (const name of await this.#deps.catalog.sources()) {
      await part(`source ${name}`, async () => {
        await this.#orphansOf(name, result, signal);
      });
    }
    await part('fences', () => stack.fences.trim());
    result.runs = await runs.trim(keepRuns, clock.now() - maxRunAge);
    return result;
  }

  async #sweep(tier: Tier, result: GcResult, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const swept = await tier.sweep(this.#deps.clock.now(), SWEEP, signal);
      result.removed += swept.removed;
      result.bytes += swept.bytes;
      if (swept.removed < SWEEP) return;
    }
  }

  /**
   * A key is an orphan when its source is not configured any more, when it does not fit the source's template any more, or
   * when entity sets provide the source's params and none of them has it. A source that no entity set feeds keeps all, and
   * so do one whose entity set cannot be read and one that only another live worker knows. A key that somebody named is none
   * until the time it is kept, and then one unless an entity set has it. A large part of a source is forgotten only when two
   * collections some time apart find it orphaned: the first may have met a list half written. What was forgotten within the hour
   * counts with it, so that no list erodes by a little at each look.
   */
  async #orphansOf(name: string, result: GcResult, signal: AbortSignal): Promise<void> {
    const { catalog, sources, clock } = this.#deps;
    const source = sources.get(name);
    if (source === undefined && (await this.#deps.handBack.ofSource(name)) !== undefined) return;
    const expected = source === undefined ? new Set<string>() : await this.#expectedKeys(source, signal);
    const stateOf = (record: CatalogRecord) => {
      const state = stateIn(source, expected?.has(record.key) === true, record, clock.now());
      return state === 'missing' && expected === undefined ? 'expected' : state;
    };
    let missing = 0;
    for await (const records of this.#recordsOf(name, signal)) {
      missing += records.filter((record) => stateOf(record) === 'missing').length;
    }
    const doubt = await this.#doubtOf(name, { listed: expected?.size ?? 0, missing }, source);
    if (doubt !== undefined) result.doubts.push(doubt);
    else if (missing > 0) await this.#deps.shrinks.count(name, missing, clock.now());
    const isOrphan = (record: CatalogRecord) => {
      const state = stateOf(record);
      return state === 'misfit' || (doubt === undefined && state === 'missing');
    };
    for await (const records of this.#recordsOf(name, signal)) {
      const orphans = records.filter(isOrphan).map(({ key }) => key);
      if (orphans.length > 0) result.orphans += await catalog.forget(name, orphans);
    }
  }

  async *#recordsOf(source: string, signal: AbortSignal): AsyncGenerator<readonly CatalogRecord[]> {
    let cursor: string | undefined;
    do {
      signal.throwIfAborted();
      const page = await this.#deps.catalog.scan(source, cursor, PAGE);
      yield page.records;
      cursor = page.cursor;
    } while (cursor !== undefined);
  }

  /** A large part within the hour is believed at the second look, unless yet more is missing by then. */
  async #doubtOf(
    name: string,
    { listed, missing }: { listed: number; missing: number },
    source: Source | undefined,
  ): Promise<KeptInDoubt | undefined> {
    const { catalog, shrinks, clock, events } = this.#deps;
    const now = clock.now();
    const { keys } = await catalog.size(name, now);
    const lately = await shrinks.lately(name, now);
    const allowed = mayVanish(source?.absence ?? 1, keys + lately);
    if (!isShrink({ listed, missing, keys, lately }, source?.absence ?? 1)) {
      await shrinks.forget(name);
      return undefined;
    }
    const look = { since: now, missing, keys };
    let noted = await shrinks.note(name, look);
    if (missing > noted.missing + allowed) {
      await shrinks.forget(name);
      noted = await shrinks.note(name, look);
    }
    if (now - noted.since >= SECOND_LOOK_MS) {
      await shrinks.forget(name);
      return undefined;
    }
    if (noted.since === now) events.emit('source:shrank', { source: name, missing, keys, lately });
    return { source: name, missing, keys, lately, until: noted.since + SECOND_LOOK_MS };
  }

  /** Undefined when no entity set feeds this source; one without rows feeds it, too. */
  async #expectedKeys(source: Source, signal: AbortSignal): Promise<Set<string> | undefined> {
    const keys = new Set<string>();
    for await (const page of this.#deps.selection.expected(
      parseSelector([`source=${source.name}`]),
      signal,
    )) {
      for (const key of page.keys) keys.add(key);
    }
    if (keys.size > 0) return keys;
    const { entities } = this.#deps;
    const feeders = await feedersOf(entities, source, entities.names(), signal);
    return feeders.length === 0 ? undefined : keys;
  }
}

/** What a collection consists of: where one part fails, the others are done all the same, and that is told. */
function partsOf(failures: string[], events: Events, signal: AbortSignal) {
  return async (what: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      signal.throwIfAborted();
      failures.push(`${what}: ${messageOf(error)}`);
      events.emit('problem', { where: `gc of ${what}`, error: messageOf(error) });
    }
  };
}

export function gcJob(id: string): QueuedJob {
  return controlJob('gc', id, {});
}
