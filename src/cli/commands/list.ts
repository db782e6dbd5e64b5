import { Option } from 'commander';
import { count } from '../../core/counted.ts';
import { shellWord } from '../../core/shell-word.ts';
import { formatSize } from '../../core/units.ts';
import { ENTRY_STATES, type EntryFilter, type EntryPage, type EntryView } from '../../verbs/entry-shapes.ts';
import { type Define, explain, SELECTOR_HELP, selectorText, sizeOption, whole } from '../command.ts';
import { type Context, invocation, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { selectorWords } from '../reports/run-report.ts';
import { around } from '../terminal/figures.ts';
import type { Colour } from '../terminal/paint.ts';

interface Flags extends EntryFilter {
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
    .addOption(
      new Option('--state <state>', 'only keys that are so; warm is fresh or due').choices(ENTRY_STATES),
    )
    .option('--tier <name>', 'with --state: in this tier')
    .addOption(new Option('--min-bytes <size>', 'only keys whose body is so large').argParser(sizeOption))
    .action((terms: string[], flags: Flags) => act((context) => list(context, selectorText(terms), flags)));
  explain(command, {
    examples: [
      ['forewarm list source=quote', 'the first keys of a source'],
      ['forewarm list prefix=profile:5 --limit 100', 'more of them'],
      ['forewarm list source=quote --state missing --tier redis', 'what Redis lacks'],
      ['forewarm list --json | jq -r ".entries[].key"', 'for scripts'],
    ],
    exits: [EXIT.nothing, EXIT.unavailable],
  });
};

function filterOf({ state, tier, minBytes }: EntryFilter): EntryFilter {
  return { state, tier, minBytes };
}

function hasFilter(flags: EntryFilter): boolean {
  return Object.values(filterOf(flags)).some((each) => each !== undefined);
}

const COLOURS: Readonly<Record<string, Colour>> = { fresh: 'green', due: 'green', stale: 'yellow' };

/** How fresh it is, and that the origin has none; or why there is nothing. */
function freshnessOf({ state, freshness }: EntryView): string {
  if (freshness === null) return state;
  return state === 'absent' ? `${freshness}, absent` : freshness;
}

async function list(context: Context, selector: string, flags: Flags): Promise<ExitCode> {
  const { out } = context;
  const page = await withApp(context, {}, (app) =>
    app.verbs.list(selector, flags.limit, flags.cursor, filterOf(flags)),
  );
  const now = context.time.now();
  out.document(page);
  if (page.note !== null) out.note(`only what the tiers hold: ${page.note}`);
  if (page.entries.length === 0) {
    const none =
      selector || (hasFilter(flags) ? 'everything' : 'nothing is catalogued yet; warm something first');
    out.line(
      page.cursor === null ? `no key matches: ${none}` : `none of the first ${count(page.looked)} keys`,
    );
    out.next(nextSteps(context, selector, flags, page));
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
  { limit, ...flags }: Flags,
  { cursor }: EntryPage,
): [string, string][] {
  if (cursor === null) return [];
  const { state, tier, minBytes } = filterOf(flags);
  const filter = [
    ...(state === undefined ? [] : [`--state ${state}`]),
    ...(tier === undefined ? [] : [`--tier ${shellWord(tier)}`]),
    ...(minBytes === undefined ? [] : [`--min-bytes ${minBytes}B`]),
  ].map((flag) => ` ${flag}`);
  const more = `${selectorWords(selector)}${filter.join('')} --limit ${limit} --cursor ${shellWord(cursor)}`;
  return [[`${invocation(context)} list${more}`, 'the next page']];
}
