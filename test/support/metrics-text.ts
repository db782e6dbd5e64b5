import type { ExemplarsOf } from '../../src/core/metrics/exemplars.ts';
import type { Statistics } from '../../src/core/metrics/statistics.ts';
import { type MetricsText, writeMetrics } from '../../src/telemetry/exposition.ts';

/** What a scrape gets, without a turn for anybody else. */
export function metricsText(
  statistics: Statistics,
  accept: string | undefined,
  exemplars?: ExemplarsOf,
): MetricsText {
  const steps = writeMetrics(statistics, accept, exemplars);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}
