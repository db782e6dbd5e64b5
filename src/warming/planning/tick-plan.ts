/**
 * The plan of a run that nobody planned, as of a tick: made of the keys as they go into its manifest, so that its report can set what it
 * came to against it. It has bounds: of a source with many keys few are looked up, for a few seconds, and whatever fails leaves the run
 * without a plan, and never without its keys.
 */
import type { Ledger } from '../../budget/ledger.ts';
import type { CallHistory } from '../../catalog/call-history.ts';
import type { PlannedTick } from '../../catalog/runs/runs.ts';
import type { Budget } from '../../core/budget.ts';
import { messageOf } from '../../core/errors.ts';
import { type Backoff, longestWaitsMs } from '../../flow/backoff.ts';
import type { WarmOptions } from '../../policy/decision.ts';
import { sumOf } from '../../policy/estimate.ts';
import type { SelectedKeys } from '../selected-keys.ts';
import { KeyCount, type KeyCountDeps } from './key-count.ts';
import {
  bytesOfAll,
  callsOf,
  failingOf,
  figuresOf,
  likelyTime,
  originsOf,
  ownTime,
  rounded,
  timeOfOrigin,
} from './plan-figures.ts';

export interface TickPlanDeps extends Pick<KeyCountDeps, 'stack' | 'catalog' | 'clock'> {
  readonly callHistory: Pick<CallHistory, 'of'>;
  readonly ledger: Pick<Ledger, 'state'>;
  readonly budgets: ReadonlyMap<string, Budget>;
  /** How often a run tries a key, and how long it waits in between. */
  readonly attempts: number;
  readonly backoff: Backoff;
}

/** Keys of a source that are all looked up; of those behind them ever fewer. */
const EXACT = 1_000;
/** For so long keys are looked up, in ms: the run waits for it. */
const MOST_MS = 5_000;
const TOO_LONG = `looking its keys up took longer than ${MOST_MS / 1_000} s`;

export class TickPlan {
  readonly #deps: TickPlanDeps;
  readonly #count: KeyCount;
  #ownMs = 0;
  /** Why there is none. */
  #unplanned: string | undefined;

  constructor(deps: TickPlanDeps, options: WarmOptions, keysPerChunk: KeyCountDeps['keysPerChunk']) {
    this.#deps = deps;
    const rest = { startsAt: deps.clock.now(), exact: EXACT, silence: undefined };
    this.#count = new KeyCount({ ...deps, ...rest, options, keysPerChunk });
  }

  /** Rejects only with the signal's reason. */
  add(page: SelectedKeys, signal: AbortSignal): Promise<void> {
    return this.#unlessUnplanned(signal, () => this.#count.add(page, signal));
  }

  async end(signal: AbortSignal): Promise<PlannedTick> {
    let planned: PlannedTick = {};
    await this.#unlessUnplanned(signal, async () => {
      planned = await this.#figures();
    });
    return this.#unplanned === undefined ? planned : { unplanned: this.#unplanned };
  }

  async #unlessUnplanned(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    if (this.#unplanned !== undefined) return;
    const began = this.#deps.clock.elapsed();
    try {
      await work();
    } catch (error) {
      signal.throwIfAborted();
      this.#unplanned = messageOf(error);
    }
    this.#ownMs += this.#deps.clock.elapsed() - began;
    if (this.#ownMs > MOST_MS) this.#unplanned ??= TOO_LONG;
  }

  async #figures(): Promise<PlannedTick> {
    const { callHistory, ledger, budgets, clock, attempts, backoff } = this.#deps;
    this.#count.end();
    const silent = this.#count.tiers.find(({ error }) => error !== undefined);
    if (silent !== undefined) return { unplanned: `tier ${silent.tier.name}: ${silent.error}` };
    const sources = await Promise.all(
      [...this.#count.sources.values()].map(async (count) => ({
        ...{ count, figures: figuresOf(await callHistory.of(count.source.name)) },
      })),
    );
    const now = clock.now();
    const times = await Promise.all(
      originsOf(budgets, sources).map(async (parts) => {
        const state = await ledger.state(parts.origin);
        const { time, isSeen } = timeOfOrigin({ ...parts, state, ahead: [] }, { now, startsAt: now });
        return isSeen ? time.likely : null;
      }),
    );
    const sum = (of: 'total' | 'fetch') => sources.reduce((all, { count }) => all + count[of], 0);
    const total = sum('total');
    const own = ownTime({ total, looked: this.#count.looked, ownMs: this.#ownMs });
    const waits = longestWaitsMs(attempts, backoff);
    return {
      plan: {
        ...{ keys: total, fetch: Math.round(sum('fetch')) },
        ...{ calls: rounded(sumOf(sources.map(callsOf))), bytes: bytesOfAll(sources) },
        likely: likelyTime(times, own, failingOf(sources), waits),
      },
    };
  }
}
