import { count, counted } from '../../core/counted.ts';
import type { ImportReport } from '../../verbs/maintenance/maintenance-shapes.ts';
import { type Define, explain, type WhyFlag, whyOption } from '../command.ts';
import { type Context, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { Counting } from '../terminal/counting.ts';
import { readInput } from '../terminal/files.ts';
import { printable } from '../terminal/paint.ts';

interface Flags extends WhyFlag {
  readonly dryRun?: boolean;
}

export const importCommand: Define = (parent, act) => {
  const command = parent
    .command('import')
    .description('store the entries of an export, as old as they are; newer ones stay')
    .argument('<file>', 'what `forewarm export` wrote; - is stdin')
    .option('--dry-run', 'check every line and count, and write nothing')
    .action((file: string, flags: Flags) => act((context) => importEntries(context, file, flags)));
  explain(whyOption(command), {
    examples: [
      ['forewarm import values.jsonl --dry-run', 'is it whole, and what would it do?'],
      ['forewarm import values.jsonl', 'store it'],
      ['zcat quotes.jsonl.gz | forewarm import -', 'from a pipe'],
    ],
    exits: [EXIT.partial, EXIT.nothing, EXIT.stopped, EXIT.unavailable],
  });
};

async function importEntries(context: Context, file: string, flags: Flags): Promise<ExitCode> {
  const { out, io, interrupts } = context;
  const signal = interrupts.claim();
  const dryRun = flags.dryRun ?? false;
  const counting = new Counting(context, 'lines done');
  const onProgress = (done: number) => counting.at(done);
  try {
    const report = await withApp(context, {}, (app) =>
      app.verbs.import(readInput(io, file), { dryRun, why: flags.why }, { signal, onProgress }),
    );
    counting.end();
    out.document(report);
    show(context, report);
    if (report.lines === 0) return EXIT.nothing;
    return report.refused > 0 || report.missed.length > 0 ? EXIT.partial : EXIT.ok;
  } catch (error) {
    counting.end();
    if (!signal.aborted) throw error;
    out.note('stopped: what was imported so far stays, and importing it again does no harm');
    return EXIT.stopped;
  }
}

function show({ out }: Context, report: ImportReport): void {
  const { dryRun, lines, written, superseded, refused, gone, missed, samples } = report;
  out.line(`${out.paint('bold', counted(lines, 'line'))} read`);
  out.line();
  out.facts([
    [dryRun ? 'would be written' : 'written', count(written)],
    ['superseded', `${count(superseded)}, by something newer`],
    ['gone', `${count(gone)}, past everything by now`],
    ['refused', count(refused)],
    ...missed.map(({ tier, entries }): [string, string] => [
      `not in ${tier}`,
      `${count(entries)}, which workers bring there once it answers`,
    ]),
  ]);
  for (const { reason } of missed) out.line(`  ${printable(reason)}`);
  if (samples.length === 0) return;
  out.line();
  out.line('refused, some of them');
  for (const { line, key, reason } of samples.slice(0, 5))
    out.line(`  line ${line}, ${printable(key)}: ${printable(reason)}`);
}
