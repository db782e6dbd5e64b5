import { count, counted } from '../../core/counted.ts';
import { formatSize } from '../../core/units.ts';
import { type Define, explain, type WhyFlag, whyOption } from '../command.ts';
import { type Context, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { zonedTime } from '../terminal/figures.ts';
import { printable } from '../terminal/paint.ts';

export const gcCommand: Define = (parent, act) => {
  const command = parent
    .command('gc')
    .description('remove what is past everything: entries, catalogued keys, old runs')
    .action(({ why }: WhyFlag) => act((context) => collect(context, why)));
  explain(whyOption(command), {
    examples: [['forewarm gc', 'a schedule does this too (jobs.gc.cron)']],
    exits: [EXIT.partial, EXIT.unavailable],
  });
};

async function collect(context: Context, why: string | undefined): Promise<ExitCode> {
  const { out, time } = context;
  const report = await withApp(context, {}, (app) => app.verbs.gc({ why }));
  out.document(report);
  out.facts([
    ['entries removed', count(report.removed)],
    ['space given back', formatSize(report.bytes)],
    ['entries rewritten', count(report.recoded)],
    ['orphaned keys', count(report.orphans)],
    ['old runs', count(report.runs)],
  ]);
  for (const { source, missing, keys, lately, until } of report.doubts) {
    const before = lately === 0 ? '' : `, and ${count(lately)} were forgotten within the hour`;
    out.note(
      `kept: entity sets lack ${count(missing)} of ${counted(keys, 'key')} of ${source}${before}; a look after ${zonedTime(until, time.now())} that finds the same forgets them`,
    );
  }
  for (const failure of report.failures) out.note(`not done: ${printable(failure)}`);
  return report.failures.length > 0 ? EXIT.partial : EXIT.ok;
}
