/** What processes have done, as tables and as a line. What has no table of its own here follows in `metric-tables.ts`. */
import { count } from '../../core/counted.ts';
import { READ_ENDS, type ReadEnd } from '../../core/metrics/read-counts.ts';
import { formatSize } from '../../core/units.ts';
import type { StatisticsView } from '../../verbs/metrics-view.ts';
import type { StatsView } from '../../verbs/statistics-view.ts';
import { latency, share } from '../terminal/figures.ts';
import type { Output } from '../terminal/output.ts';
import type { Column } from '../terminal/table.ts';
import { showMetrics, showTable } from './metric-tables.ts';

type ReadRow = StatisticsView['reads'][number];
type Ends = Pick<ReadRow, 'hits' | 'stale' | 'absent' | 'misses' | 'errors'>;
type LatencyRow = Pick<StatisticsView['calls'][number], 'p50' | 'p95' | 'p99'>;

/** In `reads`, the read as its caller saw it, over all tiers. */
const WHOLE = 'stack';

/** The columns that other tables show, by group. */
const SHOWN: Readonly<Record<string, readonly string[]>> = {
  reads: ['hits', 'stale', 'absent', 'misses', 'errors'],
  calls: ['calls', 'failed', 'keys', 'p50', 'p95', 'p99'],
  origins: ['ok', 'retryable', 'throttled', 'permanent', 'keys', 'p50', 'p95', 'p99'],
  coding: ['plain', 'stored'],
  evictions: ['keys', 'unread'],
  build: ['processes'],
  memory: ['bytes', 'entries'],
};

export function showStatistics(out: Output, { at, statistics }: StatsView): void {
  showReads(out, statistics);
  showLatencies(out, statistics);
  showCoding(out, statistics);
  showMetrics(out, { statistics, at, except: SHOWN });
}

function showReads(out: Output, { reads }: StatisticsView): void {
  const whole = reads.filter(({ tier }) => tier === WHOLE);
  showTable(out, [{ head: 'reads of', cell: (row) => row.name }, ...ENDS], summed(whole, 'source'));
  const tiers = summed(reads, 'tier').filter(({ name }) => name !== WHOLE);
  showTable(out, [{ head: 'asked of', cell: (row) => row.name }, ...ENDS], tiers);
}

interface Named extends Ends {
  readonly name: string;
}

const ENDS: readonly Column<Named>[] = [
  { head: 'keys', cell: (row) => count(keysOf(row)), align: 'right' },
  { head: 'found', cell: (row) => share(foundOf(row), keysOf(row)), align: 'right' },
  ...READ_ENDS.map((end) => ({
    head: end,
    cell: (row: Named) => count(row[end]),
    align: 'right' as const,
    tint: (row: Named) => (end === 'errors' && row[end] > 0 ? ('yellow' as const) : undefined),
  })),
];

function summed(rows: readonly ReadRow[], by: 'tier' | 'source'): Named[] {
  return [...Map.groupBy(rows, (row) => row[by])].map(([name, group]) => ({ name, ...endsOf(group) }));
}

function endsOf(rows: readonly Ends[]): Ends {
  const total = (end: keyof Ends) => rows.reduce((sum, row) => sum + row[end], 0);
  return perEnd(total);
}

function perEnd(each: (end: ReadEnd) => number): Ends {
  const [hits = 0, stale = 0, absent = 0, misses = 0, errors = 0] = READ_ENDS.map(each);
  return { hits, stale, absent, misses, errors };
}

function keysOf(ends: Ends): number {
  return sum(READ_ENDS.map((end) => ends[end]));
}

/** That the origin has no such value is an answer, too. */
function foundOf({ hits, stale, absent }: Ends): number {
  return hits + stale + absent;
}

function showLatencies(out: Output, { calls, origins }: StatisticsView): void {
  const rows = [
    ...calls.map((row) => ({ ...row, of: row.tier, what: row.verb })),
    ...origins.map(({ origin, source, ok, retryable, throttled, permanent, ...row }) => {
      const failed = retryable + throttled + permanent;
      return { ...row, of: origin, what: source, calls: ok + failed, failed };
    }),
  ];
  showTable(
    out,
    [
      { head: 'calls to', cell: (row) => row.of },
      { head: 'for', cell: (row) => row.what },
      { head: 'calls', cell: (row) => count(row.calls), align: 'right' },
      { head: 'keys', cell: (row) => count(row.keys), align: 'right' },
      {
        head: 'failed',
        cell: (row) => count(row.failed),
        align: 'right',
        tint: (row) => (row.failed > 0 ? 'yellow' : undefined),
      },
      ...(['p50', 'p95', 'p99'] as const).map((name) => ({
        head: name,
        cell: (row: LatencyRow) => latency(row[name]),
        align: 'right' as const,
      })),
    ],
    rows,
  );
}

function showCoding(out: Output, { coding, evictions }: StatisticsView): void {
  showTable(
    out,
    [
      { head: 'coded for', cell: (row) => row.tier },
      { head: 'source', cell: (row) => row.source },
      { head: 'plain', cell: (row) => formatSize(row.plain), align: 'right' },
      { head: 'stored', cell: (row) => formatSize(row.stored), align: 'right' },
      { head: 'ratio', cell: ({ ratio }) => (ratio === null ? '-' : ratio.toFixed(2)), align: 'right' },
    ],
    coding,
  );
  showTable(
    out,
    [
      { head: 'evicted from', cell: (row) => row.tier },
      { head: 'entries', cell: (row) => count(row.keys), align: 'right' },
      { head: 'never read', cell: (row) => share(row.unread, row.keys), align: 'right' },
    ],
    evictions,
  );
}

/**
 * What happened between two snapshots, in a line. If counts went down, a process has left in the meantime, and the line is about those
 * that are still there.
 */
export function changeLine(before: StatsView, now: StatsView): string {
  const seconds = Math.max(0.001, (now.at - before.at) / 1_000);
  const [was, is] = [before, now].map(({ statistics: { reads } }) =>
    endsOf(reads.filter(({ tier }) => tier === WHOLE)),
  ) as [Ends, Ends];
  const ends = perEnd((end) => Math.max(0, is[end] - was[end]));
  const keys = keysOf(ends);
  const ended = (view: StatsView) => sum(view.sources.flatMap(({ outcomes }) => Object.values(outcomes)));
  const called = (view: StatsView) => sum(view.statistics.origins.map(({ ok }) => ok));
  return [
    `reads ${rate(keys, seconds)}`,
    `found ${share(foundOf(ends), keys)}`,
    `stale ${share(ends.stale, keys)}`,
    `errors ${count(ends.errors)}`,
    `keys ended ${rate(Math.max(0, ended(now) - ended(before)), seconds)}`,
    `origin calls ${rate(Math.max(0, called(now) - called(before)), seconds)}`,
    `due ${count(sum(now.sources.map(({ due }) => due)))}`,
    `waiting ${count(sum(now.lanes.map(({ waiting }) => waiting)))}`,
  ].join('  ');
}

function rate(total: number, seconds: number): string {
  return `${count(total / seconds)}/s`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
