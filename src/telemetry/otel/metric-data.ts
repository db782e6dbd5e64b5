/**
 * The numbers of `/metrics` as OpenTelemetry's data: the same snapshot, under the names of OpenTelemetry (`core/metrics/otel-names.ts`).
 * They are ready-made, so no instrument of the SDK counts anything a second time. A histogram has the bounds that the text has.
 */
import type { Attributes, HrTime } from '@opentelemetry/api';
import { ValueType } from '@opentelemetry/api';
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type Histogram as HistogramValue,
  type MetricData,
} from '@opentelemetry/sdk-metrics';
import { BOUNDS_MS } from '../../core/metrics/exemplars.ts';
import { type Buckets, countsBelow, sumOfBuckets, totalOf } from '../../core/metrics/histogram.ts';
import { type Metric, UNITS } from '../../core/metrics/metric.ts';
import { METRICS } from '../../core/metrics/metrics.ts';
import { otelAttribute, otelName } from '../../core/metrics/otel-names.ts';
import { type AnyRow, rowsOf, type Statistics } from '../../core/metrics/statistics.ts';

/** In ms since the epoch: when counting began, and when the snapshot was taken. */
interface Counted {
  readonly from: number;
  readonly to: number;
}

/** Every metric that has a value, in the order of the declarations; a row at a time, so that others have their turn in between. */
export function* makeMetricData(
  statistics: Statistics,
  counted: Counted,
): Generator<undefined, MetricData[]> {
  const all: MetricData[] = [];
  for (const metric of METRICS) {
    const points: DataPoint<Value>[] = [];
    for (const row of rowsOf(statistics, metric.group)) {
      points.push(...pointsOf(metric, row, counted));
      yield;
    }
    if (points.length > 0) all.push(dataOf(metric, points));
  }
  return all;
}

type Value = number | HistogramValue;

function pointsOf(metric: Metric, row: AnyRow, { from, to }: Counted): DataPoint<Value>[] {
  // What a label lacks is '' in the text, and no attribute.
  const named = metric.labels
    .map((label) => [label, String(row[label])] as const)
    .filter(([, text]) => text !== '');
  return Object.entries(metric.columns).map(([column, { labels }]) => {
    const all = [...named, ...Object.entries(labels)];
    const value = row[column];
    return {
      startTime: hrTime(from),
      endTime: hrTime(to),
      attributes: Object.fromEntries(all.map(([label, text]) => [otelAttribute(label), text])) as Attributes,
      value:
        typeof value === 'object' ? histogramValue(metric, value) : Number(value) / UNITS[metric.unit].per,
    };
  });
}

function dataOf(metric: Metric, points: DataPoint<Value>[]): MetricData {
  const { meaning, unit, kind } = metric;
  const about = {
    descriptor: {
      name: otelName(metric),
      description: meaning,
      unit: UNITS[unit].ucum,
      valueType: ValueType.DOUBLE,
    },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  // A metric has one kind of values, which its declaration says.
  if (kind === 'histogram') {
    const dataPoints = points as DataPoint<HistogramValue>[];
    return { ...about, dataPointType: DataPointType.HISTOGRAM, dataPoints };
  }
  const dataPoints = points as DataPoint<number>[];
  return kind === 'counter'
    ? { ...about, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }
    : { ...about, dataPointType: DataPointType.GAUGE, dataPoints };
}

/** The text has counts up to each bound, this has those between them. */
function histogramValue({ unit }: Metric, buckets: Buckets): HistogramValue {
  const { per } = UNITS[unit];
  const total = totalOf(buckets);
  const below = [...countsBelow(buckets, BOUNDS_MS), total];
  return {
    buckets: {
      boundaries: BOUNDS_MS.map((bound) => bound / per),
      counts: below.map((count, i) => count - (below[i - 1] ?? 0)),
    },
    sum: sumOfBuckets(buckets) / per,
    count: total,
  };
}

function hrTime(ms: number): HrTime {
  const seconds = Math.trunc(ms / 1_000);
  return [seconds, Math.round((ms - seconds * 1_000) * 1e6)];
}
