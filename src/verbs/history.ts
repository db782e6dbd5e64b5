/** What was measured of the service, over time: the history, in steps as long as somebody wants to look at. */
import { type History, HOUR_DAYS, type HourPoint, MINUTE_DAYS } from '../catalog/history.ts';
import { type Methods, withChecks } from '../core/arguments.ts';
import type { Clock } from '../core/clock.ts';
import { ForewarmError } from '../core/errors.ts';
import {
  HISTORY_SERIES,
  readRowName,
  SERIES_LABELS,
  type SeriesKind,
  type SeriesRow,
} from '../core/metrics/history-series.ts';
import { DAY_MS, formatDuration, HOUR_MS, MINUTE_MS } from '../core/units.ts';
import {
  type HistoryRequest,
  type HistoryRow,
  type HistoryView,
  historyRequest,
  MOST,
} from './history-shapes.ts';
import { writtenOf } from './schedules/local-times.ts';

export interface HistoryDeps {
  readonly history: Pick<History, 'rows' | 'minutes' | 'hours'>;
  readonly clock: Clock;
}

/** Steps that are taken where nobody says, in ms: the first of which there are not too many. */
const STEPS = [MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS, 3 * HOUR_MS, 6 * HOUR_MS, DAY_MS];
const USUAL_STEPS = 300;

interface Span {
  readonly from: number;
  /** Not included. */
  readonly to: number;
  readonly step: number;
  readonly steps: number;
}

const methods = { history: [['request', historyRequest]] } as const satisfies Methods;

/** With its argument checked. */
export function historyVerb(deps: HistoryDeps): (request: HistoryRequest) => Promise<HistoryView> {
  return withChecks(methods, { history: (request) => historyOf(deps, request) }).history;
}

async function historyOf({ history, clock }: HistoryDeps, request: HistoryRequest): Promise<HistoryView> {
  const at = clock.now();
  const span = spanOf(request, at);
  const names = await history.rows(span.from, Math.min(at, span.to - 1));
  const wanted = names.flatMap((name) => {
    const row = readRowName(name);
    return row !== undefined && isWanted(row, request) ? [{ name, row }] : [];
  });
  const shown = wanted.toSorted((a, b) => (a.name < b.name ? -1 : 1)).slice(0, MOST.rows);
  const folded = await foldedOf(
    history,
    shown.map(({ name }) => name),
    span,
    at,
  );
  return {
    ...{ at, from: span.from, step: span.step, steps: span.steps },
    incompleteFrom: Math.floor(at / MINUTE_MS) * MINUTE_MS,
    rows: shown.map(({ row }, i) => rowView(row, folded[i] ?? [])),
    left: wanted.length - shown.length,
  };
}

function isWanted({ series, labels }: SeriesRow, request: HistoryRequest): boolean {
  const fits = SERIES_LABELS.every(
    (label) => request[label] === undefined || labels[label] === request[label],
  );
  return request.series.includes(series) && fits;
}

/** Whole steps of the clock of UTC. Older than a day there are only hours. */
function spanOf({ from: asked, to: until, step: wanted }: HistoryRequest, now: number): Span {
  const to = Math.min(now, timeOf(until) ?? now);
  const earliest = now - HOUR_DAYS * DAY_MS;
  const from = Math.max(earliest, timeOf(asked) ?? to - DAY_MS);
  if (from >= to)
    throw new ForewarmError(
      'E_REQUEST_INVALID',
      `from is not before to, or both are before the ${HOUR_DAYS} days that are kept`,
    );
  const usual = STEPS.find((each) => (to - from) / each <= USUAL_STEPS) ?? DAY_MS;
  const grain = hasMinutes(from, now) ? MINUTE_MS : HOUR_MS;
  const step = Math.ceil((wanted ?? usual) / grain) * grain;
  const begin = Math.floor(from / step) * step;
  const steps = Math.ceil((to - begin) / step);
  if (steps > MOST.steps) {
    const least = formatDuration(Math.ceil((to - from) / MOST.steps / MINUTE_MS) * MINUTE_MS);
    throw new ForewarmError(
      'E_REQUEST_INVALID',
      `${steps} steps are more than the ${MOST.steps} of one answer: ask for less time, or for a step of at least ${least}`,
    );
  }
  return { from: begin, to: begin + steps * step, step, steps };
}

function hasMinutes(from: number, now: number): boolean {
  return from >= now - MINUTE_DAYS * DAY_MS;
}

function timeOf(asked: HistoryRequest['from']): number | undefined {
  return asked === undefined ? undefined : writtenOf(asked).at;
}

/** What is known of a step. */
interface Fold {
  lowest: number;
  highest: number;
  sum: number;
  minutes: number;
}

/** Of each row its steps, of whole hours where these make them up. The last two hours are of minutes: an hour is made of them when it is over. */
async function foldedOf(
  history: HistoryDeps['history'],
  names: readonly string[],
  span: Span,
  now: number,
): Promise<(Fold | undefined)[][]> {
  const folded = names.map((): (Fold | undefined)[] => Array.from({ length: span.steps }));
  const end = Math.min(now, span.to - 1);
  const since = span.step % HOUR_MS === 0 ? Math.floor(now / HOUR_MS - 1) * HOUR_MS : span.from;
  const at = (time: number) => Math.floor((time - span.from) / span.step);
  if (since > span.from) {
    const until = Math.min(end, since - 1);
    for (const [i, hours] of (await history.hours(names, span.from, until)).entries())
      for (const [n, hour] of hours.entries())
        add(folded[i], at(startOf(span.from, HOUR_MS) + n * HOUR_MS), hour);
  }
  if (since > end) return folded;
  const first = Math.max(since, span.from);
  for (const [i, minutes] of (await history.minutes(names, first, end)).entries())
    for (const [n, value] of minutes.entries())
      add(
        folded[i],
        at(startOf(first, MINUTE_MS) + n * MINUTE_MS),
        value === undefined ? undefined : pointOf(value),
      );
  return folded;
}

function startOf(time: number, grain: number): number {
  return Math.floor(time / grain) * grain;
}

function pointOf(value: number): HourPoint {
  return { lowest: value, mean: value, highest: value, minutes: 1 };
}

function add(folds: (Fold | undefined)[] | undefined, place: number, point: HourPoint | undefined): void {
  if (folds === undefined || point === undefined || place < 0 || place >= folds.length) return;
  const { lowest, mean, highest, minutes } = point;
  const known = folds[place] ?? { lowest, highest, sum: 0, minutes: 0 };
  folds[place] = {
    lowest: Math.min(known.lowest, lowest),
    highest: Math.max(known.highest, highest),
    sum: known.sum + mean * minutes,
    minutes: known.minutes + minutes,
  };
}

const VALUES: Readonly<Record<SeriesKind, (fold: Fold) => number>> = {
  gauge: ({ sum, minutes }) => sum / minutes,
  count: ({ sum }) => sum,
  peak: ({ highest }) => highest,
};

/** As exact as it is kept. */
const DIGITS = 7;

function rowView({ series, labels }: SeriesRow, folds: readonly (Fold | undefined)[]): HistoryRow {
  const { kind, unit } = HISTORY_SERIES[series];
  const each = (value: (fold: Fold) => number) =>
    folds.map((fold) => (fold === undefined ? null : Number(value(fold).toPrecision(DIGITS))));
  return {
    ...{ series, labels, kind, unit, values: each(VALUES[kind]) },
    ...{ lowest: each(({ lowest }) => lowest), highest: each(({ highest }) => highest) },
  };
}
