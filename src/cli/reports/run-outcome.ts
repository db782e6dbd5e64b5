import { count, counted } from '../../core/counted.ts';
import { formatSize, roundDuration } from '../../core/units.ts';
import type { HeldPlans, RunDiff, RunReport } from '../../verbs/runs/run-report-shapes.ts';
import { latency, share, spread } from '../terminal/figures.ts';
import type { Output } from '../terminal/output.ts';
import { type Colour, printable } from '../terminal/paint.ts';
import type { Column } from '../terminal/table.ts';

type Compared = RunReport['compared'][number];

/** Slow keys that are shown of a run. */
const FEW_SLOW = 3;

/** What a run took, against what was planned, and what is new in it. */
export function showOutcome(out: Output, report: RunReport): void {
  const { actual, compared, slow, diff, last, held, unplanned } = report;
  if (compared.length > 0) {
    out.line();
    out.table(COMPARED, compared);
  } else if (actual.calls > 0) {
    out.line();
    out.line(`  ${callsText(actual)}, ${formatSize(actual.bytes)} from origins`);
  }
  if (unplanned !== null) out.line(`  there is no plan of it: ${printable(unplanned)}`);
  if (held !== null) out.line(`  ${heldText(held)}`);
  const slowest = slow.slice(0, FEW_SLOW).map(({ key, ms }) => `${printable(key)} ${latency(ms)}`);
  if (slowest.length > 0) out.line(`  slowest: ${slowest.join(', ')}`);
  if (diff !== null) showDiff(out, diff);
  else if (isUncompared(report))
    out.line(`  not compared with the run before it, ${last}: together they have too many keys`);
}

/** Whether it has ended, and a run before it was not compared with it, since that would take long. */
export function isUncompared({ diff, last, actual }: RunReport): boolean {
  return diff === null && last !== null && actual.duration !== null;
}

/** `the last 5 runs of this schedule took 0.9 to 1.3 times as long as planned, half of them up to 1`. */
export function heldText({ runs, ratio }: HeldPlans): string {
  const [low, likely, high] = [ratio.low, ratio.likely, ratio.high].map((times) =>
    Number(times.toPrecision(2)),
  );
  if (runs === 1) return `the run before it of this schedule took ${likely} times as long as planned`;
  return `the last ${count(runs)} runs of this schedule took ${low} to ${high} times as long as planned, half of them up to ${likely}`;
}

function callsText({ calls, failed }: RunReport['actual']): string {
  return failed === 0 ? counted(calls, 'call') : `${counted(calls, 'call')}, ${count(failed)} failed`;
}

const COMPARED: readonly Column<Compared>[] = [
  { head: 'figure', cell: ({ figure }) => NAMES[figure] },
  { head: 'planned', cell: ({ figure, planned }) => spread(planned, TEXTS[figure]), align: 'right' },
  { head: 'came to', cell: ({ figure, actual }) => TEXTS[figure](actual), align: 'right' },
  {
    head: 'which is',
    cell: (row) => (row.is === 'within' ? 'as planned' : `${row.is}${differenceText(row)}`),
    tint: ({ is }): Colour | undefined => (is === 'more' ? 'yellow' : undefined),
  },
];

const NAMES: Readonly<Record<Compared['figure'], string>> = {
  ...{ keys: 'keys', fetch: 'fetched', calls: 'calls', bytes: 'bytes', duration: 'duration' },
};
const TEXTS: Readonly<Record<Compared['figure'], (value: number) => string>> = {
  ...{ keys: count, fetch: count, calls: count, bytes: formatSize, duration: roundDuration },
};

function differenceText({ planned: { likely }, actual }: Compared): string {
  return likely === 0 ? '' : `, by ${share(Math.abs(actual - likely), likely)}`;
}

/** What is new in a run against another one. */
export function showDiff(out: Output, diff: RunDiff): void {
  const { newlyFailing, stillFailing, recovered, unasked, excluded, came, left } = diff;
  const parts = [
    [newlyFailing.count, 'newly failing'],
    [stillFailing.count, 'still failing'],
    [recovered.count, 'recovered'],
    [unasked.count, 'not asked again'],
    [excluded.count, 'left alone'],
    [came.count, 'came'],
    [left.count, 'left'],
  ] as const;
  const told = parts.filter(([keys]) => keys > 0).map(([keys, what]) => `${count(keys)} ${what}`);
  out.line();
  const same = diff.progress.final ? 'the same keys, and none newly failing' : 'nothing new so far';
  out.line(`against run ${diff.to}: ${told.length === 0 ? same : told.join(', ')}`);
  for (const { key, reason } of newlyFailing.keys)
    out.line(`  ${out.paint('red', 'newly failing')} ${printable(key)}${reason && `: ${printable(reason)}`}`);
  showMore(out, newlyFailing.count - newlyFailing.keys.length);
  for (const { tier, before, after } of diff.coverage) {
    if (before !== null && after !== null && before !== after)
      out.line(`  ${tier}: ${share(after, 1)} warm, ${share(before, 1)} before`);
  }
  for (const { source, before, after, slower } of diff.sources) {
    if (slower && before !== null && after !== null)
      out.line(`  ${source} became slower: ${spread(after, latency)}, ${spread(before, latency)} before`);
  }
  for (const { key, ms } of diff.slowKeys) out.line(`  newly slow ${printable(key)}: ${latency(ms)}`);
  showMore(out, diff.moreSlow);
}

/** Of a list that names the first of many. */
export function showMore(out: Output, more: number): void {
  if (more > 0) out.line(`  and ${count(more)} more`);
}
