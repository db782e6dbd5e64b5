import { InvalidArgumentError, Option } from 'commander';
import { count as number } from '../../core/counted.ts';
import { formatDuration } from '../../core/units.ts';
import { COUNT_MS, type KeyCountView } from '../../verbs/entry-shapes.ts';
import { type Define, durationOption, explain, SELECTOR_HELP, selectorText } from '../command.ts';
import { type Context, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';

export const countCommand: Define = (parent, act) => {
  const command = parent
    .command('count')
    .description('count the selected keys, or say about how many there are where that takes long')
    .argument('[selector...]', SELECTOR_HELP)
    .addOption(
      new Option('--within <duration>', `how long it may count, up to ${formatDuration(COUNT_MS.most)}`)
        .argParser(withinOption)
        .default(COUNT_MS.most, formatDuration(COUNT_MS.most)),
    )
    .action((terms: string[], { within }: { within: number }) =>
      act((context) => count(context, selectorText(terms), within)),
    );
  explain(command, {
    examples: [
      ['forewarm count source=quote', 'at once, however many there are'],
      ['forewarm count "source=quote age>1h"', 'how many are older than an hour'],
    ],
    exits: [EXIT.nothing, EXIT.unavailable],
  });
};

function withinOption(text: string): number {
  const ms = durationOption(text);
  if (ms >= COUNT_MS.least && ms <= COUNT_MS.most) return ms;
  throw new InvalidArgumentError(
    `It must be from ${formatDuration(COUNT_MS.least)} to ${formatDuration(COUNT_MS.most)}.`,
  );
}

const WORDS = { exact: '', estimate: 'about ', 'at-least': 'at least ' } as const;

async function count(context: Context, selector: string, within: number): Promise<ExitCode> {
  const { out } = context;
  const counted = await withApp(context, {}, ({ verbs }) => verbs.count(selector, within));
  out.document(counted);
  const text = ({ exactness, keys }: Pick<KeyCountView, 'exactness' | 'keys'>) =>
    WORDS[exactness] + number(keys);
  if (counted.sources.length > 0) {
    out.table(
      [
        { head: 'source', cell: ({ source }) => source },
        { head: 'keys', cell: text, align: 'right' },
      ],
      counted.sources,
    );
    out.line();
  }
  out.line(`${out.paint('bold', text(counted))} ${counted.keys === 1 ? 'key' : 'keys'}`);
  return counted.keys === 0 && counted.exactness === 'exact' ? EXIT.nothing : EXIT.ok;
}
