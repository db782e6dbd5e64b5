/** Runs, newest first: all of them, or those that a filter leaves. */
import { Option } from 'commander';
import { count, counted } from '../../core/counted.ts';
import { shellWord } from '../../core/shell-word.ts';
import { roundDuration } from '../../core/units.ts';
import { type RunFilter, type RunPage, type RunView, runFilter } from '../../verbs/runs/run-shapes.ts';
import { type Define, explain, requested, whole, writtenTime } from '../command.ts';
import { type Context, invocation, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { waitLines } from '../reports/run-report.ts';
import { ago, shownSelector } from '../terminal/figures.ts';
import type { Column } from '../terminal/table.ts';

interface Flags extends RunFilter {
  readonly limit: number;
  readonly cursor?: string;
}

const { state, reason, cause } = runFilter.shape;

export const defineList: Define = (runs, act) => {
  const list = runs
    .command('list', { isDefault: true })
    .description('list runs, newest first')
    .option('--limit <n>', 'at most this many runs', whole(1), 20)
    .addOption(new Option('--state <state>', 'only in this state').choices(state.unwrap().options))
    .addOption(new Option('--reason <reason>', 'only those that ended so').choices(reason.unwrap().options))
    .option('--failures', 'only those with keys that failed or were refused, or that failed as a whole')
    .addOption(
      new Option('--cause <cause>', 'only those that came from there').choices(cause.unwrap().options),
    )
    .option('--schedule <name>', 'only those of this schedule')
    .option('--source <name>', 'only those that may have keys of this source')
    .option('--text <text>', 'only those with this in id, schedule or selector, upper or lower case')
    .option('--since <time>', 'only those made then or later (without Z or +01:00: UTC)', writtenTime)
    .option('--until <time>', 'only those made then or before; a day until it is over', writtenTime)
    .option('--cursor <cursor>', 'go on where the last page ended')
    .action((flags: Flags) => act((context) => listRuns(context, flags)));
  explain(list, {
    examples: [
      ['forewarm runs list --limit 5', 'the newest five'],
      ['forewarm runs list --schedule nightly --failures', 'which nights left keys cold'],
    ],
    exits: [EXIT.nothing, EXIT.unavailable],
  });
};

function columnsAt(now: number): Column<RunView>[] {
  return [
    { head: 'run', cell: (run) => run.id },
    {
      head: 'state',
      cell: (run) => run.endedReason ?? run.state,
      tint: (run) => (run.endedReason === 'failed' ? 'red' : run.state === 'ended' ? undefined : 'cyan'),
    },
    { head: 'began', cell: (run) => ago(run.createdAt, now) },
    { head: 'by', cell: (run) => run.schedule ?? run.cause, goesUnder: 'first' },
    { head: 'done', cell: doneText, align: 'right' },
    {
      head: 'failed',
      cell: (run) => count((run.counts.failed ?? 0) + (run.counts.refused ?? 0)),
      align: 'right',
      tint: (run) => ((run.counts.failed ?? 0) + (run.counts.refused ?? 0) > 0 ? 'yellow' : undefined),
    },
    { head: 'selector', cell: (run) => shownSelector(run.selector), flexible: true, goesUnder: 'first' },
  ];
}

function doneText({ total, pending }: RunView): string {
  return pending === 0 ? count(total) : `${count(total - pending)}/${count(total)}`;
}

/** Runs mostly wait for the same: each reason once, with the runs that it holds up. */
function waitingWords(runs: readonly RunView[], now: number): string[] {
  const waiting = runs.flatMap((run) => waitLines(run, now).map((line) => ({ id: run.id, line })));
  return [...Map.groupBy(waiting, ({ line }) => line)].map(([line, held]) => {
    const [first] = held;
    return `${held.length === 1 ? `run ${first?.id} waits` : `${counted(held.length, 'run')} wait`}: ${line}`;
  });
}

async function listRuns(context: Context, { limit, cursor, ...flags }: Flags): Promise<ExitCode> {
  const { out } = context;
  const filter = requested(runFilter, flags);
  const page = await withApp(context, {}, (app) => app.verbs.runs(limit, cursor, filter));
  const now = context.time.now();
  out.document(page);
  if (page.runs.length > 0) out.table(columnsAt(now), page.runs);
  for (const line of waitingWords(page.runs, now)) out.line(line);
  const isFiltered = Object.keys(filter).length > 0;
  if (isFiltered || page.runs.length === 0) out.line(lookedWords(page, isFiltered, now));
  const me = invocation(context);
  if (page.cursor !== null) {
    const words = [...flagWords(filter), '--limit', String(limit), '--cursor', shellWord(page.cursor)];
    out.next([[`${me} runs list ${words.join(' ')}`, isFiltered ? 'look further back' : 'the next page']]);
  } else if (page.runs.length === 0 && !isFiltered && cursor === undefined) {
    out.next([[`${me} warm`, 'make one']]);
  }
  return page.runs.length === 0 ? EXIT.nothing : EXIT.ok;
}

/** Never that there are none, where not all were looked through. */
function lookedWords({ runs, lookedBackTo }: RunPage, isFiltered: boolean, now: number): string {
  if (!isFiltered) return 'there are no runs yet';
  const found = runs.length === 0 ? 'no run fits' : `${counted(runs.length, 'run')} fit`;
  if (lookedBackTo === null) return runs.length === 0 ? 'no run fits' : 'there are no more that fit';
  return `${found} of those that began in the last ${roundDuration(now - lookedBackTo)}; older ones were not looked at`;
}

function flagWords(filter: RunFilter): string[] {
  return Object.entries(filter).flatMap(([name, value]) =>
    value === true ? [`--${name}`] : [`--${name}`, shellWord(String(value))],
  );
}
