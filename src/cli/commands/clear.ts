import { Option } from 'commander';
import { counted } from '../../core/counted.ts';
import { ForewarmError } from '../../core/errors.ts';
import type { InvalidationMode } from '../../core/invalidation-mode.ts';
import { type Define, explain, type WhyFlag, whyOption } from '../command.ts';
import { type Context, invocation, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';

interface Flags extends WhyFlag {
  readonly mode: InvalidationMode;
  readonly rewarm?: boolean;
  readonly yes?: boolean;
}

export const clearCommand: Define = (parent, act) => {
  const command = parent
    .command('clear')
    .description('declare every value outdated, at the same cost however many there are')
    .addOption(
      new Option('--mode <mode>', 'drop: forget them; stale: serve the old values until new ones land')
        .choices(['stale', 'drop'])
        .default('drop'),
    )
    .option('--rewarm', 'warm everything again right away')
    .option('--yes', 'do not ask')
    .action((flags: Flags) => act((context) => clear(context, flags)));
  explain(whyOption(command), {
    examples: [
      ['forewarm clear', 'asks, and then drops every value'],
      [
        'forewarm clear --mode stale --rewarm --yes',
        'refetch everything, and serve the old values meanwhile',
      ],
    ],
    exits: [EXIT.stopped, EXIT.unavailable],
  });
};

async function clear(context: Context, { mode, rewarm = false, yes = false, why }: Flags): Promise<ExitCode> {
  const { out, io } = context;
  if (!yes && !io.isTTY) {
    throw new ForewarmError(
      'E_REQUEST_INVALID',
      'nobody can be asked whether to clear everything: say --yes',
    );
  }
  const verb = mode === 'drop' ? 'Drop' : 'Mark as stale';
  if (!yes && !/^y(es)?$/i.test((await io.ask(`${verb} every value? [y/N] `)).trim())) {
    out.note('nothing was cleared');
    return EXIT.stopped;
  }
  const report = await withApp(context, {}, (app) => app.verbs.clear({ mode, rewarm, why }, 'cli'));
  out.document(report);
  const done = mode === 'drop' ? 'dropped' : 'marked stale';
  out.line(`everything ${done}; ${counted(report.keys ?? 0, 'key')} will be warmed when it is their turn`);
  if (report.run !== null) {
    out.next([[`${invocation(context)} runs watch ${report.run}`, 'follow the run that warms them again']]);
  }
  return EXIT.ok;
}
