import { Option } from 'commander';
import { counted } from '../../core/counted.ts';
import { shellWord } from '../../core/shell-word.ts';
import { ANY_TIER, type CoverageReport } from '../../verbs/coverage-shapes.ts';
import { type Define, explain, SELECTOR_HELP, selectorText, shareOption, whole } from '../command.ts';
import { type Context, invocation, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import {
  isAnswered,
  isComplete,
  isShared,
  lacks,
  showCoverage,
  showVerdict,
  stepsOfShrunk,
} from '../reports/coverage-table.ts';
import { selectorWords } from '../reports/run-report.ts';

interface Flags {
  readonly samples: number;
  readonly min?: number;
  readonly fresh?: number;
  readonly tier?: string;
  readonly per: 'source' | 'total';
}

export const checkCommand: Define = (parent, act) => {
  const command = parent
    .command('check')
    .description('look the selected keys up in every tier: what is warm, what is missing and why')
    .argument('[selector...]', SELECTOR_HELP)
    .option(
      '--samples <n>',
      'name this many missing keys per tier, and cold keys with the reason',
      whole(0),
      5,
    )
    .option(
      '--min <share>',
      'exit with 7 unless this share is warm, such as 99% or 0.99; with 6 where that is not known',
      shareOption,
    )
    .option('--fresh <share>', 'exit with 7 unless this share is fresh: warm, and not due yet', shareOption)
    .option(
      '--tier <name>',
      'the tier that --min and --fresh are about; any: whichever has a key (default: each but memory)',
    )
    .addOption(
      new Option('--per <whole>', 'what is to reach it: each source by itself, or all together')
        .choices(['source', 'total'])
        .default('source'),
    )
    .action((terms: string[], flags: Flags) => act((context) => check(context, selectorText(terms), flags)));
  explain(command, {
    examples: [
      ['forewarm check', 'everything configured'],
      ['forewarm check source=quote --samples 20', 'one source, more of what is missing'],
      ['forewarm check temperature=hot --min 99%', 'for a deploy: is what is hot warm?'],
      ['forewarm check --min 99% --fresh 95% --tier redis', 'what the shared tier holds, and how old it is'],
      ['forewarm check --json | jq ".tiers[].missing"', 'for scripts'],
    ],
    exits: [EXIT.partial, EXIT.nothing, EXIT.unavailable, EXIT.unmet],
  });
};

async function check(context: Context, selector: string, flags: Flags): Promise<ExitCode> {
  const { out } = context;
  const { samples, ...demand } = flags;
  const report = await withApp(context, {}, (app) => app.verbs.check(selector, samples, demand));
  out.document(report);
  if (report.total === 0) {
    out.line(`no key matches: ${selector || 'nothing is configured to be kept warm'}`);
    return EXIT.nothing;
  }
  out.line(`${out.paint('bold', counted(report.total, 'key'))} ${selector || 'in all'}`);
  out.line();
  showCoverage(out, report);
  showVerdict(out, report);
  out.next(stepsOf(context, selector, report));
  return codeOf(report, flags);
}

function stepsOf(context: Context, selector: string, report: CoverageReport): [string, string][] {
  const me = invocation(context);
  const [old] = report.outlived;
  const again = `${me} warm${selectorWords(selector || `source=${old?.source}`)} --force`;
  const outlived: [string, string][] =
    old === undefined ? [] : [[again, 'fetch them again, by the ttl of now; what the application set, too']];
  if (isComplete(report)) return outlived;
  const [cold] = report.cold;
  const one: [string, string][] =
    cold === undefined ? [] : [[`${me} explain ${shellWord(cold.key)}`, 'all about one of them']];
  const silent: [string, string][] = isAnswered(report)
    ? []
    : [[`${me} doctor`, 'what does not answer, and what to do about it']];
  const warm: [string, string][] = lacks(report)
    ? [[`${me} warm${selectorWords(selector)}`, 'warm what is not']]
    : [];
  // A run leaves them out.
  const isAside = report.reasons.some(({ reason }) => reason.startsWith('in quarantine'));
  const aside: [string, string][] = isAside
    ? [[`${me} quarantine release`, 'have those in quarantine tried again, which a warm leaves out']]
    : [];
  const hasFailed = report.reasons.some(({ reason }) => FAILED.test(reason));
  const dead: [string, string][] = hasFailed ? [[`${me} runs dead`, 'keys that failed for good']] : [];
  return [...outlived, ...silent, ...stepsOfShrunk(me, report), ...aside, ...warm, ...one, ...dead];
}

/** How the reasons of keys begin that no attempt made warm. */
const FAILED = /^(?:in quarantine, )?failed: /;

/** What was demanded decides, where something was; what did not answer leaves it open, unless what did is too cold already. */
function codeOf(report: CoverageReport, { tier }: Flags): ExitCode {
  const { verdict, tiers, unanswered } = report;
  if (verdict !== null) return verdict.met ? EXIT.ok : verdict.unknown ? EXIT.unavailable : EXIT.unmet;
  if (isComplete(report)) return EXIT.ok;
  const counts = (name: string) => (tier === undefined ? isShared(name) : tier === ANY_TIER || tier === name);
  const isSilent = tiers.some(({ error, tier: name }) => error !== null && counts(name));
  return isSilent || unanswered.length > 0 ? EXIT.unavailable : EXIT.partial;
}
