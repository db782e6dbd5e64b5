/** How much processes log: shows it, and changes it for a while. */
import { Argument } from 'commander';
import { whoAsks } from '../../app/who.ts';
import { ForewarmError } from '../../core/errors.ts';
import { LOG_LEVELS } from '../../core/log-level.ts';
import { formatDuration } from '../../core/units.ts';
import {
  ALL_PROCESSES,
  type LogLevelRequest,
  type LogLevelView,
  logLevelRequest,
  THIS_PROCESS,
} from '../../verbs/log-level-shapes.ts';
import { type Define, durationOption, explain, requested, type WhyFlag, whyOption } from '../command.ts';
import { type Context, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { until } from '../terminal/figures.ts';
import type { Column } from '../terminal/table.ts';

interface Flags extends WhyFlag {
  readonly for?: number;
  readonly process?: string;
}

export const logLevelCommand: Define = (parent, act) => {
  const levels = [...LOG_LEVELS, 'configured'] as const;
  const command = parent
    .command('log-level')
    .description('show how much each process logs, or have all of them, or one, log more or less for a while')
    .addArgument(new Argument('[level]', 'configured: as it is configured, at once').choices(levels))
    .option('--for <duration>', 'how long, a day at most (10m, unless given)', durationOption)
    .option('--process <id>', 'only the process whose id begins so; all, unless given')
    .action((level: LogLevelRequest['level'] | undefined, flags: Flags) =>
      act((context) => (level === undefined ? show(context, flags) : change(context, level, flags))),
    );
  explain(whyOption(command), {
    examples: [
      ['forewarm log-level', 'what each process logs'],
      ['forewarm log-level debug --for 10m', 'everything, for ten minutes'],
      ['forewarm log-level configured', 'as it is configured, at once'],
    ],
    exits: [EXIT.nothing, EXIT.unavailable],
  });
};

async function show(context: Context, flags: Flags): Promise<ExitCode> {
  if (flags.for !== undefined || flags.process !== undefined)
    throw new ForewarmError(
      'E_REQUEST_INVALID',
      '--for and --process need a level: `forewarm log-level debug --for 10m`',
    );
  const view = await withApp(context, {}, ({ verbs }) => verbs.logLevel());
  showLevels(context, view);
  return EXIT.ok;
}

async function change(
  context: Context,
  level: LogLevelRequest['level'],
  { process = ALL_PROCESSES, ...flags }: Flags,
): Promise<ExitCode> {
  if (process === THIS_PROCESS)
    throw new ForewarmError(
      'E_REQUEST_INVALID',
      '--process this would be this command; name a process by its id',
    );
  const request = requested(logLevelRequest, { level, process, for: flags.for, why: flags.why });
  const view = await withApp(context, {}, ({ verbs }) => verbs.setLogLevel(request, whoAsks(context.io.env)));
  showLevels(context, view);
  context.out.line('processes follow within four seconds');
  return EXIT.ok;
}

function showLevels({ out, time }: Context, view: LogLevelView): void {
  const now = time.now();
  out.document(view);
  if (view.processes.length === 0) out.line('no process that logs is running');
  else out.table(columnsAt(now), view.processes);
  for (const { process, level, by, until: end } of view.asked)
    out.line(
      `asked of ${process}: ${level ?? 'what is configured'}, by ${by}, for ${formatDuration(Math.max(1_000, Math.round((end - now) / 1_000) * 1_000))}`,
    );
}

function columnsAt(now: number): Column<LogLevelView['processes'][number]>[] {
  return [
    { head: 'process', cell: ({ id }) => id.slice(0, 8) },
    { head: 'roles', cell: ({ roles }) => roles.join(', ') },
    { head: 'host', cell: ({ host, pid }) => `${host}:${pid}`, flexible: true },
    { head: 'level', cell: ({ level }) => level },
    { head: 'configured', cell: ({ configured }) => configured },
    { head: 'again', cell: (row) => (row.until === null ? '' : until(row.until, now)) },
  ];
}
