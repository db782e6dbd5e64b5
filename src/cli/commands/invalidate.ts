import { Option } from 'commander';
import { count, counted } from '../../core/counted.ts';
import type { InvalidationMode } from '../../core/invalidation-mode.ts';
import type { InvalidateReport } from '../../verbs/invalidation-shapes.ts';
import { type Define, explain, SELECTOR_HELP, type WhyFlag, whyOption } from '../command.ts';
import { type Context, invocation, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { refuseOverrides } from '../overrides.ts';
import { selectorOrAll } from '../selector-or-all.ts';
import { shownSelector } from '../terminal/figures.ts';
import { printable } from '../terminal/paint.ts';

interface Flags extends WhyFlag {
  readonly mode: InvalidationMode;
  readonly rewarm?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly all?: boolean;
}

/** On a terminal, more keys than this are invalidated only after a question. */
const ASK_ABOVE = 1_000;

export const invalidateCommand: Define = (parent, act) => {
  const command = parent
    .command('invalidate')
    .description('declare the selected values outdated, in every tier and process')
    .argument('[selector...]', SELECTOR_HELP.replace(/;.*/, ''))
    .addOption(
      new Option('--mode <mode>', 'stale: serve the old value until the new one lands; drop: forget it')
        .choices(['stale', 'drop'])
        .makeOptionMandatory(),
    )
    .option('--rewarm', 'warm the same keys again right away')
    .option('--dry-run', 'show what would be invalidated, and do nothing')
    .option('--yes', `do not ask, also for more than ${count(ASK_ABOVE)} keys`)
    .option('--all', 'everything configured; the empty selector is refused without it')
    .action((terms: string[], flags: Flags) =>
      act((context) => invalidate(context, selectorOrAll(terms, flags.all), flags)),
    );
  explain(whyOption(command), {
    examples: [
      ['forewarm invalidate key=profile:5128581 --mode drop', 'one key'],
      ['forewarm invalidate tag=market:5128581 --mode drop', 'whatever carries a tag'],
      ['forewarm invalidate prefix=quote:51 --mode drop', 'whatever key starts so'],
      ['forewarm invalidate source=quote --mode stale --rewarm', 'refetch a source'],
      ['forewarm invalidate --all --mode drop --dry-run', 'how much would everything be?'],
    ],
    exits: [EXIT.nothing, EXIT.stopped, EXIT.unavailable],
  });
};

async function invalidate(context: Context, selector: string, flags: Flags): Promise<ExitCode> {
  const { out } = context;
  if (flags.rewarm === true) refuseOverrides(context.flags);
  const request = { selector, mode: flags.mode, rewarm: flags.rewarm ?? false, why: flags.why };
  return withApp(context, {}, async (app) => {
    // Counting keys may cost more than invalidating them, so it is done only where somebody sees the result.
    const preview = () => app.verbs.invalidate({ ...request, dryRun: true }, 'cli');
    if (flags.dryRun === true) {
      const radius = await preview();
      out.document(radius);
      sayUnknown(context, radius);
      showRadius(context, radius);
      return radius.keys === 0 ? EXIT.nothing : EXIT.ok;
    }
    const asks = context.io.isTTY && flags.yes !== true;
    if (asks && !(await agrees(context, await preview()))) return EXIT.stopped;
    const report = await app.verbs.invalidate({ ...request, dryRun: false }, 'cli');
    out.document(report);
    sayUnknown(context, report);
    if (report.keys === 0) showRadius(context, report);
    else showDone(context, report);
    return report.keys === 0 ? EXIT.nothing : EXIT.ok;
  });
}

/** The keys of a selection by tags or prefixes are not counted, since the cost does not depend on them. */
function keysOf({ keys, selector }: Pick<InvalidateReport, 'keys' | 'selector'>): string {
  return keys === null ? `every key of ${shownSelector(selector)}` : counted(keys, 'key');
}

function sayUnknown({ out }: Context, { unknownTags }: InvalidateReport): void {
  for (const tag of unknownTags)
    out.note(`no source gives the tag "${printable(tag)}": only values that were set with it carry it`);
}

function showRadius({ out }: Context, report: InvalidateReport): void {
  if (report.keys === 0) {
    out.line(`no key matches: ${shownSelector(report.selector)}`);
    return;
  }
  out.line(`${out.paint('bold', keysOf(report))} would be ${DONE[report.mode]}`);
  showSources({ out }, report);
  const tiers = Object.entries(report.byTier);
  if (tiers.length > 0) {
    out.line();
    out.line(`tiers that hold them: ${tiers.map(([tier, keys]) => `${tier} ${count(keys)}`).join(', ')}`);
  }
  out.line();
  out.line('some of them');
  for (const key of report.samples.slice(0, 5)) out.line(`  ${printable(key)}`);
}

const DONE = { stale: 'marked stale', drop: 'dropped' } as const;

function showSources({ out }: Pick<Context, 'out'>, report: InvalidateReport): void {
  if (report.keys === null) return;
  out.line();
  out.table(
    [
      { head: 'source', cell: ([source]) => source },
      { head: 'keys', cell: ([, keys]) => count(keys), align: 'right' },
    ],
    Object.entries(report.bySource),
  );
}

/** A few keys need no question. None is no reason to stop: a tag or a prefix also hides what only readers fetched, which is not counted. */
async function agrees(context: Context, report: InvalidateReport): Promise<boolean> {
  if ((report.keys ?? 0) <= ASK_ABOVE) return true;
  const { io, out } = context;
  showRadius(context, report);
  const verb = report.mode === 'drop' ? 'Drop' : 'Mark as stale';
  const answer = await io.ask(`${verb} ${keysOf(report)}? [y/N] `);
  if (/^y(es)?$/i.test(answer.trim())) return true;
  out.note('nothing was invalidated');
  return false;
}

function showDone(context: Context, report: InvalidateReport): void {
  const { out } = context;
  out.line(`${out.paint('bold', keysOf(report))} ${DONE[report.mode]}`);
  showSources(context, report);
  if (report.run !== null) {
    out.next([[`${invocation(context)} runs watch ${report.run}`, 'follow the run that warms them again']]);
  }
}
