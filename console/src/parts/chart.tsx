/**
 * Charts over time. The library comes with the first chart. What is unknown is a gap; the newest part of a series, which may not have
 * ended, is dashed. Below the chart stands what the newest whole part was, in words, for those who do not see it.
 */
import { effect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import { clockTime } from '../format/times.ts';
import { theme } from '../theme.ts';

export interface Series {
  readonly label: string;
  /** The name of a colour of the style sheet, without its dashes. */
  readonly colour: string;
  /** One for each time; null: unknown. */
  readonly values: readonly (number | null)[];
  /** Drawn as bars, those of several series one upon the other: they add up. */
  readonly stacked?: boolean;
  /** Drawn in steps: what holds for the whole of each part. */
  readonly stepped?: boolean;
}

export interface ChartProps {
  readonly label: string;
  /** When each part began, in ms. */
  readonly times: readonly number[];
  readonly series: readonly Series[];
  /** How values are written. */
  readonly show: (value: number) => string;
  /** Whether the last part may go on. */
  readonly open: boolean;
  /** The top of the scale, where it is not that of the values. */
  readonly most?: number | undefined;
  /** These are durations in ms that lie far apart: the scale is logarithmic. */
  readonly far?: boolean;
}

const HEIGHT = 180;

export function Chart(props: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const shape = props.series.map(({ label, colour }) => `${label} ${colour}`).join();
  useEffect(() => keepDrawn(place.current, () => latest.current), [shape]);
  useEffect(() => {
    place.current?.dispatchEvent(new Event('data'));
  }, [props.times, props.series]);
  return (
    <figure class="chart">
      <div ref={place} style={{ height: `${HEIGHT}px` }} aria-hidden="true" />
      <figcaption class="unseen">{sentenceOf(props)}</figcaption>
      <ul class="legend inline">
        {props.series.map(({ label, colour }) => (
          <li key={label}>
            <span class="swatch" style={{ background: `var(--${colour})` }} aria-hidden="true" /> {label}
          </li>
        ))}
      </ul>
    </figure>
  );
}

function sentenceOf({ label, times, series, show, open }: ChartProps): string {
  const last = times.length - (open ? 2 : 1);
  const at = times[last];
  if (at === undefined) return `${label}: nothing is known yet.`;
  const said = series.map(({ label: name, values }) => {
    const value = values[last];
    return `${name} ${value === null || value === undefined ? 'unknown' : show(value)}`;
  });
  return `${label}, at ${clockTime(at, Date.now())}: ${said.join(', ')}.`;
}

/** Draws it, and again when its width or the colours change. */
function keepDrawn(place: HTMLDivElement | null, props: () => ChartProps): (() => void) | undefined {
  if (place === null) return undefined;
  let plot: uPlot | undefined;
  let gone = false;
  const draw = async () => {
    const { drawChart } = await import('./chart-drawing.ts');
    if (gone) return;
    plot?.destroy();
    plot = drawChart(place, props(), HEIGHT);
  };
  const resized = new ResizeObserver(() => plot?.setSize({ width: place.clientWidth, height: HEIGHT }));
  resized.observe(place);
  const redraw = () => void draw();
  const dark = matchMedia('(prefers-color-scheme: dark)');
  dark.addEventListener('change', redraw);
  place.addEventListener('data', redraw);
  const stop = effect(() => {
    theme.value;
    redraw();
  });
  return () => {
    gone = true;
    stop();
    dark.removeEventListener('change', redraw);
    place.removeEventListener('data', redraw);
    resized.disconnect();
    plot?.destroy();
  };
}
