import { count, counted } from '../../core/counted.ts';
import { formatSize } from '../../core/units.ts';
import {
  FINDINGS,
  type FindingKind,
  type ValidationReport,
} from '../../verbs/maintenance/maintenance-shapes.ts';
import {
  type Define,
  explain,
  SELECTOR_HELP,
  selectorText,
  type WhyFlag,
  whole,
  whyOption,
} from '../command.ts';
import { type Context, invocation, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { selectorWords } from '../reports/run-report.ts';
import { Counting } from '../terminal/counting.ts';
import { printable } from '../terminal/paint.ts';

interface Flags extends WhyFlag {
  readonly repair?: boolean;
  readonly samples: number;
}

export const validateCommand: Define = (parent, act) => {
  const command = parent
    .command('validate')
    .description('read everything that is stored and catalogued, and say what is wrong with it')
    .argument('[selector...]', SELECTOR_HELP)
    .option('--repair', 'mend it: from another tier, or by making the key due')
    .option('--samples <n>', 'name this many findings of each kind', whole(0), 3)
    .action((terms: string[], flags: Flags) =>
      act((context) => validate(context, selectorText(terms), flags)),
    );
  explain(whyOption(command), {
    examples: [
      ['forewarm validate', 'everything, in every tier'],
      ['forewarm validate source=quote --repair', 'mend a source'],
      ['forewarm validate --json | jq ".findings[] | select(.wrong)"', 'for scripts'],
    ],
    exits: [EXIT.partial, EXIT.nothing, EXIT.stopped, EXIT.unavailable],
  });
};

async function validate(context: Context, selector: string, flags: Flags): Promise<ExitCode> {
  const { out, interrupts } = context;
  const signal = interrupts.claim();
  const counting = new Counting(context, 'entries read');
  const onProgress = (done: number) => counting.at(done);
  const request = { selector, repair: flags.repair ?? false, samples: flags.samples, why: flags.why };
  try {
    const report = await withApp(context, {}, (app) => app.verbs.validate(request, { signal, onProgress }));
    counting.end();
    out.document(report);
    show(context, report);
    if (!report.sound) return EXIT.partial;
    return report.entries + report.catalogued === 0 ? EXIT.nothing : EXIT.ok;
  } catch (error) {
    counting.end();
    if (!signal.aborted) throw error;
    out.note('stopped: what was repaired so far stays');
    return EXIT.stopped;
  }
}

const MEANINGS = new Map<FindingKind, string>(FINDINGS.map(({ kind, meaning }) => [kind, meaning]));

function show(context: Context, report: ValidationReport): void {
  const { out } = context;
  const { entries, bodies, bytes, catalogued, findings, tiers, sound } = report;
  const stored = counted(entries, 'entry', 'entries');
  out.line(
    `${out.paint('bold', stored)}, ${counted(bodies, 'body', 'bodies')} of ${formatSize(bytes)} in all tiers, ` +
      `${counted(catalogued, 'key')} in the catalog`,
  );
  for (const { tier, error } of tiers) out.line(`tier ${tier} did not answer: ${printable(error)}`);
  const found = findings.filter((row) => row.found > 0);
  if (found.length === 0) {
    out.line(sound ? 'nothing is wrong' : 'nothing else is wrong');
    return;
  }
  out.line();
  out.table(
    [
      { head: 'finding', cell: ({ kind }) => kind, tint: ({ wrong }) => (wrong ? 'red' : undefined) },
      { head: 'found', cell: (row) => count(row.found), align: 'right' },
      { head: 'repaired', cell: (row) => count(row.repaired), align: 'right' },
      { head: 'meaning', cell: ({ kind }) => MEANINGS.get(kind) ?? '', flexible: true },
    ],
    found,
  );
  out.line();
  for (const { kind, samples } of found) {
    for (const { key, tier, reason } of samples) {
      const where = tier === null ? printable(key) : `${printable(key)} in ${tier}`;
      out.line(`  ${kind}: ${where}: ${printable(reason)}`);
    }
  }
  if (sound || report.repair) return;
  out.next([[`${invocation(context)} validate${selectorWords(report.selector)} --repair`, 'mend it']]);
}
