/** What a command that warms, or plans to, is asked for: a selector, or the rows of a file. */
import { basename } from 'node:path';
import { type Command, Option } from 'commander';
import { ForewarmError } from '../core/errors.ts';
import type { Settings } from '../settings/settings.ts';
import { ROW_FORMATS, type RowFormat, readWarmInput, type WarmInput } from '../verbs/runs/warm-input.ts';
import type { WarmRequest } from '../verbs/runs/warm-request.ts';
import { selectorText, whole } from './command.ts';
import type { Context } from './context.ts';
import { readInput } from './terminal/files.ts';

/** The flags that say which keys, and how. */
export interface WarmFlags {
  readonly limit?: number;
  readonly missing?: boolean;
  readonly deadline?: number;
  readonly force?: boolean;
  readonly acceptAbsent?: boolean;
  readonly id?: string;
  readonly source?: string;
  readonly from?: string;
  readonly format?: RowFormat;
  readonly keep?: number;
}

/** Their options, the same for each such command. */
export function whichOptions(command: Command): void {
  command
    .option('--limit <n>', 'warm at most this many keys', whole(1))
    .option('--missing', 'leave alone what has a servable value, stale or not')
    .option('--force', 'fetch also what is still fresh')
    .option('--source <name>', 'the source of the rows that --from reads')
    .option(
      '--from <file>',
      'warm the rows of a file, or of standard input (-): CSV, JSON lines, or one id a line',
    )
    .addOption(new Option('--format <format>', 'of --from; absent: as it looks').choices([...ROW_FORMATS]));
}

/** What is asked for, and how to say of an error where in the input it is. */
export interface Asked {
  readonly request: WarmRequest;
  readonly located: WarmInput['located'];
}

export async function askedFor(
  context: Context,
  settings: Settings,
  terms: readonly string[],
  flags: WarmFlags,
): Promise<Asked> {
  const { id, force, missing, limit, deadline, keep, acceptAbsent } = flags;
  const options = { id, force, missing, limit, deadline, keep, acceptAbsent };
  const { from, source, format } = flags;
  if (from === undefined) {
    if (source !== undefined) throw usage(`--source goes with --from; without it, write source=${source}`);
    return { request: { ...options, selector: selectorText(terms) }, located: (error) => error };
  }
  if (terms.length > 0) throw usage('give a selector or --from, not both');
  const name = from === '-' ? 'standard input' : from;
  const of =
    source === undefined ? undefined : (settings.sources.get(source) ?? unknownSource(settings, source));
  const input = await readWarmInput(
    readInput(context.io, from),
    { name, source: of, format },
    context.io.clock,
  );
  return {
    request: { ...options, ...input.which, from: basename(name).slice(0, 200) },
    located: input.located,
  };
}

function usage(message: string): ForewarmError {
  return new ForewarmError('E_REQUEST_INVALID', message);
}

function unknownSource({ sources }: Settings, name: string): never {
  const known = [...sources.keys()].join(', ') || 'none';
  throw new ForewarmError('E_SOURCE_UNKNOWN', `source "${name}" is not configured; there is ${known}`);
}
