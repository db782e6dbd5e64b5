import { count } from '../../core/counted.ts';
import { HOUR_MS, roundDuration } from '../../core/units.ts';
import type { WorthReport } from '../../verbs/worth-shapes.ts';
import { type Define, explain, SELECTOR_HELP, selectorText, whole } from '../command.ts';
import { type Context, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Output } from '../terminal/output.ts';
import { printable } from '../terminal/paint.ts';
import type { Column } from '../terminal/table.ts';

export const worthCommand: Define = (parent, act) => {
  const command = parent
    .command('worth')
    .description('say what is refreshed and not read, by what readers reported in the last hour')
    .argument('[selector...]', SELECTOR_HELP)
    .option('--samples <n>', 'name this many unread keys of each source', whole(0), 5)
    .action((terms: string[], { samples }: { readonly samples: number }) =>
      act((context) => worth(context, selectorText(terms), samples)),
    );
  explain(command, {
    examples: [
      ['forewarm worth', 'what is not worth warming?'],
      ['forewarm worth temperature=hot --samples 20', 'what is refreshed most often'],
      ['forewarm worth --json | jq ".sources[] | {source, callsUnread}"', 'for scripts'],
    ],
    exits: [EXIT.nothing, EXIT.unavailable],
  });
};

async function worth(context: Context, selector: string, samples: number): Promise<ExitCode> {
  const { out } = context;
  const report = await withApp(context, {}, (app) => app.verbs.worth(selector, samples));
  out.document(report);
  if (report.sources.length === 0) {
    out.line(`no key was warmed yet${selector === '' ? '' : `: ${selector}`}`);
    return EXIT.nothing;
  }
  out.table(COLUMNS, report.sources);
  showNotes(out, report);
  return EXIT.ok;
}

type Row = WorthReport['sources'][number];

const COLUMNS: readonly Column<Row>[] = [
  { head: 'source', cell: (row) => row.source, flexible: true },
  { head: 'keys', cell: (row) => count(row.keys), align: 'right' },
  { head: 'every', cell: (row) => roundDuration(row.everyMs), align: 'right' },
  ...(['worth', 'seldom', 'unread', 'untold'] as const).map(
    (name): Column<Row> => ({ head: name, cell: (row) => count(row[name]), align: 'right' }),
  ),
  { head: 'calls/d', cell: (row) => count(row.callsPerDay), align: 'right' },
  {
    head: 'in vain/d',
    cell: (row) => count(row.callsUnread),
    align: 'right',
    tint: (row) => (row.callsUnread > 0 ? 'yellow' : undefined),
  },
];

/** Nobody is to take the first minutes for an hour. */
function shortLook({ source, overMs, by }: Row): string {
  const who =
    by.length === 0 ? '' : ` by ${by[0]}${by.length > 1 ? ` and ${count(by.length - 1)} more` : ''}`;
  return `Reads of ${printable(source)} were reported for ${roundDuration(overMs)} of it${printable(who)}: too short to call a key unread.`;
}

/** What the figures do not say. */
function showNotes(out: Output, { sources }: WorthReport): void {
  out.line();
  out.line('By reads of the last hour, as readers report them: busy readers report samples.');
  for (const row of sources.filter(({ since, overMs }) => since !== null && overMs < HOUR_MS))
    out.line(shortLook(row));
  const silent = sources.filter(({ reported }) => !reported).map(({ source }) => source);
  if (silent.length > 0)
    out.line(
      `Nobody reported reads of ${printable(silent.join(', '))}: nobody reads there, or whoever does reports nothing.`,
    );
  for (const { source, samples } of sources.filter((each) => each.samples.length > 0)) {
    out.line();
    out.line(`unread of ${printable(source)}, such as`);
    for (const key of samples) out.line(`  ${printable(key)}`);
  }
}
