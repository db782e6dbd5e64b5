/** Statistics: the system as it is now, and what its live processes have done. */

import { z } from 'zod';
import type { Ledger, LedgerState } from '../budget/ledger.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { History } from '../catalog/history.ts';
import type { ProcessBeat, Registry } from '../catalog/registry.ts';
import { type Methods, withChecks } from '../core/arguments.ts';
import { type Budget, perSecondOf, rateText } from '../core/budget.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import { type Statistics, sumStatistics } from '../core/metrics/statistics.ts';
import { NEVER } from '../core/never.ts';
import type { Sources } from '../core/sources.ts';
import { lanesWithOrphans } from '../queue/lanes.ts';
import type { Queue } from '../queue/queue.ts';
import type { Stack } from '../tiers/stack/stack.ts';
import type { Tier } from '../tiers/tier.ts';
import { budgetOf } from './budget.ts';
import { BUDGET_HOURS, type BudgetReport } from './budget-shapes.ts';
import type { HistoryRequest, HistoryView } from './history-shapes.ts';
import { statisticsViewOf } from './metrics-view.ts';
import { overviewOf } from './overview.ts';
import type { LaneList, ProcessList } from './process-shapes.ts';
import { nameOf } from './runs/run-waits.ts';
import type { Overview, StatsView } from './statistics-view.ts';

export interface StatisticsVerbs {
  /** What does not answer is reported as such; the rest is still returned. */
  stats(): Promise<StatsView>;
  /** What each source keeps warm, and what was measured of that: of `stats` what costs little. */
  overview(): Promise<Overview>;
  /**
   * Who used the budget of an origin, or of all where none is named, in the last hours. Rejects with `E_NOT_FOUND` for an origin that is not
   * configured.
   */
  budget(origin?: string | null, hours?: number): Promise<BudgetReport>;
  /** The processes that live, those that started first in front. */
  processes(): Promise<ProcessList>;
  /** The lanes of the queue, that of everything without an origin first. */
  lanes(): Promise<LaneList>;
  /**
   * What was measured over time. Rejects with `E_REQUEST_INVALID` for a series that there is not, a time that is not kept, or more steps
   * than one answer holds.
   */
  history(request: HistoryRequest): Promise<HistoryView>;
}

export interface StatisticsVerbsDeps {
  readonly stack: Stack;
  readonly catalog: Catalog;
  readonly registry: Registry;
  readonly ledger: Ledger;
  readonly history: History;
  readonly queue: Queue;
  readonly sources: Sources;
  readonly budgets: ReadonlyMap<string, Budget>;
  readonly clock: Clock;
  /** This process, which knows more about itself than it last published. */
  readonly self: { readonly id: string; readonly statistics: () => Statistics };
}

const methods = {
  budget: [
    ['origin', z.string().min(1).nullable().default(null)],
    ['hours', z.int().min(1).max(BUDGET_HOURS).default(24)],
  ],
} as const satisfies Methods;

export function statisticsVerbs(deps: StatisticsVerbsDeps): StatisticsVerbs {
  const checked = withChecks(methods, { budget: (origin, hours) => budgetOf(deps, origin, hours) });
  return {
    ...checked,
    stats: () => stats(deps),
    overview: () => overviewOf(deps),
    // Asked of few processes: the others start without.
    processes: async () => (await import('./processes.ts')).listProcesses(deps),
    lanes: async () => (await import('./lanes.ts')).listLanes(deps),
    history: async (request) => (await import('./history.ts')).historyVerb(deps)(request),
  };
}

async function stats(deps: StatisticsVerbsDeps): Promise<StatsView> {
  const { catalog, registry, ledger, queue, sources, budgets, clock } = deps;
  const now = clock.now();
  const all = [...sources.values()];
  const [beats, outcomes, sizes, states, lanes, usages] = await Promise.all([
    registry.processes(now),
    registry.counts(all.map(({ name }) => name)),
    Promise.all(all.map(({ name }) => catalog.size(name, now))),
    Promise.all([...budgets.keys()].map((origin) => ledger.state(origin))),
    lanesWithOrphans(queue, budgets),
    Promise.all(deps.stack.tiers.map(usageOf)),
  ]);
  const processes = beats.map((beat) => upToDate(beat, deps));
  const done = processes.flatMap(({ statistics }) => statistics ?? []);
  return {
    at: now,
    processes: processes.map(processOf),
    statistics: statisticsViewOf(sumStatistics(done)),
    tiers: tiersOf(deps, usages, processes),
    sources: all.map(({ name, temperature }, i) => {
      const size = sizes[i] ?? { keys: 0, due: 0, failing: 0 };
      return { source: name, temperature, ...size, outcomes: { ...outcomes[i] } as Record<string, number> };
    }),
    origins: states.map((state) => originView(state, budgets.get(state.origin), beats)),
    lanes: lanes.map(({ isConfigured: configured, ...lane }) => ({ ...lane, configured })),
  };
}

function upToDate(beat: ProcessBeat, { self }: StatisticsVerbsDeps): ProcessBeat {
  return beat.id === self.id ? { ...beat, statistics: self.statistics() } : beat;
}

function processOf({ id, host, pid, startedAt, seenAt, memory, roles, statistics }: ProcessBeat) {
  const done = statistics === undefined ? null : statisticsViewOf(statistics);
  return {
    ...{ id, roles: [...roles], host, pid, startedAt, seenAt },
    ...{ memory: memory ?? null, statistics: done },
  };
}

/** Memory belongs to a process: what the others last reported of theirs is added to what this process has. */
function tiersOf(
  { stack, self }: StatisticsVerbsDeps,
  rows: readonly Awaited<ReturnType<typeof usageOf>>[],
  processes: readonly ProcessBeat[],
) {
  const own = stack.tiers.findIndex(({ traits }) => traits.reach === 'process');
  const others = processes.flatMap(({ id, memory = [] }) => (id === self.id ? [] : memory));
  if (others.length === 0) return [...rows];
  const memory = rows[own] ?? { tier: 'memory', entries: 0, bytes: 0, error: null };
  const entries = others.reduce((sum, other) => sum + other.entries, memory.entries);
  const bytes = others.reduce((sum, other) => sum + other.bytes, memory.bytes);
  return [{ ...memory, entries, bytes }, ...rows.filter((_, i) => i !== own)];
}

async function usageOf(tier: Tier) {
  try {
    return { tier: tier.name, ...(await tier.usage(NEVER)), error: null };
  } catch (error) {
    return { tier: tier.name, entries: 0, bytes: 0, error: messageOf(error) };
  }
}

function originView(state: LedgerState, budget: Budget | undefined, beats: readonly ProcessBeat[]) {
  const { origin, inFlight, processes, pausedUntil, pauseReason, pausedBy, lowered, quota } = state;
  const { concurrency, intervalMs } = state.limits;
  return {
    origin,
    inFlight,
    processes,
    pausedUntil: pausedUntil === 0 ? null : pausedUntil,
    pauseReason: pauseReason === '' ? null : pauseReason,
    pausedBy: nameOf(pausedBy, beats),
    rate: budget === undefined ? null : rateText(budget),
    concurrency: budget?.concurrency ?? 0,
    limits: { concurrency, perSecond: perSecondOf(budget ?? { rate: undefined }, intervalMs) },
    lowered: lowered ?? null,
    quota: quota ?? null,
    used: state.used.map(({ hour, by }) => ({ hour, by })),
  };
}
