/** A table for each group of metrics, made from their declarations. So a metric is shown as soon as it is declared. */
import { count } from '../../core/counted.ts';
import type { Metric, Unit } from '../../core/metrics/metric.ts';
import { labelsOf } from '../../core/metrics/statistics.ts';
import { formatSize } from '../../core/units.ts';
import { QUANTILES, type StatisticsView, VIEW_GROUPS, viewRowsOf } from '../../verbs/metrics-view.ts';
import { latency, zonedTime } from '../terminal/figures.ts';
import type { Output } from '../terminal/output.ts';
import type { Column } from '../terminal/table.ts';

export interface MetricTables {
  readonly statistics: StatisticsView;
  /** When they were asked for. */
  readonly at: number;
  /** Columns that other tables show, by group. */
  readonly except: Readonly<Record<string, readonly string[]>>;
}

type Row = Readonly<Record<string, unknown>>;
interface Figure {
  readonly name: string;
  readonly unit: Unit;
}

export function showMetrics(out: Output, { statistics, at, except }: MetricTables): void {
  for (const { name, metrics } of VIEW_GROUPS.filter(({ metrics }) => !metrics.every(isOfService))) {
    const figures = metrics.flatMap(figuresOf).filter((figure) => !except[name]?.includes(figure.name));
    const rows = viewRowsOf(statistics, name).filter((row) => figures.some((figure) => row[figure.name]));
    const [first, ...labels] = labelsOf(metrics);
    const columns = [
      ...(first === undefined ? [] : [textColumn(`${name}: ${first}`, first)]),
      ...labels.map((label) => textColumn(label, label)),
      ...figures.map((figure) => figureColumn(figure, at)),
    ];
    showTable(out, columns, rows);
  }
}

/** `stats` looks up itself what it shows of the service. */
function isOfService({ scope }: Metric): boolean {
  return scope === 'service';
}

/** A table with a blank line before it; none when it has no rows. */
export function showTable<R>(out: Output, columns: readonly Column<R>[], rows: readonly R[]): void {
  if (rows.length === 0) return;
  out.line();
  out.table(columns, rows);
}

function figuresOf({ kind, unit, columns }: Metric): Figure[] {
  return Object.keys(kind === 'histogram' ? QUANTILES : columns).map((name) => ({ name, unit }));
}

function textColumn(head: string, label: string): Column<Row> {
  return { head, cell: (row) => String(row[label]) };
}

function figureColumn({ name, unit }: Figure, at: number): Column<Row> {
  return { head: name, cell: (row) => figureText(row[name], unit, at), align: 'right' };
}

function figureText(value: unknown, unit: Unit, at: number): string {
  if (typeof value !== 'number') return '-';
  if (unit === 'bytes') return formatSize(value);
  if (unit === 'msSinceEpoch') return zonedTime(value, at);
  return unit === 'ms' ? latency(value) : count(value);
}
