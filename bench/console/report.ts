/** What was measured of the console, as tables for people. */
import Table from 'cli-table3';
import { median } from '../figures.ts';
import type { Crowd } from './crowd.ts';
import type { Scrolled } from './scroll.ts';
import type { Visit } from './visits.ts';

export interface VisitedView {
  readonly view: string;
  /** Of each round. */
  readonly cold: readonly Visit[];
  readonly warm: readonly Visit[];
}

export interface ConsoleReport {
  readonly machine: { readonly cores: number; readonly node: string; readonly load: readonly number[] };
  readonly rounds: number;
  readonly views: readonly VisitedView[];
  readonly crowd: Crowd;
  readonly scrolled: Scrolled;
}

/** Until a view shows the first of what it is about, and no more than this moves by itself. */
const USABLE_MS = 1_000;
const MOST_TIMES = 1.2;

export interface Verdict {
  readonly what: string;
  readonly figure: number;
  readonly target: number;
  readonly met: boolean;
}

export function verdictsOn({ views, crowd }: ConsoleReport): Verdict[] {
  const atMost = (what: string, figure: number, target: number) => ({
    ...{ what, figure, target },
    met: figure <= target,
  });
  return [
    ...views.flatMap(({ view, cold, warm }) => [
      atMost(`${view}: usable, cold, ms`, middle(cold, 'usable'), USABLE_MS),
      atMost(`${view}: usable, warm, ms`, middle(warm, 'usable'), USABLE_MS),
      atMost(`${view}: layout shift`, Math.max(...[...cold, ...warm].map(({ shift }) => shift)), 0),
    ]),
    atMost(`Redis commands, ${crowd.pages} pages : one`, crowd.many / crowd.one, MOST_TIMES),
  ];
}

function middle(visits: readonly Visit[], member: keyof Visit): number {
  return median(visits.map((each) => each[member]));
}

export function reportOf(report: ConsoleReport): string {
  const { machine, rounds, views, crowd, scrolled } = report;
  const load = machine.load.map((each) => each.toFixed(1)).join(', ');
  return [
    `${machine.cores} cores, Node ${machine.node}, load ${load}; medians of ${rounds} rounds`,
    viewsTable(views),
    `${crowd.pages} pages that follow the same ${crowd.changes} changes: ${crowd.many} commands to Redis; one page: ${crowd.one}`,
    `a list of ${count(scrolled.rows)} failed keys: End shows the last one after ${Math.round(scrolled.endMs)} ms and ${scrolled.requests} requests; ` +
      `${scrolled.made} rows are made, and the page holds ${scrolled.heapMb.toFixed(1)} MB`,
    ...verdictsOn(report)
      .filter(({ met }) => !met)
      .map(({ what, figure, target }) => `missed: ${what}: ${figure.toFixed(2)}, aim ${target}`),
  ].join('\n\n');
}

const COLUMNS = ['usable', 'whole', 'processor', 'commands', 'requests', 'bytes', 'shift'] as const;

function viewsTable(views: readonly VisitedView[]): string {
  const table = new Table({
    style: { head: [], border: [], compact: true },
    head: ['view', 'usable ms', 'whole ms', 'server ms', 'commands', 'requests', 'KB', 'shift'],
  });
  for (const { view, cold, warm } of views)
    for (const [how, visits] of [
      ['cold', cold],
      ['warm', warm],
    ] as const)
      table.push([`${view}, ${how}`, ...COLUMNS.map((column) => shown(column, middle(visits, column)))]);
  return table.toString();
}

function shown(column: (typeof COLUMNS)[number], value: number): string {
  if (column === 'shift') return value.toFixed(4);
  return count(column === 'bytes' ? value / 1_000 : value);
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
