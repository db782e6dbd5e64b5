/**
 * Statistics as text for Prometheus, in its text exposition format 0.0.4 (`text/plain; version=0.0.4`):
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 *
 * A histogram has 32 buckets for each power of two, and the text one for each power of two. Their edges coincide, so the counts are
 * exact. Its sum is not kept; it is taken from the middles of the buckets, and at most 1.6 % off.
 */
import { type Buckets, Histogram } from '../core/metrics/histogram.ts';
import { type Metric, UNITS } from '../core/metrics/metric.ts';
import { METRICS } from '../core/metrics/metrics.ts';
import { type AnyRow, rowsOf, type Statistics } from '../core/metrics/statistics.ts';

/** Upper bounds of buckets, in ms: from 4 us to 65 s. */
const BOUNDS_MS: readonly number[] = Array.from({ length: 25 }, (_, i) => 2 ** (i - 8));

type Labels = Readonly<Record<string, string>>;

/** Every metric that has a value, in the order of the declarations. */
export function exposition(statistics: Statistics): string {
  return METRICS.map((metric) => family(metric, rowsOf(statistics, metric.group))).join('');
}

function family(metric: Metric, rows: readonly AnyRow[]): string {
  const samples = rows.flatMap((row) => samplesOf(metric, row));
  if (samples.length === 0) return '';
  const help = metric.meaning.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');
  return [`# HELP ${metric.name} ${help}`, `# TYPE ${metric.name} ${metric.kind}`, ...samples, ''].join('\n');
}

function samplesOf(metric: Metric, row: AnyRow): string[] {
  const named = Object.fromEntries(metric.labels.map((label) => [label, String(row[label])]));
  return Object.entries(metric.columns).flatMap(([column, { labels }]) => {
    const value = row[column];
    const all = { ...named, ...labels };
    if (typeof value === 'object') return histogramSamples(metric, all, value);
    return [sample(metric.name, all, Number(value) / UNITS[metric.unit].per)];
  });
}

function histogramSamples({ name, unit }: Metric, labels: Labels, buckets: Buckets): string[] {
  const histogram = new Histogram();
  histogram.add(buckets);
  const { per } = UNITS[unit];
  const bounded = BOUNDS_MS.map((bound) =>
    sample(`${name}_bucket`, { ...labels, le: String(bound / per) }, histogram.below(bound)),
  );
  return [
    ...bounded,
    sample(`${name}_bucket`, { ...labels, le: '+Inf' }, histogram.total),
    sample(`${name}_sum`, labels, histogram.sum() / per),
    sample(`${name}_count`, labels, histogram.total),
  ];
}

function sample(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`;
}

function escaped(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
}
