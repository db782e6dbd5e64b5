/** What happened since the last look at counters that only grow, and at processes that come and go. */
import { type BudgetHour, type CallApart, countedApart } from '../../budget/ledger.ts';
import type { ProcessBeat } from '../../catalog/registry.ts';
import { BUDGET_USERS, type BudgetUser } from '../../core/budget.ts';
import { Histogram } from '../../core/metrics/histogram.ts';
import { NO_STATISTICS, type Statistics } from '../../core/metrics/statistics.ts';
import { countsOf, OUTCOMES, type Outcome } from '../../core/outcome.ts';

export interface CallCounts {
  readonly by: Readonly<Record<BudgetUser, number>>;
  readonly throttled: number;
  readonly failed: number;
  readonly apart: Readonly<Record<CallApart, number>>;
  readonly ms: number;
}

/** Calls that the ledger counts now and did not before. Hours that are forgotten meanwhile take nothing with them. */
export function callsSince(before: readonly BudgetHour[], now: readonly BudgetHour[]): CallCounts {
  const known = new Map(before.map((hour) => [hour.hour, hour]));
  const earliest = before[0]?.hour ?? Number.NEGATIVE_INFINITY;
  const hours = now.filter(({ hour }) => hour >= earliest);
  const grown = (of: (hour: BudgetHour) => number) =>
    hours.reduce((sum, hour) => {
      const was = known.get(hour.hour);
      return sum + Math.max(0, of(hour) - (was === undefined ? 0 : of(was)));
    }, 0);
  return {
    // An object of all users.
    by: Object.fromEntries(
      BUDGET_USERS.map((user) => [user, grown(({ by }) => by[user])]),
    ) as CallCounts['by'],
    throttled: grown(({ throttled }) => throttled),
    failed: grown(({ failed }) => failed),
    apart: countedApart((kind) => grown(({ apart }) => apart[kind])),
    ms: grown(({ ms }) => ms),
  };
}

export interface WorkCounts {
  readonly outcomes: Readonly<Record<Outcome, number>>;
  readonly tickDelays: Histogram;
  /** By lane. */
  readonly waits: ReadonlyMap<string, Histogram>;
  /** How long calls took whose origin answered, by origin. */
  readonly latencies: ReadonlyMap<string, Histogram>;
}

/**
 * What processes did since they were seen last, at `at`. One that began since then did all of it since; of one that was not seen before
 * for another reason it is not known.
 */
export function workSince(
  before: readonly ProcessBeat[],
  now: readonly ProcessBeat[],
  at: number,
): WorkCounts {
  const known = new Map(before.map((beat) => [beat.id, beat]));
  const pairs = now.flatMap((beat): [Statistics, Statistics][] => {
    const was = known.get(beat.id)?.statistics ?? (beat.startedAt >= at ? NO_STATISTICS : undefined);
    return beat.statistics === undefined || was === undefined ? [] : [[was, beat.statistics]];
  });
  const outcomes: Record<Outcome, number> = { ...countsOf() };
  const tickDelays = new Histogram();
  const waits = new Map<string, Histogram>();
  const latencies = new Map<string, Histogram>();
  for (const [was, is] of pairs) {
    for (const outcome of OUTCOMES)
      outcomes[outcome] += Math.max(0, ended(is, outcome) - ended(was, outcome));
    for (const { schedule, buckets } of is.ticks)
      addGrown(tickDelays, was.ticks.find((row) => row.schedule === schedule)?.buckets ?? [], buckets);
    for (const { lane, buckets } of is.jobWaits)
      addGrown(of(waits, lane), was.jobWaits.find((row) => row.lane === lane)?.buckets ?? [], buckets);
    for (const { origin, source, buckets } of is.origins) {
      const same = was.origins.find((row) => row.origin === origin && row.source === source);
      addGrown(of(latencies, origin), same?.buckets ?? [], buckets);
    }
  }
  return { outcomes, tickDelays, waits, latencies };
}

function of(histograms: Map<string, Histogram>, name: string): Histogram {
  const known = histograms.get(name) ?? new Histogram();
  histograms.set(name, known);
  return known;
}

type Buckets = Statistics['jobWaits'][number]['buckets'];

function addGrown(histogram: Histogram, before: Buckets, now: Buckets): void {
  const was = new Map(before);
  histogram.add(now.map(([index, count]) => [index, Math.max(0, count - (was.get(index) ?? 0))] as const));
}

function ended({ outcomes }: Statistics, outcome: Outcome): number {
  return outcomes.reduce((sum, row) => sum + row[outcome], 0);
}
