import { emptyResource } from '@opentelemetry/resources';
import {
  type IMetricReader,
  type MetricProducer,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import type { Clock } from '../../core/clock.ts';
import { LONGEST_TIMER_MS } from '../../core/clock.ts';
import type { Statistics } from '../../core/metrics/statistics.ts';
import { VERSION } from '../../core/version.ts';
import { inTurns } from '../../flow/in-turns.ts';
import type { TelemetryOptions } from '../otel-options.ts';
import { type ExporterDeps, metricExporter } from './exporters.ts';
import { makeMetricData } from './metric-data.ts';

export interface MetricReaderDeps extends Omit<ExporterDeps, 'otlp'> {
  readonly options: TelemetryOptions;
  /** Of this host. */
  readonly clock: Pick<Clock, 'now'>;
  /** The numbers of this process; undefined before there are any. */
  readonly read: () => Promise<Statistics> | undefined;
}

const EVERY_MS = 60_000;
const TIMEOUT_MS = 30_000;

/** Sends the numbers now and then. */
export async function metricReader({
  options: { otlp, metrics },
  clock,
  read,
  ...deps
}: MetricReaderDeps): Promise<IMetricReader> {
  const { env } = deps;
  const every = metrics.every ?? positive(env.OTEL_METRIC_EXPORT_INTERVAL) ?? EVERY_MS;
  const timeout = positive(env.OTEL_METRIC_EXPORT_TIMEOUT) ?? TIMEOUT_MS;
  return new PeriodicExportingMetricReader({
    exporter: await metricExporter({ ...deps, otlp }),
    exportIntervalMillis: every,
    exportTimeoutMillis: Math.min(timeout, every),
    metricProducers: [producer(clock, read)],
  });
}

/** The SDK puts the resource of the process in the place of what is said here. */
function producer(clock: Pick<Clock, 'now'>, read: () => Promise<Statistics> | undefined): MetricProducer {
  const from = clock.now();
  return {
    collect: async () => {
      const statistics = await read();
      const counted = { from, to: clock.now() };
      const metrics = statistics === undefined ? [] : await inTurns(makeMetricData(statistics, counted));
      const scopeMetrics = [{ scope: { name: 'forewarm', version: VERSION }, metrics }];
      return { resourceMetrics: { resource: emptyResource(), scopeMetrics }, errors: [] };
    },
  };
}

function positive(text = ''): number | undefined {
  const value = Number(text);
  return text.trim() !== '' && value > 0 ? Math.min(value, LONGEST_TIMER_MS) : undefined;
}
