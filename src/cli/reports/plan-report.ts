import { count, counted } from '../../core/counted.ts';
import { formatSize, roundDuration } from '../../core/units.ts';
import { MOST_TIMES } from '../../verbs/plans/alongside.ts';
import { CALLS_TOOK, type PlanReport } from '../../verbs/plans/plan-shapes.ts';
import {
  clockTime,
  latency,
  localZone,
  share,
  shownSelector,
  spread,
  until,
  zonedTime,
} from '../terminal/figures.ts';
import type { Output } from '../terminal/output.ts';
import { type Colour, printable } from '../terminal/paint.ts';
import type { Column } from '../terminal/table.ts';
import { heldText } from './run-outcome.ts';

type Of<K extends 'sources' | 'tiers' | 'rooms' | 'origins'> = PlanReport[K][number];

const NOT_SEEN = 'not known: no call was seen';
const NOT_READ = 'not known: what calls took could not be read';

/** What a warm would do and take, for people. */
export function showPlan(out: Output, report: PlanReport, now: number): void {
  const { keys, looked } = report;
  const unseen = report.unknown.some((text) => text.includes(CALLS_TOOK)) ? NOT_READ : NOT_SEEN;
  out.line(`${out.paint('bold', counted(keys.total, 'key'))} ${printable(shownSelector(report.selector))}`);
  if (keys.total === 0) {
    showLacks(out, report);
    return;
  }
  if (looked < keys.total)
    out.line(`  estimated: ${count(looked)} of them were looked up, and stand for the others`);
  out.line();
  out.facts([
    ['to fetch', keysText(keys.fetch, keys.total)],
    ['warm already', keysText(keys.alreadyWarm, keys.total)],
    [
      'failed lately',
      report.failing === 0 ? '' : `${count(report.failing)} of them: tried again, with waits`,
    ],
    ['left alone', keys.excluded === 0 ? '' : keysText(keys.excluded, keys.total)],
    ['calls', spread(report.calls, count)],
    ['bytes', report.bytes === null ? unseen : spread(report.bytes, formatSize)],
    ['shortest time', shortestText(report)],
    ['likely time', report.likely === null ? unseen : spread(report.likely, roundDuration)],
    ['begins', report.startsAt <= now ? '' : whenText(report.startsAt, now)],
    [
      'ends',
      report.endsAt === null ? '' : `${spread(report.endsAt, (at) => clockTime(at, now))} ${localZone()}`,
    ],
    ['to be done by', report.by === null ? '' : whenText(report.by, now)],
  ]);
  showVerdict(out, report, now);
  for (const note of report.notes) out.line(out.paint('yellow', printable(note)));
  if (report.held !== null) out.line(heldText(report.held));
  showTables(out, report);
  showAlongside(out, report, now);
  showLacks(out, report);
}

function keysText(keys: number, total: number): string {
  return `${count(keys)} (${share(keys, total)})`;
}

function whenText(at: number, now: number): string {
  return `${zonedTime(at, now)}, ${until(at, now)}`;
}

function shortestText({ shortest, shortestNow }: PlanReport): string {
  const alone = `${roundDuration(shortest)} by the budgets alone`;
  return shortestNow > shortest ? `${alone}, ${roundDuration(shortestNow)} by what holds now` : alone;
}

const VERDICTS: Readonly<Record<NonNullable<PlanReport['verdict']>, readonly [Colour, string]>> = {
  fits: ['green', 'it ends in time, also where it takes long'],
  likely: ['yellow', 'it ends in time if it goes as it mostly did'],
  unlikely: ['red', 'it does not end in time, unless it goes better than it mostly did'],
  impossible: ['red', 'it cannot end in time: the budget does not allow it'],
  misses: ['red', 'it does not end in time'],
  unknown: ['yellow', 'whether it ends in time is not known: calls of some sources were never seen'],
};

const BY_TIMEOUT = 'it ends in time if calls are answered within their timeouts: some were never seen';

const UNANSWERED = 'whether it ends in time is not known: not everything could be looked up';
const NOBODY = 'whether it ends in time is not known: nobody lives who would do it';
const HELD_UP = 'it cannot end in time by what holds now, though the budget would allow it';
const BESIDE_RUNS =
  'what is left of some runs that go on, on the same origins, is not known, and not counted';

function showVerdict(out: Output, report: PlanReport, now: number): void {
  const { verdict, alongside, reasons, schedule, startsAt } = report;
  if (verdict !== null) {
    const begins =
      schedule === null || verdict === 'misses' || startsAt <= now
        ? ''
        : `; it begins ${whenText(startsAt, now)}`;
    out.line();
    out.line(out.paint(VERDICTS[verdict][0], `${verdictWords(report, verdict)}${begins}`));
    if (alongside.some(({ kind, calls }) => kind === 'run' && calls === null))
      out.line(out.paint('yellow', BESIDE_RUNS));
  }
  for (const { text } of reasons) out.line(out.paint('yellow', printable(text)));
}

function verdictWords(report: PlanReport, verdict: NonNullable<PlanReport['verdict']>): string {
  const { likely, unknown, reasons, by, startsAt, shortest } = report;
  if (verdict === 'unknown' && unknown.length > 0) return UNANSWERED;
  if (verdict === 'unknown' && reasons.length > 0) return NOBODY;
  if (verdict === 'likely' && likely === null) return BY_TIMEOUT;
  if (verdict === 'impossible' && by !== null && shortest <= by - startsAt) return HELD_UP;
  return VERDICTS[verdict][1];
}

function showTables(out: Output, { sources, tiers, rooms, origins }: PlanReport): void {
  out.line();
  out.table(SOURCES, sources);
  out.line();
  out.table(ORIGINS, origins);
  for (const origin of origins) showOrigin(out, origin);
  out.line();
  out.table(TIERS, tiers);
  for (const { tier, error } of tiers) {
    if (error !== null) out.line(out.paint('red', `  ${tier}: ${printable(error)}`));
  }
  if (rooms.length === 0) return;
  out.line();
  out.table(ROOMS, rooms);
}

const number = <Row>(head: string, of: (row: Row) => number): Column<Row> => ({
  head,
  cell: (row) => count(of(row)),
  align: 'right',
});

const SOURCES: readonly Column<Of<'sources'>>[] = [
  { head: 'source', cell: (row) => row.source, flexible: true },
  number('keys', (row) => row.total),
  number('to fetch', (row) => row.fetch),
  number('calls', (row) => row.calls.likely),
  { head: 'a call takes', cell: ({ seen }) => (seen === null ? '-' : spread(seen.ms, latency)) },
];

const ORIGINS: readonly Column<Of<'origins'>>[] = [
  { head: 'origin', cell: (row) => row.origin, flexible: true },
  { head: 'allows', cell: (row) => allowsText(row.rate, row.concurrency) },
  { head: 'shortest', cell: (row) => roundDuration(row.shortestNow), align: 'right' },
  { head: 'likely', cell: ({ likely }) => (likely === null ? '-' : spread(likely, roundDuration)) },
];

function allowsText(rate: string | null, concurrency: number): string {
  const places = `${count(concurrency)} at a time`;
  return rate === null ? places : `${rate}, ${places}`;
}

function showOrigin(out: Output, row: Of<'origins'>): void {
  const { origin, present, windows, others, atMost } = row;
  if (present !== null && present.reason !== '')
    out.line(out.paint('yellow', `  ${origin}: ${presentText(present)}: ${printable(present.reason)}`));
  for (const { window, calls, used, takes } of windows) {
    const left =
      used === null ? 'it is not known how much is used' : `${count(used)} of ${count(calls)} are used`;
    out.line(
      `  ${origin}: of ${window} ${left}; this takes ${spread(takes, count)}, ${share(takes.likely, calls)}`,
    );
  }
  const users = Object.entries(others).filter(([, calls]) => calls > 0);
  if (users.length > 0)
    out.line(
      `  ${origin}: others call, in an hour: ${users.map(([user, n]) => `${user} ${count(n)}`).join(', ')}`,
    );
  if (atMost !== null)
    out.line(`  ${origin}: ${roundDuration(atMost)} if each call took as long as its timeout allows`);
}

function presentText({ concurrency, perSecond, pausedUntil }: NonNullable<Of<'origins'>['present']>): string {
  if (pausedUntil !== null) return 'is paused now';
  const rate = perSecond === null ? '' : `${Number(perSecond.toPrecision(3))}/s, `;
  return `only ${rate}${count(concurrency)} at a time now`;
}

const TIERS: readonly Column<Of<'tiers'>>[] = [
  { head: 'tier', cell: (row) => row.tier },
  ...(['fresh', 'due', 'stale', 'missing'] as const).map((name) =>
    number<Of<'tiers'>>(name, (row) => row[name]),
  ),
  number('would be added', (row) => row.adds),
];

const ROOMS: readonly Column<Of<'rooms'>>[] = [
  { head: 'room in', cell: (row) => row.tier },
  { head: 'holds', cell: ({ holds }) => size(holds), align: 'right' },
  {
    head: 'may hold',
    cell: ({ limit }) => (limit === null ? 'no limit' : formatSize(limit)),
    align: 'right',
  },
  { head: 'is given at most', cell: ({ adds }) => size(adds?.high ?? null), align: 'right' },
  {
    head: 'has to go',
    cell: ({ evicts }) => (evicts === null ? '-' : evicts.high === 0 ? 'nothing' : size(evicts.likely)),
    align: 'right',
    tint: ({ evicts }) => ((evicts?.high ?? 0) > 0 ? 'yellow' : undefined),
  },
];

function size(bytes: number | null): string {
  return bytes === null ? '-' : formatSize(bytes);
}

function showAlongside(out: Output, { alongside }: PlanReport, now: number): void {
  if (alongside.length === 0) return;
  out.line();
  out.line('at the same time, on the same origins');
  for (const { kind, name, at, times, origins, calls } of alongside) {
    const when = kind === 'run' ? 'goes on' : timesText(times, zonedTime(at, now));
    const counts = calls === null ? '' : `: ${spread(calls, count)} calls`;
    out.line(`  ${kind} ${printable(name)} ${when} (${origins.map(printable).join(', ')})${counts}`);
  }
}

function timesText(times: number, at: string): string {
  const often = times < MOST_TIMES ? `${count(times)} times` : `${count(times)} times or more`;
  return times === 1 ? `fires at ${at}` : `fires ${often}, first at ${at}`;
}

function showLacks(out: Output, { unread, unknown, keys, selector }: PlanReport): void {
  if (keys.total === 0) out.line(`  no key matches: ${printable(shownSelector(selector))}`);
  for (const { entities, reason } of unread)
    out.line(out.paint('yellow', `  entity set "${printable(entities)}" is left out: ${printable(reason)}`));
  for (const text of unknown) out.line(out.paint('yellow', `  not known: ${printable(text)}`));
}
