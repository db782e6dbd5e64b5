/** What the history is made of. */
import type { LedgerState } from '../../budget/ledger.ts';
import type { ProcessBeat } from '../../catalog/registry.ts';
import type { ServiceGroup } from '../../core/metrics/service-metrics.ts';
import type { StatisticsRow } from '../../core/metrics/statistics.ts';

/** The rows of what was measured of the service; none where that is not known. */
export type MeasuredRows = <G extends ServiceGroup>(group: G) => readonly StatisticsRow<G>[];

/** What only grows, at a time. */
export interface CounterLook {
  readonly at: number;
  readonly beats: readonly ProcessBeat[];
  readonly origins: readonly LedgerState[];
}
