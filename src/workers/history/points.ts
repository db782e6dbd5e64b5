/** What becomes of a measurement in the history: a number for each row. */

import { CALLS_APART, type LedgerState } from '../../budget/ledger.ts';
import type { HistoryPoint } from '../../catalog/history.ts';
import { BUDGET_USERS } from '../../core/budget.ts';
import type { Histogram } from '../../core/metrics/histogram.ts';
import {
  rowName,
  SERIES_NAMES,
  type SeriesLabel,
  type SeriesName,
} from '../../core/metrics/history-series.ts';
import { OUTCOMES } from '../../core/outcome.ts';
import type { CounterLook, MeasuredRows } from './looks.ts';
import { callsSince, type WorkCounts, workSince } from './recent-counts.ts';

type Labels = Readonly<Partial<Record<SeriesLabel, string>>>;

/** Quantiles of waits, as the series call them. */
const WAITS = { 'wait-p50': 0.5, 'wait-p95': 0.95, 'wait-p99': 0.99 } as const;
const LATENCIES = { 'latency-p50': 0.5, 'latency-p95': 0.95, 'latency-p99': 0.99 } as const;
const TICKS = 0.95;

/** The points of a minute: what was measured, and what grew since the minute before, where that is known. */
export function pointsOf(
  rows: MeasuredRows,
  before: CounterLook | undefined,
  now: CounterLook,
): HistoryPoint[] {
  const measured = measuredPoints(rows);
  if (before === undefined) return inOrder(measured);
  const calls = now.origins.flatMap((state, i) => {
    const was = before.origins[i];
    return was === undefined ? [] : callPoints(was, state, now.at - before.at);
  });
  return inOrder([...measured, ...workPoints(workSince(before.beats, now.beats, before.at)), ...calls]);
}

function point(series: SeriesName, labels: Labels, value: number): HistoryPoint {
  return { row: rowName(series, labels), value };
}

function measuredPoints(rows: MeasuredRows): HistoryPoint[] {
  return [
    ...rows('deadLetters').map(({ count, ...at }) => point('dead-letters', at, count)),
    ...rows('limits').flatMap(({ origin, presentPermits, inUse, paused }) => [
      point('permits', { origin }, presentPermits),
      point('permits-used', { origin }, inUse),
      point('paused', { origin }, paused),
    ]),
    ...rows('rates').map(({ origin, presentRate }) => point('rate', { origin }, presentRate)),
    ...rows('quotas').map(({ origin, left }) => point('quota-left', { origin }, left)),
    ...rows('runway').map(({ needed, ...at }) => point('runway-needed', at, needed)),
    ...rows('affordable').map(({ calls, ...at }) => point('runway-affordable', at, calls)),
    ...rows('lanes').flatMap(({ lane, waiting, delayed, active }) => [
      point('jobs-waiting', { lane }, waiting),
      point('jobs-delayed', { lane }, delayed),
      point('jobs-active', { lane }, active),
    ]),
    ...rows('oldest').map(({ oldest, ...at }) => point('oldest-job', at, oldest)),
    ...rows('coverage').map(({ warm, ...at }) => point('coverage', at, warm)),
    ...rows('worklist').flatMap(({ source, keys, due, failing, lag }) => [
      point('refresh-lag', { source }, lag),
      point('keys', { source }, keys),
      point('keys-due', { source }, due),
      point('keys-failing', { source }, failing),
    ]),
    ...rows('stored').flatMap(({ source, fresh, due, stale, gone }) => [
      ...[point('fresh', { source }, fresh), point('due', { source }, due)],
      ...[point('stale', { source }, stale), point('gone', { source }, gone)],
    ]),
  ];
}

/** Of what nothing was counted there is no percentile, which is not 0. */
function workPoints({ outcomes, tickDelays, waits, latencies }: WorkCounts): HistoryPoint[] {
  const delay = tickDelays.quantile(TICKS);
  return [
    ...OUTCOMES.map((outcome) => point('keys-ended', { outcome }, outcomes[outcome])),
    ...(delay === undefined ? [] : [point('tick-delay', {}, delay)]),
    ...[...waits].flatMap(([lane, histogram]) => quantilePoints(WAITS, { lane }, histogram)),
    ...[...latencies].flatMap(([origin, histogram]) => quantilePoints(LATENCIES, { origin }, histogram)),
  ];
}

function quantilePoints(
  quantiles: Readonly<Partial<Record<SeriesName, number>>>,
  labels: Labels,
  histogram: Histogram,
): HistoryPoint[] {
  return Object.entries(quantiles).flatMap(([series, q]) => {
    const value = histogram.quantile(q);
    return value === undefined ? [] : [point(series as SeriesName, labels, value)];
  });
}

/** `took`: from one look to the other, in ms. */
function callPoints(before: LedgerState, now: LedgerState, took: number): HistoryPoint[] {
  const { origin } = now;
  const { by, throttled, failed, apart, ms } = callsSince(before.used, now.used);
  return [
    ...BUDGET_USERS.map((user) => point('calls', { origin, user }, by[user])),
    point('calls-throttled', { origin }, throttled),
    point('calls-failed', { origin }, failed),
    ...CALLS_APART.map((kind) => point(`calls-${kind}`, { origin }, apart[kind])),
    point('calls-at-once', { origin }, ms / took),
  ];
}

/** The most important rows first: what there is no room for is of single sources. */
function inOrder(points: readonly HistoryPoint[]): HistoryPoint[] {
  const rank = new Map<string, number>(SERIES_NAMES.map((name, i) => [name, i]));
  const rankOf = ({ row }: HistoryPoint) => rank.get(row.split('\t', 1)[0] ?? '') ?? SERIES_NAMES.length;
  return points.toSorted((a, b) => rankOf(a) - rankOf(b));
}
