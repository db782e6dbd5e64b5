import { count, counted } from '../../core/counted.ts';
import { ForewarmError } from '../../core/errors.ts';
import { formatSize } from '../../core/units.ts';
import type { PurgeReport } from '../../verbs/maintenance/maintenance-shapes.ts';
import { type Define, explain, SELECTOR_HELP, type WhyFlag, whyOption } from '../command.ts';
import { type Context, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { selectorOrAll } from '../selector-or-all.ts';
import { shownSelector } from '../terminal/figures.ts';
import { printable } from '../terminal/paint.ts';

interface Flags extends WhyFlag {
  readonly forget?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly all?: boolean;
}

const SELECTOR = SELECTOR_HELP.replace(/;.*/, '');

export const purgeCommand: Define = (parent, act) => {
  const command = parent
    .command('purge')
    .description('remove the selected entries from every tier')
    .argument('[selector...]', SELECTOR)
    .option('--forget', 'and do not keep their keys warm any more')
    .option('--dry-run', 'show what would be removed, and do nothing')
    .option('--yes', 'do not ask; needed where nobody can be asked')
    .option('--all', 'everything configured; the empty selector is refused without it')
    .action((terms: string[], flags: Flags) =>
      act((context) => purge(context, selectorOrAll(terms, flags.all), flags, false)),
    );
  explain(whyOption(command), {
    examples: [
      ['forewarm purge source=quote --dry-run', 'how many keys and bytes, tier by tier?'],
      ['forewarm purge key=profile:5128581 --forget --yes', 'a key, for good'],
    ],
    exits: [EXIT.partial, EXIT.nothing, EXIT.stopped, EXIT.unavailable],
  });
};

export const clearExpiredCommand: Define = (parent, act) => {
  const command = parent
    .command('clear-expired')
    .description('remove what is stale or gone of the selected entries from every tier')
    .argument('[selector...]', SELECTOR)
    .option('--dry-run', 'show what would be removed, and do nothing')
    .option('--yes', 'do not ask; needed where nobody can be asked')
    .option('--all', 'everything configured; the empty selector is refused without it')
    .action((terms: string[], flags: Flags) =>
      act((context) => purge(context, selectorOrAll(terms, flags.all), flags, true)),
    );
  explain(whyOption(command), {
    examples: [
      ['forewarm clear-expired --all --dry-run', 'what is past its ttl?'],
      ['forewarm clear-expired source=quote --yes', 'serve no stale quote'],
    ],
    exits: [EXIT.partial, EXIT.nothing, EXIT.stopped, EXIT.unavailable],
  });
};

async function purge(context: Context, selector: string, flags: Flags, expired: boolean): Promise<ExitCode> {
  const { out, io } = context;
  const signal = context.interrupts.claim();
  const request = { selector, expired, forget: flags.forget ?? false, why: flags.why };
  return withApp(context, {}, async ({ verbs }) => {
    try {
      if (flags.dryRun === true || flags.yes !== true) {
        const preview = await verbs.purge({ ...request, dryRun: true }, signal);
        if (flags.dryRun === true || isNothing(preview)) return show(context, preview);
        if (!io.isTTY) throw unasked();
        showTable(context, preview);
        if (!(await agrees(context, preview))) return EXIT.stopped;
      }
      return show(context, await verbs.purge({ ...request, dryRun: false }, signal));
    } catch (error) {
      if (!signal.aborted) throw error;
      out.note('stopped: what was removed so far is removed');
      return EXIT.stopped;
    }
  });
}

function isNothing({ keys, forgotten }: PurgeReport): boolean {
  return keys === 0 && forgotten === 0;
}

function unasked(): ForewarmError {
  return new ForewarmError(
    'E_REQUEST_INVALID',
    'nobody can be asked whether to remove this: say --yes, or --dry-run to see what it is',
  );
}

async function agrees({ io, out }: Context, { keys }: PurgeReport): Promise<boolean> {
  const answer = await io.ask(`Remove ${counted(keys, 'key')} from every tier? [y/N] `);
  if (/^y(es)?$/i.test(answer.trim())) return true;
  out.note('nothing was removed');
  return false;
}

function show(context: Context, report: PurgeReport): ExitCode {
  const { out } = context;
  out.document(report);
  const isWhole = report.tiers.every(({ error }) => error === null);
  if (isNothing(report) && isWhole) {
    out.line(`nothing to remove: ${shownSelector(report.selector)}`);
    return EXIT.nothing;
  }
  showTable(context, report);
  return isWhole ? EXIT.ok : EXIT.partial;
}

function showTable({ out }: Context, { dryRun, keys, forgotten, tiers, samples }: PurgeReport): void {
  const would = dryRun ? 'would be ' : '';
  out.line(
    `${out.paint('bold', counted(keys, 'key'))} ${would}removed, ${count(forgotten)} ${would}forgotten`,
  );
  out.line();
  out.table(
    [
      { head: 'tier', cell: (row) => row.tier },
      { head: 'keys', cell: (row) => count(row.keys), align: 'right' },
      { head: 'bytes', cell: (row) => formatSize(row.bytes), align: 'right' },
      { head: 'error', cell: (row) => row.error ?? '', flexible: true },
    ],
    tiers,
  );
  if (samples.length === 0) return;
  out.line();
  out.line('some of them');
  for (const key of samples.slice(0, 5)) out.line(`  ${printable(key)}`);
}
