import { counted } from '../../core/counted.ts';
import { type Define, explain, SELECTOR_HELP, selectorText, whole } from '../command.ts';
import { type Context, invocation, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { isComplete, showCoverage, stepsOfShrunk } from '../reports/coverage-table.ts';
import { selectorWords } from '../reports/run-report.ts';

interface Flags {
  readonly samples: number;
}

export const checkCommand: Define = (parent, act) => {
  const command = parent
    .command('check')
    .description('look the selected keys up in every tier: what is warm, what is missing and why')
    .argument('[selector...]', SELECTOR_HELP)
    .option('--samples <n>', 'name this many missing keys per tier', whole(0), 5)
    .action((terms: string[], flags: Flags) => act((context) => check(context, selectorText(terms), flags)));
  explain(command, {
    examples: [
      ['forewarm check', 'everything configured'],
      ['forewarm check source=quote --samples 20', 'one source, more of what is missing'],
      ['forewarm check --json | jq ".tiers[].missing"', 'for scripts'],
    ],
    exits: [EXIT.partial, EXIT.nothing, EXIT.unavailable],
  });
};

async function check(context: Context, selector: string, { samples }: Flags): Promise<ExitCode> {
  const { out } = context;
  const report = await withApp(context, {}, (app) => app.verbs.check(selector, samples));
  out.document(report);
  if (report.total === 0) {
    out.line(`no key matches: ${selector || 'nothing is configured to be kept warm'}`);
    return EXIT.nothing;
  }
  out.line(`${out.paint('bold', counted(report.total, 'key'))} ${selector || 'in all'}`);
  out.line();
  showCoverage(out, report);
  const [old] = report.outlived;
  if (old !== undefined)
    out.next([
      [
        `${invocation(context)} warm${selectorWords(selector || `source=${old.source}`)} --force`,
        'fetch them again, by the ttl of now; what the application set, too',
      ],
    ]);
  const complete = isComplete(report);
  if (!complete) {
    out.next([
      ...stepsOfShrunk(invocation(context), report),
      [`${invocation(context)} warm${selectorWords(selector)}`, 'warm what is not'],
      [`${invocation(context)} runs dead`, 'keys that failed for good'],
    ]);
  }
  if (complete) return EXIT.ok;
  return report.tiers.some(({ error }) => error !== null) ? EXIT.unavailable : EXIT.partial;
}
