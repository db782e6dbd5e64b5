import type { BenchReport } from '../../verbs/maintenance/bench-report.ts';
import { type Define, explain, SELECTOR_HELP, selectorText, whole } from '../command.ts';
import { type Context, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { benchMarkdown } from '../reports/bench-markdown.ts';
import { writeWhole } from '../terminal/files.ts';

interface Flags {
  readonly keys: number;
  readonly calls: number;
  readonly output?: string;
}

export const benchCommand: Define = (parent, act) => {
  const command = parent
    .command('bench')
    .description('measure reads, writes, compression and origins, with the values that are stored here')
    .argument('[selector...]', SELECTOR_HELP)
    .option('--keys <n>', 'work on so many values, and at most 32 MiB', whole(1), 200)
    .option('--calls <n>', 'calls to origins in all, inside their budgets; 0 is none', whole(0), 3)
    .option('--output <name>', 'write NAME.md and NAME.json, too')
    .action((terms: string[], flags: Flags) => act((context) => bench(context, selectorText(terms), flags)));
  explain(command, {
    examples: [
      ['forewarm bench', 'everything, and three calls to origins'],
      ['forewarm bench source=quote --keys 1000 --calls 0', 'a source, no call'],
      ['forewarm bench --output report', 'report.md and report.json'],
    ],
    exits: [EXIT.partial, EXIT.nothing, EXIT.stopped, EXIT.unavailable],
  });
};

async function bench(context: Context, selector: string, flags: Flags): Promise<ExitCode> {
  const { out, interrupts } = context;
  const signal = interrupts.claim();
  const { keys, calls, output } = flags;
  let report: BenchReport;
  try {
    report = await withApp(context, {}, (app) => app.verbs.bench({ selector, keys, calls }, signal));
  } catch (error) {
    if (!signal.aborted) throw error;
    out.note('stopped: what was written to try is removed');
    return EXIT.stopped;
  }
  if (output !== undefined) await writeReport(context, output.replace(/\.(md|json)$/, ''), report);
  out.document(report);
  if (report.keys === 0) {
    out.line(`nothing is stored: ${selector || 'warm something first'}`);
    return EXIT.nothing;
  }
  out.line(benchMarkdown(report).trimEnd());
  return report.tiers.some(({ error }) => error !== null) ? EXIT.partial : EXIT.ok;
}

async function writeReport({ out }: Context, name: string, report: BenchReport): Promise<void> {
  await writeWhole(`${name}.md`, (write) => write(benchMarkdown(report)));
  await writeWhole(`${name}.json`, (write) => write(`${JSON.stringify(report, null, 2)}\n`));
  out.note(`wrote ${name}.md and ${name}.json`);
}
