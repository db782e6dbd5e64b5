import type { LabelCounts } from '../../src/core/metrics/labels.ts';
import { ReadCounts } from '../../src/core/metrics/read-counts.ts';
import { Counters, type CountersDeps } from '../../src/telemetry/counters.ts';
import { Measurements } from '../../src/telemetry/measurements.ts';

/** Of a configuration that is larger than what the tests count. */
export const SOME_COUNTS: LabelCounts = { tiers: 4, sources: 20, origins: 10, schedules: 10 };

/** Counters that nobody has given events yet. */
export function newCounters(deps: Partial<CountersDeps> = {}): Counters {
  return new Counters({
    reads: new ReadCounts(),
    measurements: new Measurements(),
    counts: SOME_COUNTS,
    now: () => 0,
    span: () => undefined,
    ...deps,
  });
}
