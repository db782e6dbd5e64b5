/** The rows or keys of a warm, out of what somebody pipes, uploads or has in a file. */

import {
  columnsOfLine,
  formatOf,
  type PlacedRow,
  ROW_FORMATS,
  type RowFormat,
  rowsOfText,
} from '../../catalog/entities/row-text.ts';
import type { WrongPlace } from '../../core/argument-words.ts';
import type { Clock } from '../../core/clock.ts';
import { counted } from '../../core/counted.ts';
import { isDoubled } from '../../core/doubled-member.ts';
import { ForewarmError, messageOf } from '../../core/errors.ts';
import { quote } from '../../core/quote.ts';
import type { Source } from '../../core/source.ts';
import { textOfBytes } from '../../core/text.ts';
import { formatSize } from '../../core/units.ts';
import { Breath } from '../../flow/breath.ts';
import { parseInSlices } from '../../flow/json-in-slices.ts';
import { linesOf } from '../maintenance/ndjson.ts';
import { MOST_NAMED, type WarmRequest } from './warm-request.ts';

export { ROW_FORMATS, type RowFormat };

/** Of the whole input, in bytes. */
const LARGEST = 64 * 2 ** 20;
/** Of one row or key, in bytes. */
const LONGEST_LINE = 2 ** 20;

export interface WarmInputOptions {
  /** For messages, and for the format, by its ending. */
  readonly name: string;
  /** Undefined: every line is a key. */
  readonly source: Pick<Source, 'name' | 'key'> | undefined;
  readonly format?: RowFormat | undefined;
}

export interface WarmInput {
  readonly which: Pick<WarmRequest, 'source' | 'rows' | 'keys'>;
  /** The error of a verb that refused some of them, with lines of the input in place of indexes. */
  readonly located: (error: unknown) => unknown;
}

/** Rejects with `E_REQUEST_INVALID`, naming the line, and with `E_TOO_LARGE`. */
export async function readWarmInput(
  input: AsyncIterable<Uint8Array>,
  { name, source, format }: WarmInputOptions,
  clock: Clock,
): Promise<WarmInput> {
  const text = decode(name, await whole(name, input));
  const columns = source?.key.names ?? [];
  const form = format ?? (source === undefined ? 'lines' : formatOf(name, text, columns));
  const placed = await read(name, text, form, clock);
  if (placed.length === 0) throw invalid(`"${name}" holds no ${source === undefined ? 'key' : 'row'}`);
  if (placed.length > MOST_NAMED) throw tooMany(`"${name}"`);
  const ids = format === undefined && form === 'lines' ? placed.map(withoutQuotes) : placed;
  const which = whichOf(name, form, source, ids);
  if (format === undefined && form === 'lines' && source !== undefined)
    refuseTable(name, columns, ids, new Set(placed));
  return { which, located: (error) => located(name, placed, error) };
}

function whichOf(
  name: string,
  form: RowFormat,
  source: WarmInputOptions['source'],
  placed: readonly PlacedRow[],
): WarmInput['which'] {
  const all = placed.map(({ row }) => row);
  // Both are checked by the verb, one by one.
  if (source === undefined) return { keys: all as string[] };
  if (form !== 'lines') return { source: source.name, rows: all as NonNullable<WarmRequest['rows']> };
  const [param, ...more] = source.key.names;
  if (param === undefined || more.length > 0) {
    const names = source.key.names.join(', ') || 'none';
    throw invalid(
      `"${name}" has one name a line, but keys of source "${source.name}" have these params: ${names}; ` +
        'give a CSV file whose first line names them, or JSON lines',
    );
  }
  return { source: source.name, rows: all.map((id) => ({ [param]: id as string })) };
}

/** A file of one column, as tables are saved, may have each of its ids in quotes. `--format lines` takes lines as they are. */
function withoutQuotes(placed: PlacedRow): PlacedRow {
  const inside = /^"((?:[^"]|"")*)"$/.exec(String(placed.row))?.[1];
  return inside === undefined ? placed : { ...placed, row: inside.replaceAll('""', '"') };
}

/** What is taken for ids only because its first line does not name the param may be a table whose header is wrong. */
function refuseTable(
  name: string,
  [param = '']: readonly string[],
  placed: readonly PlacedRow[],
  plain: ReadonlySet<PlacedRow>,
): void {
  const header = String(placed[0]?.row);
  if (header !== param && header.toLowerCase() === param.toLowerCase()) {
    throw invalid(
      `"${name}" line ${placed[0]?.line} is ${quote(header)}: write "${param}" if it names the column, or say --format lines if it is an id`,
    );
  }
  for (const one of placed) {
    // What was in quotes is one id, whatever is in it.
    if (!plain.has(one)) continue;
    const { row, line } = one;
    const columns = columnsOfLine(String(row));
    if (columns === undefined) continue;
    const shown = `${columns.slice(0, 3).map(quote).join(', ')}${columns.length > 3 ? ', …' : ''}`;
    throw invalid(
      `"${name}" line ${line} has ${counted(columns.length, 'column')} (${shown}), and the first line names no column "${param}": ` +
        'name it there, or say --format lines if each line is one id',
    );
  }
}

/**
 * The rows of JSON lines as they arrive, or, without a source, keys as JSON texts. Rejects with `E_REQUEST_INVALID`, naming the
 * line, and with `E_TOO_LARGE` before too much is in memory.
 */
export async function readWarmLines(
  input: AsyncIterable<Uint8Array>,
  source: string | undefined,
  clock: Clock,
): Promise<WarmInput['which']> {
  const all: unknown[] = [];
  for await (const { number, text } of linesOf(bounded(input), LONGEST_LINE)) {
    if (all.length === MOST_NAMED) throw tooMany('the body');
    try {
      all.push(await parseInSlices(text, { breath: new Breath({ clock }), once: true }));
    } catch (cause) {
      if (isDoubled(cause)) throw invalid(`line ${number}: ${cause.message}`, cause);
      throw invalid(
        `line ${number} is not JSON: send one ${source === undefined ? 'text' : 'object'} a line`,
        cause,
      );
    }
  }
  // Both are checked by the verb, one by one.
  if (source === undefined) return { keys: all as string[] };
  return { source, rows: all as NonNullable<WarmRequest['rows']> };
}

async function* bounded(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const part of input) {
    bytes += part.byteLength;
    if (bytes > LARGEST)
      throw new ForewarmError('E_TOO_LARGE', `the body is larger than ${formatSize(LARGEST)}`);
    yield part;
  }
}

function tooMany(name: string): ForewarmError {
  return new ForewarmError(
    'E_TOO_LARGE',
    `${name} has more than ${counted(MOST_NAMED, 'row')}; split it into several`,
  );
}

async function whole(name: string, input: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of input) {
    bytes += part.byteLength;
    if (bytes > LARGEST)
      throw new ForewarmError('E_TOO_LARGE', `"${name}" is larger than ${formatSize(LARGEST)}; split it`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function decode(name: string, bytes: Uint8Array): string {
  try {
    return textOfBytes(bytes);
  } catch (cause) {
    throw invalid(`"${name}" cannot be read: ${messageOf(cause)}, such as with iconv -t UTF-8`, cause);
  }
}

async function read(name: string, text: string, form: RowFormat, clock: Clock): Promise<PlacedRow[]> {
  try {
    return await rowsOfText(text, form, { clock, most: MOST_NAMED });
  } catch (cause) {
    throw invalid(`"${name}" cannot be read as ${form}: ${messageOf(cause)}`, cause);
  }
}

function located(name: string, placed: readonly PlacedRow[], error: unknown): unknown {
  if (!(error instanceof ForewarmError) || !Array.isArray(error.details.errors)) return error;
  // As `refused` makes them.
  const places = error.details.errors as readonly WrongPlace[];
  let message = error.message;
  for (const { place } of places) {
    const line = placed[Number(/^(?:rows|keys)\.(\d+)$/.exec(place)?.[1] ?? -1)]?.line;
    if (line !== undefined) message = message.replace(`${place}: `, `${name} line ${line}: `);
  }
  return new ForewarmError(error.code, message, { details: error.details, cause: error });
}

function invalid(message: string, cause?: unknown): ForewarmError {
  return new ForewarmError('E_REQUEST_INVALID', message, { cause });
}
