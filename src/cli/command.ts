import { type Command, InvalidArgumentError, type Option } from 'commander';
import type { z } from 'zod';
import { type SilentTier, silenceOf } from '../core/answer.ts';
import { ForewarmError } from '../core/errors.ts';
import { readWith } from '../core/read-with.ts';
import { formatSelector, parseSelector } from '../core/selector/selector-grammar.ts';
import { parseDuration, parseShare, parseSize, UnitError } from '../core/units.ts';
import { writtenTimeOf } from '../core/written-time.ts';
import { why } from '../verbs/shapes.ts';
import type { Context } from './context.ts';
import { EXIT, EXIT_MEANINGS, type ExitCode } from './exit-codes.ts';

/** Runs what a command does, in its context; what it returns becomes the exit code. */
export type Act = (body: (context: Context) => Promise<ExitCode>) => Promise<void>;

/** Adds a command to its parent. */
export type Define = (parent: Command, act: Act) => void;

interface Help {
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  /** Exit codes besides 0, 1 and 2, which every command has. */
  readonly exits?: readonly ExitCode[];
  /** What codes mean for this command, where that is more than for all. */
  readonly means?: Readonly<Partial<Record<ExitCode, string>>>;
}

/** Adds examples and exit codes below a command's help. */
export function explain(command: Command, { examples, exits = [], means = {} }: Help): Command {
  const longest = Math.max(...examples.map(([line]) => line.length));
  const codes = [...new Set([EXIT.ok, EXIT.unexpected, EXIT.usage, ...exits])].sort((a, b) => a - b);
  const lines = [
    '',
    'Examples:',
    ...examples.map(([line, meaning]) => `  ${line.padEnd(longest)}  # ${meaning}`),
    '',
    'Exit codes:',
    ...codes.map((code) => `  ${code}  ${means[code] ?? EXIT_MEANINGS[code]}`),
  ];
  return command.addHelpText('after', lines.join('\n'));
}

export const SELECTOR_HELP =
  'which keys: terms such as source=profile entities=markets temperature=hot prefix=profile:5 "age>1h"; none is everything configured';

/** The canonical text of a selector's words. Throws E_SELECTOR_INVALID. */
export function selectorText(terms: readonly string[]): string {
  return formatSelector(parseSelector(terms));
}

/** A whole number that is at least `least`, for an option. */
export function whole(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isSafeInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`It must be a whole number of at least ${least}.`);
  };
}

/** Reads what is written with a unit; where it is written otherwise, `advice` says how. */
function withUnit(parse: (text: string) => number, advice: string): (text: string) => number {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof UnitError)) throw error;
      throw new InvalidArgumentError(advice);
    }
  };
}

/** Milliseconds, for an option. */
export const durationOption = withUnit(
  parseDuration,
  'Write a number and a unit, such as 30s, 10m or 1h30m.',
);

/** Bytes, for an option. */
export const sizeOption = withUnit(parseSize, 'Write a number and a unit, such as 512B, 64KB or 2MB.');

/** A share from 0 to 1, for an option. */
export const shareOption = withUnit(parseShare, 'Write a share from 0% to 100%, such as 99% or 0.99.');

/** For the help of options that take a time. */
export const OF_SCHEDULE = ' (without Z or +01:00: of the time zone of the schedule)';

/** A time, for an option; the text inside. One that names no time zone is of the schedule that it is for. */
export function writtenTime(text: string): string {
  if (writtenTimeOf(text.trim()) !== undefined) return text.trim();
  throw new InvalidArgumentError(
    'Write a time in ISO 8601, such as 2027-03-13T12:00:00Z or 2027-03-13T06:00.',
  );
}

/** The flag of each command that changes something. */
export function whyOption(command: Command): Command {
  return command.option('--why <text>', 'a note for people, kept on record', (text) => {
    const { success, data, error } = readWith(why(), text);
    if (success) return data;
    throw new InvalidArgumentError(`It ${error.issues[0]?.message ?? 'is wrong'}.`);
  });
}

/** The value of that flag. */
export interface WhyFlag {
  readonly why?: string | undefined;
}

/** What flags ask for, by the schema of the verb. Throws `E_REQUEST_INVALID` that names the flag. */
export function requested<T>(schema: z.ZodType<T>, wanted: unknown): T {
  const { success, data, error } = readWith(schema, wanted);
  if (success) return data;
  const [issue] = error.issues;
  throw new ForewarmError('E_REQUEST_INVALID', `--${issue?.path.join('.')} ${issue?.message ?? 'is wrong'}`);
}

/** Gathers a repeatable `path=value`. */
export function assignment(text: string, before: readonly string[] = []): string[] {
  if (!/^[^=\s]+=/.test(text)) {
    throw new InvalidArgumentError('Write path=value, such as tiers.memory.maxSize=512MB.');
  }
  const path = text.slice(0, text.indexOf('=') + 1);
  if (before.some((other) => other.startsWith(path))) throw twice();
  return [...before, text];
}

/** Makes every option with one value be refused where it is given twice, in all commands: the last one would win silently. */
export function refuseTwice(command: Command): void {
  for (const option of command.options.filter(takesOne)) {
    const read = option.parseArg;
    option.argParser((text, earlier) => {
      if (command.getOptionValueSource(option.attributeName()) === 'cli') throw twice();
      return read === undefined ? text : read(text, earlier);
    });
  }
  for (const below of command.commands) refuseTwice(below);
}

function takesOne({ required, variadic, parseArg }: Option): boolean {
  return required && !variadic && parseArg !== assignment;
}

function twice(): InvalidArgumentError {
  return new InvalidArgumentError('It is given twice; give it once.');
}

/** For something that does not exist. */
export function notFound(message: string, details: Readonly<Record<string, unknown>>): ForewarmError {
  return new ForewarmError('E_NOT_FOUND', message, { details });
}

/** For what may be there: the tiers that could say so did not answer. */
export function unavailable(key: string, tiers: readonly SilentTier[]): ForewarmError {
  return new ForewarmError(
    'E_TIER_UNAVAILABLE',
    `whether there is a value under "${key}" is not known: ${silenceOf(tiers)}`,
    { details: { key, tiers } },
  );
}
