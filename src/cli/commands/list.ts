import { shellWord } from '../../core/shell-word.ts';
import { formatSize } from '../../core/units.ts';
import type { EntryPage, EntryView } from '../../verbs/entry-list.ts';
import { type Define, explain, SELECTOR_HELP, selectorText, whole } from '../command.ts';
import { type Context, invocation, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { selectorWords } from '../reports/run-report.ts';
import { around } from '../terminal/figures.ts';
import type { Colour } from '../terminal/paint.ts';

interface Flags {
  readonly limit: number;
  readonly cursor?: string;
}

export const listCommand: Define = (parent, act) => {
  const command = parent
    .command('list')
    .description('list the selected keys with their freshness, size and last failure')
    .argument('[selector...]', SELECTOR_HELP)
    .option('--limit <n>', 'at most this many keys', whole(1), 20)
    .option('--cursor <cursor>', 'go on where the last page ended')
    .action((terms: string[], flags: Flags) => act((context) => list(context, selectorText(terms), flags)));
  explain(command, {
    examples: [
      ['forewarm list source=quote', 'the first keys of a source'],
      ['forewarm list prefix=profile:5 --limit 100', 'more of them'],
      ['forewarm list --json | jq -r ".entries[].key"', 'for scripts'],
    ],
    exits: [EXIT.nothing, EXIT.unavailable],
  });
};

const COLOURS: Readonly<Record<string, Colour>> = { fresh: 'green', due: 'green', stale: 'yellow' };

/** How fresh it is, and that the origin has none; or why there is nothing. */
function freshnessOf({ state, freshness }: EntryView): string {
  if (freshness === null) return state;
  return state === 'absent' ? `${freshness}, absent` : freshness;
}

async function list(context: Context, selector: string, flags: Flags): Promise<ExitCode> {
  const { out } = context;
  const page = await withApp(context, {}, (app) => app.verbs.list(selector, flags.limit, flags.cursor));
  const now = context.time.now();
  out.document(page);
  if (page.note !== null) out.note(`only what the tiers hold: ${page.note}`);
  if (page.entries.length === 0) {
    out.line(`no key matches: ${selector || 'nothing is catalogued yet; warm something first'}`);
    return EXIT.nothing;
  }
  out.table<EntryView>(
    [
      { head: 'key', cell: (entry) => entry.key, flexible: true },
      {
        head: 'freshness',
        cell: freshnessOf,
        tint: (entry) => COLOURS[entry.freshness ?? ''] ?? 'red',
      },
      { head: 'due', cell: (entry) => around(entry.dueAt, now) },
      {
        head: 'bytes',
        cell: (entry) => (entry.freshness === null ? '-' : formatSize(entry.bodyBytes)),
        align: 'right',
      },
      { head: 'last failure', cell: (entry) => entry.failure ?? '' },
    ],
    page.entries,
  );
  out.next(nextSteps(context, selector, flags, page));
  return page.entries.some(({ state }) => state === 'unavailable') ? EXIT.unavailable : EXIT.ok;
}

function nextSteps(
  context: Context,
  selector: string,
  { limit }: Flags,
  { cursor }: EntryPage,
): [string, string][] {
  if (cursor === null) return [];
  const more = `${selectorWords(selector)} --limit ${limit} --cursor ${shellWord(cursor)}`;
  return [[`${invocation(context)} list${more}`, 'the next page']];
}
