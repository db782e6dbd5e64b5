/** The drawing of a chart, by uPlot, in the colours of the style sheet. */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { clockTime, full } from '../format/times.ts';
import type { ChartProps, Series } from './chart.tsx';

export function drawChart(place: HTMLElement, props: ChartProps, height: number): uPlot {
  const style = getComputedStyle(place);
  const colour = (name: string) => resolved(place, name);
  const axis = {
    stroke: colour('muted'),
    font: `11px ${style.fontFamily}`,
    grid: { stroke: colour('line'), width: 1 },
    ticks: { show: false },
  };
  const { times, series, show, open, most } = props;
  return new uPlot(
    {
      width: place.clientWidth,
      height,
      legend: { show: false },
      cursor: { y: false },
      scales: { y: { range: (_, __, max) => [0, most ?? Math.max(max, 1) * 1.05] } },
      padding: [8, 12, 0, 0],
      axes: [
        { ...axis, size: 28, values: (_, ticks) => ticks.map((at) => timeOf(at * 1_000)) },
        { ...axis, size: widthOf, values: (_, ticks) => ticks.map(show) },
      ],
      series: [{}, ...series.flatMap((each) => lines(each, colour(each.colour), open))],
    },
    [
      times.map((at) => at / 1_000),
      ...series.flatMap(({ values }) => parts(values, open)),
    ] as uPlot.AlignedData,
    place,
  );
}

/** Of the longest label, about, and a gap, in CSS pixels. */
function widthOf(_: uPlot, labels: readonly string[] | null): number {
  return 16 + 6.2 * Math.max(3, ...(labels ?? []).map(({ length }) => length));
}

/** The hour, and at midnight the day. */
function timeOf(at: number): string {
  const text = clockTime(at, at);
  return text === '00:00' ? full(at).slice(5, 10) : text;
}

/** What has ended, and what may go on. */
function lines({ label }: Series, stroke: string, open: boolean): uPlot.Series[] {
  const whole = {
    label,
    stroke,
    width: 1.5,
    points: { show: true, size: 3, filter: alone },
    spanGaps: false,
  };
  return open ? [whole, { ...whole, label: `${label}, so far`, dash: [4, 4] }] : [whole];
}

/** A value between two gaps has no line: it is a point. */
function alone(plot: uPlot, series: number): number[] {
  const values = plot.data[series] ?? [];
  const isKnown = (i: number) => values[i] !== null && values[i] !== undefined;
  return [...values.keys()].filter((i) => isKnown(i) && !isKnown(i - 1) && !isKnown(i + 1));
}

function parts(values: Series['values'], open: boolean): (number | null)[][] {
  if (!open) return [[...values]];
  const last = values.length - 1;
  return [
    values.map((value, i) => (i < last ? value : null)),
    values.map((value, i) => (i >= last - 1 ? value : null)),
  ];
}

/** A canvas knows no variables of style sheets. */
function resolved(place: HTMLElement, name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(--${name})`;
  place.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
