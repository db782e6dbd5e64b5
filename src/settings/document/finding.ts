/** What is wrong with the configuration, and where. */
import { ForewarmError } from '../../core/errors.ts';
import type { Path, SourcePosition } from './config-node.ts';

export interface Finding {
  readonly place: SourcePosition;
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
export function wordsOfPlace(place: SourcePosition, file: string): string {
  switch (place.from) {
    case 'file': {
      const via = place.variables.length === 0 ? '' : ` (${place.variables.join(', ')})`;
      return `${file}:${place.line}:${place.column}${via}`;
    }
    case 'default':
      return 'default';
    default:
      return place.name;
  }
}

/** All findings in one error, in the order in which they stand in the file. */
export function configError(findings: readonly Finding[], file: string): ForewarmError {
  const problems = [...findings].sort(byPlace).map((finding) => problemOf(finding, file));
  const lines = problems.map(lineOf);
  const message = lines.length === 1 ? lines.join() : [`${lines.length} problems`, ...lines].join('\n  ');
  return new ForewarmError('E_CONFIG_INVALID', message, { details: { file, problems } });
}

function byPlace(one: Finding, other: Finding): number {
  const [a, b] = [positionOf(one.place), positionOf(other.place)];
  return a[0] - b[0] || a[1] - b[1];
}

function positionOf(place: SourcePosition): [number, number] {
  return place.from === 'file' ? [place.line, place.column] : [Number.MAX_SAFE_INTEGER, 0];
}

function problemOf({ place, path, message }: Finding, file: string): Problem {
  const inFile = place.from === 'file';
  return {
    file: inFile || place.from === 'default' ? file : null,
    line: inFile ? place.line : null,
    column: inFile ? place.column : null,
    from: place.from === 'variable' || place.from === 'flag' ? place.name : null,
    path: path.join('.'),
    message,
  };
}

function lineOf({ file, line, column, from, path, message }: Problem): string {
  const where = from ?? (line === null ? file : `${file}:${line}:${column}`);
  return [where, path, message].filter((part) => part !== '').join(': ');
}
