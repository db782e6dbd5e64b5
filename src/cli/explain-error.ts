import { ERRORS, type ErrorCode, ForewarmError, messageOf } from '../core/errors.ts';
import { hideSecrets } from '../core/secrets.ts';
import { programName } from './context.ts';
import { EXIT, type ExitCode, exitCodeOf } from './exit-codes.ts';
import { fold } from './terminal/fold.ts';
import type { Io } from './terminal/io.ts';
import { painter, printable, wantsColour } from './terminal/paint.ts';

/** What to do, where the command line knows better than the table of errors. */
const HINTS: Readonly<Partial<Record<ErrorCode, string>>> = {
  E_CONFIG_INVALID: 'Mend this and look again: `forewarm config check`.',
  E_SELECTOR_INVALID: 'A selector is terms such as: source=profile entities=markets "age>1h"',
  E_REQUEST_INVALID: 'Add --help to see what it takes.',
  E_INTERNAL: 'Run it again with --debug to see where it happened.',
};

/** What there is of the kind of thing that does not exist, by the member of the details that names one. */
const LISTS: Readonly<Record<string, string>> = {
  firstOf: 'Name the run to compare it with: `forewarm runs diff RUN OTHER`.',
  run: 'List what exists: `forewarm runs`.',
  schedule: 'List what exists: `forewarm schedules`.',
  process: 'List what exists: `forewarm processes`.',
  deadLetter: 'List what exists: `forewarm runs dead`.',
  origin: 'List what exists: `forewarm config print`.',
  key: 'Say why nothing is there: `forewarm explain KEY`.',
};

function remedyOf(code: ErrorCode, details: Readonly<Record<string, unknown>> = {}): string {
  const named = code === 'E_NOT_FOUND' ? Object.keys(LISTS).find((name) => name in details) : undefined;
  return (named && LISTS[named]) ?? HINTS[code] ?? ERRORS[code].remedy;
}

interface Manner {
  readonly json: boolean;
  /** Shows where it was thrown. */
  readonly debug: boolean;
}

/** As the words of a command line say, whether they can be read or not. */
export function mannerOf(argv: readonly string[]): Manner {
  return { json: argv.includes('--json'), debug: argv.includes('--debug') };
}

/** Reports an error on stderr: what happened, its code and what to do; with `--json` as one object. Returns the exit code. */
export function explainError(io: Io, thrown: unknown, { json, debug }: Manner): ExitCode {
  const known = thrown instanceof ForewarmError ? thrown : undefined;
  const code = known?.code ?? 'E_INTERNAL';
  // Errors name the program; a person has to call it as it was called now.
  const called = (text: string) => text.replaceAll('`forewarm ', `\`${programName(io.env)} `);
  // Errors of ours are clean already; those of others, and their stacks, quote what they were given.
  const message = called(hideSecrets(messageOf(thrown)));
  const remedy = called(remedyOf(code, known?.details));
  const stack = debug && thrown instanceof Error ? hideSecrets(thrown.stack ?? '') : undefined;
  if (json) {
    const error = {
      code,
      message,
      remedy,
      details: known?.details ?? {},
      ...(stack !== undefined && { stack }),
    };
    io.stderr.write(`${hideSecrets(JSON.stringify({ error }))}\n`);
  } else {
    const paint = painter(wantsColour(io.isTTY, io.env));
    const lines = message.split('\n').map(printable);
    const say = (text: string) => io.stderr.write(`${io.isTTY ? fold(text, io.columns) : text}\n`);
    say(`${paint('red', 'error')} ${code}: ${lines.join('\n')}`);
    say(paint('gray', remedy));
    if (stack !== undefined) io.stderr.write(`${stack}\n`);
  }
  return known === undefined ? EXIT.unexpected : exitCodeOf(known.code);
}
