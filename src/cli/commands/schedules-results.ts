/** How the last times of schedules ended, with what came of their runs. */
import type { Command } from 'commander';
import { count } from '../../core/counted.ts';
import { roundDuration } from '../../core/units.ts';
import {
  MOST_RESULTS,
  MOST_RESULTS_EACH,
  type ScheduleResults,
} from '../../verbs/schedules/schedule-result-shapes.ts';
import { type Act, explain, whole } from '../command.ts';
import { type Context, invocation, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { endText, timeText, whyText } from '../reports/schedule-report.ts';
import { clockTime, zonedHead } from '../terminal/figures.ts';
import type { Column } from '../terminal/table.ts';

type Result = ScheduleResults['ticks'][number];

export function defineResults(schedules: Command, act: Act): void {
  const command = schedules
    .command('results')
    .description('show how the last times of schedules ended, and what came of their runs')
    .argument('[name]', 'of the schedule; all of them, unless given')
    .option(
      '--limit <number>',
      `how many times of each, at most ${MOST_RESULTS_EACH}, or ${count(MOST_RESULTS)} of one that is named`,
      whole(1),
      20,
    )
    .action((name: string | undefined, { limit }: { limit: number }) =>
      act((context) => showResults(context, name, limit)),
    );
  explain(command, {
    examples: [
      ['forewarm schedules results', 'did every schedule do its work?'],
      ['forewarm schedules results nightly --limit 7', 'how was the last week?'],
    ],
    exits: [EXIT.nothing, EXIT.unavailable],
  });
}

async function showResults(context: Context, name: string | undefined, limit: number): Promise<ExitCode> {
  const { out } = context;
  const schedules = await withApp(context, {}, ({ verbs }) => verbs.scheduleResults(name ?? null, limit));
  const now = context.time.now();
  out.document({ schedules });
  const [only] = schedules;
  if (only === undefined) {
    out.line('no schedule is configured');
    return EXIT.ok;
  }
  if (name === undefined) {
    out.table(scheduleColumns(now), schedules);
    out.next([[`${invocation(context)} schedules results NAME`, 'each time of one']]);
    return EXIT.ok;
  }
  if (only.ticks.length === 0) out.line(`no time of schedule ${name} has passed since a scheduler first ran`);
  else out.table(timeColumns(now), only.ticks);
  if (only.running !== null) {
    out.line(`run ${only.running} goes on`);
    out.next([[`${invocation(context)} runs watch ${only.running}`, 'follow it to its end']]);
  }
  return EXIT.ok;
}

function timeColumns(now: number): Column<Result>[] {
  return [
    { head: zonedHead('time'), cell: (tick) => timeText(tick, now) },
    { head: 'end', cell: endOf, tint: (tick) => (isBad(tick) ? 'yellow' : undefined) },
    { head: 'failed', cell: ({ result }) => (result === null ? '-' : count(result.failed)), align: 'right' },
    { head: 'took', cell: ({ result }) => tookText(result), align: 'right' },
    { head: 'run, or why not', cell: whyText, flexible: true },
  ];
}

function scheduleColumns(now: number): Column<ScheduleResults>[] {
  return [
    { head: 'schedule', cell: ({ name }) => name },
    {
      head: zonedHead('last'),
      cell: ({ ticks: [last] }) => (last === undefined ? '-' : clockTime(last.nominal, now)),
    },
    {
      head: 'end',
      cell: ({ ticks: [last] }) => (last === undefined ? 'no time has passed' : endOf(last)),
      tint: ({ ticks: [last] }) => (last !== undefined && isBad(last) ? 'yellow' : undefined),
    },
    { head: 'its last times', cell: ({ ticks }) => sumText(ticks), flexible: true },
  ];
}

/** Of one that made a run: how that ended. */
function endOf(tick: Result): string {
  const { end, result } = tick;
  if (end === 'skipped' || result === null || tick.backfill !== null) return endText(tick);
  if (result.state !== 'ended') return 'goes on';
  if (result.endedReason !== 'finished') return result.endedReason ?? 'ended';
  if (result.failed > 0) return 'some failed';
  if (result.excluded > 0) return result.excluded === result.total ? 'all left out' : 'some left out';
  return 'finished';
}

function isBad({ result, reason, backfill }: Result): boolean {
  if (result !== null) return result.failed + result.excluded > 0 || !FINE.has(result.endedReason);
  return backfill === null && reason !== null && !WANTED.has(reason);
}

/** How a run ended that did what it was to do, or goes on. */
const FINE: ReadonlySet<string | null> = new Set(['finished', null]);
/** Why times are skipped that somebody wanted to be. */
const WANTED: ReadonlySet<string> = new Set(['excepted', 'paused', 'asked']);

function sumText(ticks: readonly Result[]): string {
  const ends = Map.groupBy(ticks, endOf);
  return [...ends].map(([end, own]) => `${end} ${count(own.length)}`).join(', ') || '-';
}

function tookText(result: Result['result']): string {
  return result === null || result.took === null ? '-' : roundDuration(result.took);
}
