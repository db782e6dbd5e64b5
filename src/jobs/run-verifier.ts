/** Warm means warm: looks a finished run's keys up in every tier before it is called done. */

import type { Run, RunChunk, Runs, TierCoverage } from '../catalog/runs/runs.ts';
import type { Clock } from '../core/clock.ts';
import { count, counted, countedWith } from '../core/counted.ts';
import type { Events } from '../core/events.ts';
import { isServable } from '../core/freshness.ts';
import { outcomeOfCode, WARM_OUTCOMES } from '../core/outcome.ts';
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

function isPromised(code: string): boolean {
  return WARM_OUTCOMES.has(outcomeOfCode(code));
}

/** Chunks looked at together. */
const CHUNKS_AT_ONCE = 4;
/** How long until it is asked again, in ms. */
const AGAIN_MS = 1_000;

/** So many keys are not lost by chance: the tiers do not keep what they are given. */
const MANY = 16;

interface Tally {
  readonly tiers: readonly { readonly tier: Tier; warm: number; total: number }[];
  lost: number;
  /** Of those lost, the ones that an invalidation dropped. */
  dropped: number;
  /** Whether anything was copied or fetched: what a tier held before may have had to make room. */
  changed: boolean;
}

/** How a chunk is looked at: lacking keys are made good, or counted as they are. */
type Look = 'mend' | 'count';

export class RunVerifier {
  readonly #deps: RunVerifierDeps;
  /** Runs that wait for a tier: until when, on the monotonic clock. */
  readonly #waiting = new Map<string, number>();

  constructor(deps: RunVerifierDeps) {
    this.#deps = deps;
  }

  /**
   * Looks up every key. One that a tier lacks is copied there, unless that tier overflows; one that was dropped since it was
   * warmed is fetched again; one that is said to be warm and that no tier has any more (a tier evicted it) is turned into
   * `failed`. A key that was refused, but whose old value can be served, counts as covered. Where anything was copied, every key is
   * looked up once more at the end: what a tier holds by then is its coverage. Then ends the run. Idempotent.
   *
   * What a tier that does not answer holds is not known: for a while the run waits for it. Returns when to come again then
   * (ms since the epoch), and undefined when the run needs no verifying any more.
   */
  async verify(id: string, signal: AbortSignal): Promise<number | undefined> {
    const { runs, stack, clock } = this.#deps;
    const run = await runs.get(id);
    const tally = emptyTally(stack.tiers);
    const isOpen = run !== undefined && run.state === 'verifying';
    for (const how of ['mend', 'count'] as const) {
      if (!isOpen || (how === 'count' && !tally.changed)) break;
      for (const sum of tally.tiers) Object.assign(sum, { warm: 0, total: 0 });
      if (!(await this.#lookAll(run, how, tally, signal))) return clock.now() + AGAIN_MS;
    }
    this.#waiting.delete(id);
    if (!isOpen) return undefined;
    const { tiers } = tally;
    const coverage: Record<string, TierCoverage> = {};
    for (const { tier, warm, total } of tiers) coverage[tier.name] = { warm, total };
    await finishRun(this.#deps, id, noteOf(tally, stack), coverage);
    return undefined;
  }

  /** False: a tier does not answer, and the run is to wait for it. */
  async #lookAll({ id, chunks }: Run, how: Look, tally: Tally, signal: AbortSignal): Promise<boolean> {
    for (let first = 0; first < chunks; first += CHUNKS_AT_ONCE) {
      signal.throwIfAborted();
      const count = Math.min(CHUNKS_AT_ONCE, chunks - first);
      const looks = Array.from({ length: count }, async (_, i) => {
        const chunk = await this.#deps.runs.chunk(id, first + i);
        return chunk === undefined || this.#verifyChunk({ id, n: first + i, chunk, how }, tally, signal);
      });
      if ((await Promise.all(looks)).includes(false)) return false;
    }
    return true;
  }

  async #verifyChunk(
    { id, n, chunk, how }: { id: string; n: number; chunk: RunChunk; how: Look },
    tally: Tally,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { runs, stack } = this.#deps;
    const { keys } = chunk;
    const surveys = await (how === 'mend' ? this.#covered(chunk, tally, signal) : stack.survey(keys, signal));
    if (surveys === undefined || surveys.some(({ silent }) => silent.length > 0)) {
      if (this.#mayWait(id)) return false;
    }
    const seen = surveys ?? (await stack.survey(keys, signal));
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
    // Awaited first: other chunks are added to the sum meanwhile.
    const lost = await runs.revoke(id, n, gone);
    tally.lost += lost;
    tally.dropped += gone.filter((i) => seen[i]?.newest?.kind === 'dropped').length;
    return true;
  }

  /**
   * Where every key is, once what was dropped is fetched again and what tiers lack is copied there. Undefined while the origin
   * is paused.
   */
  async #covered(chunk: RunChunk, tally: Tally, signal: AbortSignal): Promise<readonly Survey[] | undefined> {
    const { stack } = this.#deps;
    const { keys } = chunk;
    let surveys = await stack.survey(keys, signal);
    const dropped = keys.filter(
      (_, i) => surveys[i]?.newest?.kind === 'dropped' && isPromised(chunk.outcomes[i] ?? ''),
    );
    if (dropped.length > 0) {
      tally.changed = true;
      if (!(await this.#fetchAgain(chunk.source, dropped, signal))) return undefined;
      surveys = await stack.survey(keys, signal);
    }
    const lacking = keys.filter((_, i) => this.#isThere(surveys[i]) && (surveys[i]?.lacking.length ?? 0) > 0);
    if (lacking.length === 0) return surveys;
    tally.changed = true;
    await stack.fill(lacking, signal);
    return stack.survey(keys, signal);
  }

  /** False while the origin is paused. */
  async #fetchAgain(name: string, keys: readonly string[], signal: AbortSignal): Promise<boolean> {
    const source = this.#deps.sources.get(name);
    if (source === undefined) return true;
    const options = { reason: 'run', since: 0 } as const;
    const onEnded = async () => undefined;
    const task = { source, keys, options, user: 'run', run: undefined, onEnded, signal } as const;
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

function emptyTally(tiers: readonly Tier[]): Tally {
  const sums = tiers.map((tier) => ({ tier, warm: 0, total: 0 }));
  return { tiers: sums, lost: 0, dropped: 0, changed: false };
}

function noteOf({ tiers, lost, dropped }: Tally, stack: Pick<Stack, 'overflows'>): string {
  const evicted = lost - dropped;
  const small = tiers.filter(
    ({ tier, warm, total }) =>
      warm < total && tier.traits.reach !== 'process' && (evicted >= MANY || stack.overflows(tier.name)),
  );
  const notes = [
    ...(evicted > 0 ? [`${countedWith(evicted, 'key', WAS)} written and then lost from every tier`] : []),
    ...small.map(
      ({ tier, warm, total }) =>
        `${tier.name} holds ${count(warm)} of ${counted(total, 'key')}: it does not keep what it is given; give it more room, or less`,
    ),
    ...(dropped > 0
      ? [`${countedWith(dropped, 'key', WAS)} dropped meanwhile, and could not be fetched again`]
      : []),
  ];
  return notes.join('; ');
}

const WAS = ['was', 'were'] as const;

function uses({ traits }: Tier, key: string): boolean {
  return traits.keeps.uses(key);
}
