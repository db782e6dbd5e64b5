/** What a fuzzed parser or decoder is, for the lists in `parsers/`. */
import { ForewarmError, OriginError } from '../../../src/core/errors.ts';

export interface Parser {
  readonly name: string;
  /** What it takes: inputs are made by spoiling these. */
  readonly examples: readonly string[];
  /** Inputs that once were faults (took long, ended in an error of others, or in one without end): tried as they are. */
  readonly worst?: readonly string[];
  /** Reads one input. Throws, or rejects, where the input is refused. */
  readonly read: (input: string) => unknown;
  /** The errors by which it refuses, beside those of Forewarm. */
  readonly refuses?: readonly ErrorClass[];
  /** How many characters its callers let through, where that is less than `LONGEST`. */
  readonly longest?: number;
}

type ErrorClass = new (...args: never[]) => Error;

/** Characters of the largest inputs. */
export const LONGEST = 1_000_000;

/** Parts of an input for a parser of several texts. */
const SEPARATOR = '\u001f';

export function joined(...parts: readonly string[]): string {
  return parts.join(SEPARATOR);
}

/** The part at an index; '' where the input has fewer. */
export function partsOf(input: string): (index: number) => string {
  const parts = input.split(SEPARATOR);
  return (index) => parts[index] ?? '';
}

/** Bytes of an input: inputs without characters beyond one byte stand for bytes. */
export function bytesOf(input: string): Buffer {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all characters of one byte are meant
  return Buffer.from(input, /^[\u0000-\u00ff]*$/.test(input) ? 'latin1' : 'utf8');
}

/** Bytes as an example. */
export function exampleOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** Whether a parser may refuse by this error. */
export function isOurs(error: unknown, { refuses = [] }: Parser): boolean {
  if (error instanceof OriginError) return true;
  if (error instanceof ForewarmError) return error.code !== 'E_INTERNAL';
  return refuses.some((kind) => error instanceof kind);
}
