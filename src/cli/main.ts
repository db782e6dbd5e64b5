/**
 * The command line. `run` is what `bin/forewarm.mjs` calls; `main` is the same without a process of its own, for tests.
 *
 * `program.ts` lists the commands, in the order and under the headings of the help. One file of `commands/` is one command: its
 * options, its examples and exit codes, and what it does in a `Context` (streams, flags, output, signals). Most compose an app
 * without roles (`withApp`), call one verb, and show the result; `serve.ts` runs the services of roles until a signal. `reports/`
 * shows results, `terminal/` knows streams, tables, bars and colours. `docs/cli.md` is generated from the same commands.
 *
 * What must stay true:
 * - Results go to stdout, everything else to stderr; with `--json`, stdout carries nothing but JSON.
 * - Exit codes are a promise to scripts (`exit-codes.ts`); every error ends in `explainError`, and no stack is shown unasked.
 * - What is thrown where no call waits for it ends the command as a signal does, with a message (`uncaught.ts`).
 * - The first signal asks a command to stop in its own way; the second ends it at once.
 * - What comes from origins and keys is made printable before it reaches a terminal.
 */
import { writeSync } from 'node:fs';
import { CommanderError } from 'commander';
import { ForewarmError } from '../core/errors.ts';
import type { Act } from './command.ts';
import type { CommonFlags } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { explainError, mannerOf } from './explain-error.ts';
import { buildProgram } from './program.ts';
import { Delivery } from './terminal/delivery.ts';
import { Interrupts } from './terminal/interrupts.ts';
import type { CliDeps, Io } from './terminal/io.ts';
import { Output } from './terminal/output.ts';
import { processIo } from './terminal/process-io.ts';
import { ShownTime } from './terminal/shown-time.ts';
import { secretsOf, uncaughtError } from './uncaught.ts';

/** Help is never wider, so that its lines stay readable. */
const WIDEST_HELP = 100;

/** Runs one command line; returns the exit code, and never throws. */
export async function main(argv: readonly string[], io: Io, deps: CliDeps): Promise<number> {
  const ended = Promise.withResolvers<number>();
  const interrupts = new Interrupts(
    io,
    (reason) => ended.resolve(reason === 'SIGPIPE' ? EXIT.unread : EXIT.interrupted),
    (error) => void explainError(io, error, mannerOf(argv)),
  );
  const secrets: string[] = [];
  const loadSettings: CliDeps['loadSettings'] = async (options) => {
    const settings = await deps.loadSettings(options);
    secrets.push(...secretsOf(settings));
    return settings;
  };
  // It is for roles, and would end whatever does not listen.
  const stopIgnoring = io.onDebugSignal(() => {});
  const stopListening = io.onUncaught((thrown) => interrupts.fail(uncaughtError(thrown, secrets)));
  runCommand(argv, io, { ...deps, loadSettings }, interrupts).then(ended.resolve, ended.reject);
  try {
    const code = await ended.promise;
    return interrupts.hasFailed ? EXIT.unexpected : code;
  } finally {
    stopListening();
    stopIgnoring();
    interrupts.close();
  }
}

async function runCommand(
  argv: readonly string[],
  io: Io,
  deps: CliDeps,
  interrupts: Interrupts,
): Promise<number> {
  const manner = mannerOf(argv);
  let code: number = EXIT.ok;
  const act: Act = async (body) => {
    const flags = program.opts<CommonFlags>();
    const [out, time] = [new Output(io, flags.json ?? false), new ShownTime(io.clock)];
    code = await body({ io, deps, flags, out, interrupts, time });
  };
  const program = buildProgram({
    act,
    stdout: (text) => io.stdout.write(text),
    stderr: (text) => manner.json || io.stderr.write(text),
    width: Math.min(io.columns, WIDEST_HELP),
    commonFlagsInHelp: true,
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
    if (!(error instanceof CommanderError)) return explainError(io, error, manner);
    if (manner.json) explainError(io, asUsage(error), manner);
    return EXIT.usage;
  }
}

function asUsage(error: CommanderError): ForewarmError {
  return new ForewarmError('E_REQUEST_INVALID', error.message.replace(/^error: /, ''), { cause: error });
}

/** Runs the command line of this process and ends it. Modules are loaded when a command needs them. */
export async function run(): Promise<never> {
  // Timers of the clock keep no process alive, and a command may wait for nothing else.
  setInterval(() => {}, 2 ** 30);
  const delivery = new Delivery([process.stdout, process.stderr], sayLost);
  const io = processIo();
  const code = await main(process.argv.slice(2), io, {
    loadSettings: async (options) => (await import('../settings/load.ts')).loadSettings(options),
    surveyOf: async (settings, clock, onWait) => {
      const { timeZone: timezone } = new Intl.DateTimeFormat().resolvedOptions();
      return (await import('../settings/checks/survey.ts')).surveyOf(settings, { clock, timezone, onWait });
    },
    settingsSchema: async () => (await import('../settings/shape/json-schema.ts')).settingsJsonSchema(),
    compose: async (options) => (await import('../app/compose.ts')).compose(options),
  });
  // A bar that was cut short has left the terminal without line wrapping.
  if (io.isTTY) io.stderr.write('\u001b[?7h');
  process.exit(await delivery.codeOf(code));
}

/** At once: the process ends. Its own stderr may be what cannot be written. */
function sayLost(words: string): void {
  try {
    writeSync(process.stderr.fd, words);
  } catch {
    // Then the exit code says it alone.
  }
}
