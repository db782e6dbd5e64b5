/** Warm means warm: looks a finished run's keys up in every tier before it is called done. */

import type { RunChunk, Runs, TierCoverage } from '../catalog/runs/runs.ts';
import type { Clock } from '../core/clock.ts';
import type { Events } from '../core/events.ts';
import { isServable } from '../core/freshness.ts';
import { outcomeOfCode } from '../core/outcome.ts';
import type { Sources } from '../core/sources.ts';
import { PATIENCE } from '../flow/patience.ts';
import type { Stack, Survey } from '../tiers/stack/stack.ts';
import type { Tier } from '../tiers/tier.ts';
import type { Warmer } from '../warming/warmer.ts';
import { finishRun } from './run-life.ts';

export interface RunVerifierDeps {
  readonly runs: Runs;
  readonly stack: Stack;
  readonly warmer: Pick<Warmer, 'warm'>;
  readonly sources: Sources;
  readonly clock: Clock;
  readonly events: Events;
}

/** Outcomes that promise a value. */
const WARM: ReadonlySet<string | undefined> = new Set(['warmed', 'unchanged', 'already-warm']);

function isPromised(code: string): boolean {
  return WARM.has(outcomeOfCode(code));
}

/** Chunks looked at together. */
const CHUNKS_AT_ONCE = 4;
/** How long until it is asked again, in ms. */
const AGAIN_MS = 1_000;

interface Tally {
  readonly tiers: readonly { readonly tier: Tier; warm: number; total: number }[];
  lost: number;
  /** Of those lost, the ones that an invalidation dropped. */
  dropped: number;
}

export class RunVerifier {
  readonly #deps: RunVerifierDeps;
  /** Runs that wait for a tier: until when, on the monotonic clock. */
  readonly #waiting = new Map<string, number>();

  constructor(deps: RunVerifierDeps) {
    this.#deps = deps;
  }

  /**
   * Looks up every key. One that a tier lacks is copied there; one that was dropped since it was warmed is fetched again; one
   * that is said to be warm and that no tier has any more (a tier evicted it) is turned into `failed`. A key that was refused, but whose old value can be served, counts as
   * covered. Then ends the run with its coverage. Idempotent.
   *
   * What a tier that does not answer holds is not known: for a while the run waits for it. Returns when to come again then
   * (ms since the epoch), and undefined when the run needs no verifying any more.
   */
  async verify(id: string, signal: AbortSignal): Promise<number | undefined> {
    const { runs, stack, clock } = this.#deps;
    const run = await runs.get(id);
    const tally: Tally = {
      tiers: stack.tiers.map((tier) => ({ tier, warm: 0, total: 0 })),
      lost: 0,
      dropped: 0,
    };
    const isOpen = run !== undefined && run.state === 'verifying';
    for (let first = 0; isOpen && first < run.chunks; first += CHUNKS_AT_ONCE) {
      signal.throwIfAborted();
      const count = Math.min(CHUNKS_AT_ONCE, run.chunks - first);
      const looks = Array.from({ length: count }, (_, i) => this.#look(id, first + i, tally, signal));
      if ((await Promise.all(looks)).includes(false)) return clock.now() + AGAIN_MS;
    }
    this.#waiting.delete(id);
    if (!isOpen) return undefined;
    const { tiers } = tally;
    const coverage: Record<string, TierCoverage> = {};
    for (const { tier, warm, total } of tiers) coverage[tier.name] = { warm, total };
    await finishRun(this.#deps, id, noteOf(tally), coverage);
    return undefined;
  }

  /** False: a tier does not answer, and the run is to wait for it. */
  async #look(id: string, n: number, tally: Tally, signal: AbortSignal): Promise<boolean> {
    const chunk = await this.#deps.runs.chunk(id, n);
    return chunk === undefined || this.#verifyChunk(id, n, chunk, tally, signal);
  }

  async #verifyChunk(
    id: string,
    n: number,
    chunk: RunChunk,
    tally: Tally,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { runs } = this.#deps;
    const { keys } = chunk;
    const surveys = await this.#covered(chunk, signal);
    if (surveys === undefined || surveys.some(({ silent }) => silent.length > 0)) {
      if (this.#mayWait(id)) return false;
    }
    const seen = surveys ?? (await this.#deps.stack.survey(keys, signal));
    const gone: number[] = [];
    for (const [i, survey] of seen.entries()) {
      if (!this.#isThere(survey)) {
        if (isPromised(chunk.outcomes[i] ?? '')) gone.push(i);
        continue;
      }
      for (const sum of tally.tiers) {
        if (uses(sum.tier, survey.key) && !survey.lacking.includes(sum.tier.name)) sum.warm += 1;
      }
    }
    for (const sum of tally.tiers) sum.total += keys.filter((key) => uses(sum.tier, key)).length;
    if (gone.length === 0) return true;
    tally.lost += await runs.revoke(id, n, gone);
    tally.dropped += gone.filter((i) => seen[i]?.newest?.kind === 'dropped').length;
    return true;
  }

  /**
   * Where every key is, once what was dropped is fetched again and what tiers lack is copied there. Undefined while the origin
   * is paused.
   */
  async #covered(chunk: RunChunk, signal: AbortSignal): Promise<readonly Survey[] | undefined> {
    const { stack } = this.#deps;
    const { keys } = chunk;
    let surveys = await stack.survey(keys, signal);
    const dropped = keys.filter(
      (_, i) => surveys[i]?.newest?.kind === 'dropped' && isPromised(chunk.outcomes[i] ?? ''),
    );
    if (dropped.length > 0) {
      if (!(await this.#fetchAgain(chunk.source, dropped, signal))) return undefined;
      surveys = await stack.survey(keys, signal);
    }
    const lacking = keys.filter((_, i) => this.#isThere(surveys[i]) && (surveys[i]?.lacking.length ?? 0) > 0);
    if (lacking.length === 0) return surveys;
    await stack.fill(lacking, signal);
    return stack.survey(keys, signal);
  }

  /** False while the origin is paused. */
  async #fetchAgain(name: string, keys: readonly string[], signal: AbortSignal): Promise<boolean> {
    const source = this.#deps.sources.get(name);
    if (source === undefined) return true;
    const options = { reason: 'run', since: 0 } as const;
    const task = { source, keys, options, run: undefined, onEnded: async () => undefined, signal };
    return (await this.#deps.warmer.warm(task)).deferred === undefined;
  }

  #mayWait(id: string): boolean {
    const now = this.#deps.clock.elapsed();
    const until = this.#waiting.get(id) ?? now + PATIENCE.verify;
    this.#waiting.set(id, until);
    return now < until;
  }

  /** A short-lived value may be past its ttl by the time a long run ends; it is not lost as long as it can be served. */
  #isThere(survey: Survey | undefined): boolean {
    return isServable(survey?.newest, this.#deps.clock.now());
  }
}

function noteOf({ lost, dropped }: Tally): string {
  const evicted = lost - dropped;
  const notes = [
    ...(evicted > 0 ? [`${evicted} keys were written and then lost from every tier`] : []),
    ...(dropped > 0 ? [`${keysText(dropped)} dropped meanwhile, and could not be fetched again`] : []),
  ];
  return notes.join('; ');
}

function keysText(count: number): string {
  return count === 1 ? '1 key was' : `${count} keys were`;
}

function uses({ traits }: Tier, key: string): boolean {
  return traits.keeps.uses(key);
}
