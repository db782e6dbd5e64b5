/** The drawing of a chart, by uPlot, in the colours of the style sheet. */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { clockTime, full } from '../format/times.ts';
import type { ChartProps, Series } from './chart.tsx';

/** Below it, in ms, a logarithmic scale is even. */
const LEAST_FAR = 10;
/** At the right half of the last label of the time axis fits. */
const PADDING: uPlot.Padding = [8, 20, 0, 0];
/** Of a logarithmic scale, in ms. */
const TICKS = [0, 100, 1_000, 10_000, 60_000, 600_000, 3_600_000, 86_400_000, 864_000_000];

function ticksBetween(_: uPlot, __: number, min: number, max: number): number[] {
  return TICKS.filter((at) => at >= min && at <= max);
}

export function drawChart(place: HTMLElement, props: ChartProps, height: number): uPlot {
  const style = getComputedStyle(place);
  const colour = (name: string) => resolved(place, name);
  const axis = {
    stroke: colour('muted'),
    font: `11px ${style.fontFamily}`,
    grid: { stroke: colour('line'), width: 1 },
    ticks: { show: false },
  };
  const { times, series, show, far } = props;
  const drawn = drawnOf(props, colour);
  const isStacked = series.some(({ stacked }) => stacked);
  return new uPlot(
    {
      width: place.clientWidth,
      height,
      legend: { show: false },
      cursor: { y: false },
      // A bar stands from the beginning of its part to its end.
      scales: {
        x: isStacked ? { range: (_, min, max) => [min, max + stepOf(times)] } : {},
        y: scaleOf(props),
      },
      padding: PADDING,
      axes: [
        { ...axis, size: 28, values: (_, ticks) => ticks.map((at) => timeOf(at * 1_000)) },
        {
          ...axis,
          // The library's own filter leaves only powers of ten, and here none of them but 0.
          ...(far === true && { splits: ticksBetween, filter: (_: uPlot, splits: number[]) => splits }),
          size: widthOf,
          values: (_, ticks) => ticks.map((tick) => (tick === null ? '' : show(tick))),
        },
      ],
      series: [{}, ...drawn.map((each) => each.series)],
    },
    [times.map((at) => at / 1_000), ...drawn.map(({ values }) => values)] as uPlot.AlignedData,
    place,
  );
}

/** Between two times, in seconds. */
function stepOf([first = 0, second = first]: readonly number[]): number {
  return (second - first) / 1_000;
}

/** Where values lie far apart it is like a logarithm, but for the smallest of them, among which is 0. */
function scaleOf({ most, far }: ChartProps): uPlot.Scale {
  return {
    ...(far === true && { distr: 4, asinh: LEAST_FAR }),
    range: (_, __, max) => [0, most ?? Math.max(max, 1) * (far === true ? 1.6 : 1.05)],
  };
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

/** A series as it is drawn: what has ended, and what may go on. */
interface Drawn {
  readonly series: uPlot.Series;
  readonly values: readonly (number | null)[];
}

/** What is stacked is drawn from the top down, each over the one before; then the lines. */
function drawnOf({ series, open }: ChartProps, colour: (name: string) => string): Drawn[] {
  const stacked = series.filter((each) => each.stacked);
  const lines = series.filter((each) => !each.stacked);
  return [
    ...stackOf(stacked)
      .toReversed()
      .flatMap((each) => bars(each, colour(each.colour), open)),
    ...lines.flatMap((each) => line(each, colour(each.colour), open)),
  ];
}

/** Each with those below it; unknown where all of them are. */
function stackOf(stacked: readonly Series[]): Series[] {
  const below: (number | null)[] = [];
  return stacked.map((each) => {
    for (const [i, value] of each.values.entries()) {
      const under = below[i] ?? null;
      below[i] = value === null && under === null ? null : (under ?? 0) + (value ?? 0);
    }
    return { ...each, values: [...below] };
  });
}

/** The last may still grow: it is an outline. */
function bars({ label, values }: Series, stroke: string, open: boolean): Drawn[] {
  const paths = uPlot.paths.bars?.({ size: [0.9, 60], align: 1 });
  const shape = { label, stroke, points: { show: false }, ...(paths && { paths }) };
  const last = values.length - 1;
  const whole = {
    series: { ...shape, fill: stroke, width: 0 },
    values: open ? values.with(last, null) : values,
  };
  if (!open || last < 0) return [whole];
  const soFar = { ...shape, label: `${label}, so far`, width: 1, dash: [3, 3] };
  return [whole, { series: soFar, values: values.map((value, i) => (i < last ? null : value)) }];
}

function line({ label, values, stepped }: Series, stroke: string, open: boolean): Drawn[] {
  const paths = stepped === true ? uPlot.paths.stepped?.({ align: 1 }) : undefined;
  const whole = {
    ...{ label, stroke, width: 1.5, spanGaps: false },
    points: { show: true, size: 3, filter: alone },
    ...(paths && { paths }),
  };
  if (!open) return [{ series: whole, values }];
  const last = values.length - 1;
  return [
    { series: whole, values: values.map((value, i) => (i < last ? value : null)) },
    {
      series: { ...whole, label: `${label}, so far`, dash: [4, 4] },
      values: values.map((value, i) => (i >= last - 1 ? value : null)),
    },
  ];
}

/** A value between two gaps has no line: it is a point. */
function alone(plot: uPlot, series: number): number[] {
  const values = plot.data[series] ?? [];
  const isKnown = (i: number) => values[i] !== null && values[i] !== undefined;
  return [...values.keys()].filter((i) => isKnown(i) && !isKnown(i - 1) && !isKnown(i + 1));
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
