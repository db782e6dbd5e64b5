/** What is wrong with the configuration, and where. */
import { ForewarmError } from '../../core/errors.ts';
import { hideKnown } from '../../core/known-secrets.ts';
import type { Path, SourcePosition } from './config-node.ts';

export interface Finding {
  readonly position: SourcePosition;
  readonly path: Path;
  readonly message: string;
}

/** A finding, as it stands in `details.problems` of an E_CONFIG_INVALID. */
export interface Problem {
  /** Null, as are line and column, when the value came from a variable or a flag. */
  readonly file: string | null;
  readonly line: number | null;
  readonly column: number | null;
  /** The variable or flag; null for the file. */
  readonly from: string | null;
  /** Dotted; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
}

/** Where something is from, in words. */
export function wordsOfPosition(position: SourcePosition, file: string): string {
  switch (position.from) {
    case 'file': {
      const via = position.variables.length === 0 ? '' : ` (${position.variables.join(', ')})`;
      return `${file}:${position.line}:${position.column}${via}`;
    }
    case 'default':
      return 'default';
    default:
      return position.name;
  }
}

/** Problems that one error names; one mistake can be thousands of them. */
const MOST_NAMED = 200;

/** All findings in one error, in the order in which they stand in the file, without these secrets. */
export function configError(
  findings: readonly Finding[],
  file: string,
  secrets: readonly string[] = [],
): ForewarmError {
  const all = [...findings].sort(byPosition);
  const problems = all
    .slice(0, MOST_NAMED)
    .map((finding) => problemOf({ ...finding, message: hideKnown(finding.message, secrets) }, file));
  const lines = problems.map(lineOf);
  const more = all.length > MOST_NAMED ? [`and ${all.length - MOST_NAMED} more`] : [];
  const message =
    lines.length === 1 ? lines.join() : [`${all.length} problems`, ...lines, ...more].join('\n  ');
  return new ForewarmError('E_CONFIG_INVALID', message, { details: { file, problems } });
}

function byPosition(one: Finding, other: Finding): number {
  const [a, b] = [orderOf(one.position), orderOf(other.position)];
  return a[0] - b[0] || a[1] - b[1];
}

function orderOf(position: SourcePosition): [number, number] {
  return position.from === 'file' ? [position.line, position.column] : [Number.MAX_SAFE_INTEGER, 0];
}

function problemOf({ position, path, message }: Finding, file: string): Problem {
  const inFile = position.from === 'file';
  return {
    file: inFile || position.from === 'default' ? file : null,
    line: inFile ? position.line : null,
    column: inFile ? position.column : null,
    from: position.from === 'variable' || position.from === 'flag' ? position.name : null,
    path: path.join('.'),
    message,
  };
}

function lineOf({ file, line, column, from, path, message }: Problem): string {
  const where = from ?? (line === null ? file : `${file}:${line}:${column}`);
  return [where, path, message].filter((part) => part !== '').join(': ');
}
