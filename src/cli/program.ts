import { Command, Option } from 'commander';
import { LOG_LEVELS } from '../core/log-level.ts';
import { VERSION } from '../core/version.ts';
import { type Act, assignment, refuseTwice } from './command.ts';
import { apiCommand } from './commands/api.ts';
import { auditCommand } from './commands/audit.ts';
import { benchCommand } from './commands/bench.ts';
import { budgetCommand } from './commands/budget.ts';
import { checkCommand } from './commands/check.ts';
import { clearCommand } from './commands/clear.ts';
import { configCommand } from './commands/config.ts';
import { countCommand } from './commands/count.ts';
import { doctorCommand } from './commands/doctor.ts';
import { drainCommand } from './commands/drain.ts';
import { explainCommand } from './commands/explain.ts';
import { exportCommand } from './commands/export.ts';
import { gcCommand } from './commands/gc.ts';
import { getCommand } from './commands/get.ts';
import { historyCommand } from './commands/history.ts';
import { importCommand } from './commands/import.ts';
import { inspectCommand } from './commands/inspect.ts';
import { invalidateCommand } from './commands/invalidate.ts';
import { lanesCommand } from './commands/lanes.ts';
import { listCommand } from './commands/list.ts';
import { logLevelCommand } from './commands/log-level.ts';
import { planCommand } from './commands/plan.ts';
import { processesCommand } from './commands/processes.ts';
import { clearExpiredCommand, purgeCommand } from './commands/purge.ts';
import { quarantineCommand } from './commands/quarantine.ts';
import { runsCommand } from './commands/runs.ts';
import { schedulerCommand } from './commands/scheduler.ts';
import { schedulesCommand } from './commands/schedules.ts';
import { statsCommand } from './commands/stats.ts';
import { upCommand } from './commands/up.ts';
import { validateCommand } from './commands/validate.ts';
import { warmCommand } from './commands/warm.ts';
import { workerCommand } from './commands/worker.ts';
import { worthCommand } from './commands/worth.ts';
import { printable } from './terminal/paint.ts';

/** Headings of the help, each with its commands in the order in which one meets them. */
const GROUPS = [
  ['Run:', [upCommand, workerCommand, schedulerCommand, apiCommand, drainCommand]],
  ['Keep warm:', [planCommand, warmCommand, checkCommand, invalidateCommand, runsCommand, schedulesCommand]],
  [
    'Read:',
    [
      getCommand,
      listCommand,
      countCommand,
      inspectCommand,
      explainCommand,
      worthCommand,
      statsCommand,
      historyCommand,
      budgetCommand,
    ],
  ],
  [
    'Look after it:',
    [
      exportCommand,
      importCommand,
      purgeCommand,
      clearExpiredCommand,
      quarantineCommand,
      validateCommand,
      benchCommand,
      clearCommand,
      gcCommand,
      doctorCommand,
      auditCommand,
      processesCommand,
      lanesCommand,
      logLevelCommand,
      configCommand,
    ],
  ],
] as const;

export interface ProgramDeps {
  readonly act: Act;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Columns of help texts. */
  readonly width: number;
  /** Whether a command's help repeats the flags that every command takes. */
  readonly commonFlagsInHelp: boolean;
}

/** The whole command line. It parses and explains; what a command does is run by `act`. */
export function buildProgram({ act, stdout, stderr, width, commonFlagsInHelp }: ProgramDeps): Command {
  const program = new Command('forewarm')
    .description('Keeps caches warm before anyone reads them.')
    .version(VERSION)
    .option(
      '-c, --config <file>',
      'the configuration (default: FOREWARM_CONFIG or config/forewarm.yaml, forewarm.yaml)',
    )
    .option('--set <path=value>', 'set one value over the file and the environment; repeatable', assignment)
    .option('--json', 'JSON on stdout: one document, or one line per event')
    .addOption(new Option('--log-level <level>', 'least severe level that is logged').choices(LOG_LEVELS))
    .option('--debug', 'log at debug, and show where an error was thrown')
    .exitOverride()
    .showHelpAfterError('Add --help to see what it takes.')
    .helpCommand('help [command]', 'the same as --help of the command')
    .configureHelp({ showGlobalOptions: commonFlagsInHelp })
    .configureOutput({
      writeOut: stdout,
      // An argument that is refused is quoted.
      writeErr: (text) => stderr(text.split('\n').map(printable).join('\n')),
      getOutHelpWidth: () => width,
      getErrHelpWidth: () => width,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  for (const [heading, commands] of GROUPS) {
    program.commandsGroup(heading);
    for (const define of commands) define(program, act);
  }
  refuseTwice(program);
  program.addHelpText('after', FIRST_STEPS);
  return program;
}

const FIRST_STEPS = `
Examples:
  forewarm up --warm               # everything in one process: warm it, then keep it warm
  forewarm check                   # what is warm, tier by tier
  forewarm warm --help             # what one command takes, and its exit codes`;
