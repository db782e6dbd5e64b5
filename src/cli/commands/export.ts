import type { App } from '../../app/app.ts';
import { counted } from '../../core/counted.ts';
import { type Define, explain, SELECTOR_HELP, selectorText } from '../command.ts';
import { type Context, withApp } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { Counting } from '../terminal/counting.ts';
import { type Write, writeWhole } from '../terminal/files.ts';

interface Flags {
  readonly output?: string;
  readonly bodies: boolean;
}

export const exportCommand: Define = (parent, act) => {
  const command = parent
    .command('export')
    .description('write what is stored as lines of JSON, one for each entry')
    .argument('[selector...]', SELECTOR_HELP)
    .option('--output <file>', 'write this file, whole or not at all, in place of stdout')
    .option('--no-bodies', 'heads only; such an export cannot be imported')
    .action((terms: string[], flags: Flags) =>
      act((context) => exportEntries(context, selectorText(terms), flags)),
    );
  explain(command, {
    examples: [
      ['forewarm export --output values.jsonl', 'everything'],
      ['forewarm export source=quote | gzip > quotes.jsonl.gz', 'a source, packed'],
      ['forewarm export --no-bodies | jq -r .key', 'what is stored'],
    ],
    exits: [EXIT.nothing, EXIT.stopped, EXIT.unavailable],
  });
};

async function exportEntries(context: Context, selector: string, flags: Flags): Promise<ExitCode> {
  const { out, io, interrupts } = context;
  const signal = interrupts.claim();
  const { output } = flags;
  const request = { selector, bodies: flags.bodies };
  const toStdout = async (text: string) => {
    io.stdout.write(text);
    await io.drained();
  };
  const all = (write: Write) =>
    withApp(context, {}, (app) => writeLines(context, app.verbs.export(request, signal), write));
  try {
    const entries = output === undefined ? await all(toStdout) : await writeWhole(output, all);
    out.note(
      `${counted(entries, 'entry', 'entries')} exported${output === undefined ? '' : ` to ${output}`}`,
    );
    return entries === 0 ? EXIT.nothing : EXIT.ok;
  } catch (error) {
    if (!signal.aborted) throw error;
    out.note(
      output === undefined ? 'stopped: the export is not whole' : `stopped: ${output} was not written`,
    );
    return EXIT.stopped;
  }
}

async function writeLines(
  context: Context,
  batches: ReturnType<App['verbs']['export']>,
  write: Write,
): Promise<number> {
  const counting = new Counting(context, 'entries exported');
  let entries = 0;
  try {
    for await (const lines of batches) {
      await write(`${lines.join('\n')}\n`);
      entries += lines.length;
      counting.at(entries);
    }
  } finally {
    counting.end();
  }
  return entries;
}
