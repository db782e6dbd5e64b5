/**
 * Statistics as text for a scrape, in the format that it asks for: Prometheus's text exposition format 0.0.4, or OpenMetrics 1.0,
 * which has exemplars.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 * https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md
 *
 * It is written in steps, a row at a time: of a large configuration the text has tens of thousands of lines, and others have their turn
 * in between.
 *
 * A histogram has 32 buckets for each power of two, and the text one for each power of two. Their edges coincide, so the counts are
 * exact. Its sum is not kept; it is taken from the middles of the buckets, and at most 1.6 % off.
 */
import { namedQualityOf, qualityOf } from '../core/accept.ts';
import {
  BOUNDS_MS,
  boundAbove,
  type Exemplar,
  type ExemplarsOf,
  NO_EXEMPLARS,
} from '../core/metrics/exemplars.ts';
import { type Buckets, countsBelow, sumOfBuckets, totalOf } from '../core/metrics/histogram.ts';
import { type Metric, UNITS } from '../core/metrics/metric.ts';
import { METRICS } from '../core/metrics/metrics.ts';
import { type AnyRow, rowsOf, type Statistics } from '../core/metrics/statistics.ts';

/** The media types that are sent, the one first that a scrape gets that asks for neither. */
export const METRICS_TYPES = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openMetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
} as const;
type Format = keyof typeof METRICS_TYPES;

const OPEN_METRICS = 'application/openmetrics-text';

export interface MetricsText {
  /** For `Content-Type`. */
  readonly type: string;
  readonly text: string;
}

type Labels = Readonly<Record<string, string>>;

/**
 * Every metric that has a value, in the order of the declarations. `accept` is the scrape's header: OpenMetrics for who names it and
 * wants it no less than plain text.
 */
export function* writeMetrics(
  statistics: Statistics,
  accept: string | undefined,
  exemplars: ExemplarsOf = NO_EXEMPLARS,
): Generator<undefined, MetricsText> {
  const wanted = namedQualityOf(accept, OPEN_METRICS);
  const format = wanted > 0 && wanted >= qualityOf(accept, 'text/plain') ? 'openMetrics' : 'text';
  const writer = new FamilyWriter(format, format === 'text' ? NO_EXEMPLARS : exemplars);
  let text = '';
  for (const metric of METRICS) text += yield* writer.family(metric, rowsOf(statistics, metric.group));
  return { type: METRICS_TYPES[format], text: text + (format === 'text' ? '' : '# EOF\n') };
}

/** Writes metrics in one of the formats. */
class FamilyWriter {
  readonly #format: Format;
  readonly #exemplars: ExemplarsOf;

  constructor(format: Format, exemplars: ExemplarsOf) {
    this.#format = format;
    this.#exemplars = exemplars;
  }

  *family(metric: Metric, rows: readonly AnyRow[]): Generator<undefined, string> {
    let text = '';
    for (const row of rows) {
      text += this.#samplesOf(metric, row).join('');
      yield;
    }
    return text === '' ? '' : `${this.#head(metric).join('\n')}\n${text}`;
  }

  #head({ name, kind, unit, meaning }: Metric): string[] {
    if (this.#format === 'text')
      return [`# HELP ${name} ${meaning.replace(/[\\\n]/g, escaped)}`, `# TYPE ${name} ${kind}`];
    const family = kind === 'counter' ? name.replace(/_total$/, '') : name;
    const base = BASE_UNITS[UNITS[unit].ucum];
    return [
      `# TYPE ${family} ${kind}`,
      ...(base === undefined ? [] : [`# UNIT ${family} ${base}`]),
      `# HELP ${family} ${meaning.replace(/[\\"\n]/g, escaped)}`,
    ];
  }

  #samplesOf(metric: Metric, row: AnyRow): string[] {
    const named = Object.fromEntries(metric.labels.map((label) => [label, String(row[label])]));
    return Object.entries(metric.columns).flatMap(([column, { labels }]) => {
      const value = row[column];
      const all = { ...named, ...labels };
      const exemplars = [...this.#exemplars(metric.group as never, row, column)];
      if (typeof value === 'object') return this.#histogram(metric, all, value, exemplars);
      const { per } = UNITS[metric.unit];
      return [sample(metric.name, all, Number(value) / per, exemplarText(exemplars.at(-1), per))];
    });
  }

  #histogram(
    { name, unit }: Metric,
    labels: Labels,
    buckets: Buckets,
    exemplars: readonly Exemplar[],
  ): string[] {
    const { per } = UNITS[unit];
    const latest = new Map(exemplars.map((each) => [boundAbove(each.value), each]));
    const bucket = (bound: number, place: number, count: number) =>
      sample(
        `${name}_bucket`,
        { ...labels, le: numberText(bound / per) },
        count,
        exemplarText(latest.get(place), per),
      );
    const total = totalOf(buckets);
    return [
      ...countsBelow(buckets, BOUNDS_MS).map((count, place) => bucket(BOUNDS_MS[place] ?? 0, place, count)),
      bucket(Number.POSITIVE_INFINITY, BOUNDS_MS.length, total),
      sample(`${name}_sum`, labels, sumOfBuckets(buckets) / per),
      sample(`${name}_count`, labels, total),
    ];
  }
}

/** What OpenMetrics calls units; the names of metrics end in them. */
const BASE_UNITS: Readonly<Record<string, string>> = { s: 'seconds', By: 'bytes', '1': 'ratio' };

function sample(name: string, labels: Labels, value: number, exemplar = ''): string {
  return `${name}${labelsText(labels)} ${numberText(value)}${exemplar}\n`;
}

/** Both formats write infinity so. OpenMetrics wants a point in every bound, and none of ours is a whole number of seconds. */
function numberText(value: number): string {
  return String(value).replace('Infinity', 'Inf').replace(/^Inf/, '+Inf');
}

function exemplarText(exemplar: Exemplar | undefined, per: number): string {
  if (exemplar === undefined) return '';
  const { span, value, at } = exemplar;
  const labels = labelsText({ trace_id: span.traceId, span_id: span.spanId });
  return ` # ${labels} ${value / per} ${at / 1_000}`;
}

function labelsText(labels: Labels): string {
  const pairs = Object.entries(labels).map(
    ([label, text]) => `${label}="${text.replace(/[\\"\n]/g, escaped)}"`,
  );
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(letter: string): string {
  return letter === '\n' ? '\\n' : `\\${letter}`;
}
