/** Warm means warm: looks a finished run's keys up in every tier before it is called done. */
import type { RunChunk, Runs, TierCoverage } from '../catalog/runs.ts';
import type { Clock } from '../core/clock.ts';
import type { Events } from '../core/events.ts';
import { freshnessAt, isWarm } from '../core/freshness.ts';
import { outcomeOfLetter } from '../core/outcome.ts';
import type { Stack, Survey } from '../tiers/stack.ts';

export interface RunVerifierParts {
  readonly runs: Runs;
  readonly stack: Stack;
  readonly clock: Clock;
  readonly events: Events;
}

/** Outcomes that promise a value. */
const WARM: ReadonlySet<string | undefined> = new Set(['warmed', 'unchanged', 'already-warm']);

function isPromised(letter: string): boolean {
  return WARM.has(outcomeOfLetter(letter));
}

export class RunVerifier {
  readonly #parts: RunVerifierParts;

  constructor(parts: RunVerifierParts) {
    this.#parts = parts;
  }

  /**
   * Looks up every key. One that a tier lacks is copied there; one that is said to be warm and that no tier has any more (a
   * tier evicted it) is turned into `failed`. A key that was refused, but whose old value can be served, counts as covered. Then ends the run with its coverage. Twice is fine.
   */
  async verify(id: string, signal: AbortSignal): Promise<void> {
    const { runs, stack, clock, events } = this.#parts;
    const run = await runs.get(id);
    if (run === undefined || run.state !== 'verifying') return;
    const warm = new Map(stack.tiers.map(({ name }) => [name, 0]));
    let total = 0;
    let lost = 0;
    for (let n = 0; n < run.chunks; n += 1) {
      signal.throwIfAborted();
      const chunk = await runs.chunk(id, n);
      if (chunk === undefined) continue;
      total += chunk.keys.length;
      lost += await this.#verifyChunk(id, n, chunk, warm, signal);
    }
    const coverage: Record<string, TierCoverage> = {};
    for (const [tier, count] of warm) coverage[tier] = { warm: count, total };
    const note = lost === 0 ? '' : `${lost} keys were written and then lost from every tier`;
    await runs.end(id, 'finished', note, coverage, clock.now());
    events.emit('run:ended', { run: id, reason: 'finished' });
  }

  async #verifyChunk(
    id: string,
    n: number,
    chunk: RunChunk,
    warm: Map<string, number>,
    signal: AbortSignal,
  ): Promise<number> {
    const { stack, runs } = this.#parts;
    const { keys } = chunk;
    let surveys = await stack.survey(keys, signal);
    const lacking = keys.filter((_, i) => this.#isThere(surveys[i]) && (surveys[i]?.lacking.length ?? 0) > 0);
    if (lacking.length > 0) {
      await stack.fill(lacking, signal);
      surveys = await stack.survey(keys, signal);
    }
    const gone: number[] = [];
    for (const [i, survey] of surveys.entries()) {
      if (!this.#isThere(survey)) {
        if (isPromised(chunk.outcomes[i] ?? '')) gone.push(i);
        continue;
      }
      for (const tier of warm.keys()) {
        if (!survey.lacking.includes(tier)) warm.set(tier, (warm.get(tier) ?? 0) + 1);
      }
    }
    return gone.length === 0 ? 0 : runs.revoke(id, n, gone);
  }

  /** A short-lived value may be past its ttl by the time a long run ends; it is not lost as long as it can be served. */
  #isThere(survey: Survey | undefined): boolean {
    const head = survey?.newest;
    if (head === undefined || head.kind === 'dropped') return false;
    const freshness = freshnessAt(head, this.#parts.clock.now());
    return isWarm(freshness) || freshness === 'stale';
  }
}
