import { on } from 'node:events';
import { type CsvError, type InfoRecord, type Options, type Parser, parse } from 'csv-parse';
import type { Clock } from '../../core/clock.ts';
import { counted } from '../../core/counted.ts';
import { path } from '../../core/options.ts';
import { Breath } from '../../flow/breath.ts';
import { fileVersion } from './file-version.ts';
import type { Form, FormInput } from './form.ts';
import { BadRow, checkCount, doubled, LONGEST_ROW, type Row, type Rows, TOO_LONG_ROW } from './row.ts';
import { textOf } from './text.ts';

export const csvForm: Form = {
  option: path().optional().describe('A CSV file with a header; every column is a param.'),
  asks: false,
  version: ({ place }) => fileVersion(place),
  open: csvRows,
};

/** Any of these ends a row outside of quotes: files that two programs wrote mix them. How many values a row has is judged here. */
const OPTIONS: Options = {
  trim: true,
  skip_empty_lines: true,
  relax_column_count: true,
  record_delimiter: ['\r\n', '\n', '\r'],
};
const DELIMITERS = [',', ';', '\t', '|'] as const;

/**
 * The rows of a CSV file (RFC 4180): the first line names the columns, every row has them all. Spaces around values that are not
 * quoted do not count, and neither do values beyond the header that are empty.
 */
function csvRows(csv: FormInput): Rows {
  return {
    hasHeader: true,
    batches: read(csv),
    columns: async () => named((await openCsv(csv)).header),
    placesOf: (indexes) => linesOf(csv, indexes),
  };
}

interface OpenCsv {
  readonly delimiter: string;
  /** As it stands there; the last names may be empty. */
  readonly header: readonly string[];
}

async function openCsv(csv: FormInput): Promise<OpenCsv> {
  const { delimiter, wanted } = csv;
  const candidates = delimiter === undefined ? DELIMITERS : [delimiter];
  const found: OpenCsv[] = [];
  for (const each of candidates) {
    const header = await headerOf(csv, each);
    if (header === undefined) continue;
    found.push({ delimiter: each, header });
    if (wanted.every((column) => header.includes(column))) break;
  }
  const best = found.findLast(({ header }) => wanted.every((column) => header.includes(column))) ?? found[0];
  if (best === undefined)
    throw new Error(
      'line 1: a quote is not closed, or stands inside a value, or the line is too long to be a header',
    );
  checkHeader(best.header);
  return best;
}

/** Undefined where the first line cannot be taken apart by this delimiter. */
async function headerOf(csv: FormInput, delimiter: string): Promise<string[] | undefined> {
  try {
    // What csv-parse gives without `columns`.
    for await (const [header] of parsed(csv, { ...OPTIONS, delimiter, to: 1 }))
      return (header as string[]).map((name) => name.trim());
    return [];
  } catch (error) {
    if (error instanceof CsvFault) return undefined;
    throw error;
  }
}

/** The names of the columns that have one. */
function named(header: readonly string[]): string[] {
  return header.filter((name) => name !== '');
}

function checkHeader(header: readonly string[]): void {
  checkCount(header.length);
  const last = header.findLastIndex((name) => name !== '');
  const names = header.slice(0, last + 1);
  const bad = names.includes('') ? '' : doubled(names);
  if (bad === undefined) return;
  throw new Error(bad === '' ? 'line 1: a column has no name' : `line 1: column "${bad}" stands twice`);
}

async function* read(csv: FormInput): AsyncGenerator<readonly Row[]> {
  const { delimiter, header } = await openCsv(csv);
  const columns = named(header);
  let isHeader = true;
  for await (const batch of parsed(csv, { ...OPTIONS, delimiter })) {
    // What csv-parse gives without `columns`.
    const records = (isHeader ? batch.slice(1) : batch) as string[][];
    isHeader = false;
    yield records.map((record) => rowOf(columns, record));
  }
}

function rowOf(columns: readonly string[], record: readonly string[]): Row {
  if (record.every((value) => value.trim() === '')) return undefined;
  if (record.length < columns.length) {
    return new BadRow(
      `has ${counted(record.length, 'value')}, and there ${columns.length === 1 ? 'is' : 'are'} ${counted(columns.length, 'column')}`,
    );
  }
  const beyond = record.slice(columns.length).find((value) => value !== '');
  if (beyond !== undefined)
    return new BadRow(
      `a value stands beyond the ${counted(columns.length, 'column')} that ${columns.length === 1 ? 'has' : 'have'} a name`,
    );
  const params: Record<string, string> = {};
  for (let i = 0; i < columns.length; i += 1) params[columns[i] ?? ''] = record[i] ?? '';
  return params;
}

/** Tracking every line number takes as long as reading does, and only errors need one. */
async function linesOf(csv: FormInput, indexes: ReadonlySet<number>): Promise<ReadonlyMap<number, string>> {
  const places = new Map<number, string>();
  const { delimiter } = await openCsv(csv);
  // The header is not a row.
  let index = -1;
  for await (const batch of parsed(csv, { ...OPTIONS, delimiter, info: true })) {
    for (const record of batch) {
      // What csv-parse gives with `info`.
      if (indexes.has(index))
        places.set(index, `line ${(record as { readonly info: InfoRecord }).info.lines}`);
      index += 1;
    }
    if (places.size === indexes.size) break;
  }
  return places;
}

/** Text that is not CSV. */
class CsvFault extends Error {}

/** Whatever has been parsed at a time. */
async function* parsed({ place, encoding, clock }: FormInput, options: Options): AsyncGenerator<unknown[]> {
  const parser = csvStream(textOf(place, encoding), clock, options);
  const readable = on(parser, 'readable', { close: ['end'] });
  try {
    for await (const _ of readable) {
      const batch: unknown[] = [];
      for (let record = parser.read(); record !== null; record = parser.read()) batch.push(record);
      if (batch.length > 0) yield batch;
    }
  } catch (error) {
    throw csvFault(error);
  } finally {
    parser.destroy();
  }
}

/**
 * Lines that are parsed at a time. csv-parse makes an error, with its stack, for every row that has another number of values than the
 * first, also where that is allowed: such a line takes as long as a hundred others.
 */
const LINES = 128;

/** csv-parse over a text that comes in pieces, and ends with the parser. Nobody else waits for long. */
export function csvStream(pieces: AsyncIterable<string>, clock: Clock, options: Options): Parser {
  const parser = parse({ ...options, max_record_size: LONGEST_ROW });
  feed(parser, fewLines(pieces, clock)).catch((error: Error) => parser.destroy(error));
  return parser;
}

/**
 * Writes piece after piece. Unlike `pipe`, it never has the parser take at once what has gathered while nobody read, and writes nothing
 * to one that has ended by itself, which `to` makes it do.
 */
async function feed(parser: Parser, pieces: AsyncIterable<string>): Promise<void> {
  let proceed = () => {};
  parser.once('close', () => proceed());
  for await (const piece of pieces) {
    if (!parser.writable) return;
    await new Promise<void>((resolve) => {
      proceed = resolve;
      parser.write(piece, () => resolve());
    });
  }
  parser.end();
}

/**
 * The same text in pieces of few lines, up to a line that is too long. csv-parse bounds the characters of a row, of which values that
 * are empty have none: a file of commas would be one row of a thousand million values.
 */
async function* fewLines(pieces: AsyncIterable<string>, clock: Clock): AsyncGenerator<string> {
  const breath = new Breath({ clock });
  let line = 1;
  let length = 0;
  for await (const piece of pieces) {
    let [from, given] = [0, 0];
    for (const { index, 0: end } of piece.matchAll(/\r\n|\r|\n/g)) {
      if (length + index - from > LONGEST_ROW) throw new Error(`line ${line}: ${TOO_LONG_ROW}`);
      line += 1;
      length = 0;
      from = index + end.length;
      if (line % LINES !== 0) continue;
      yield piece.slice(given, from);
      given = from;
      if (breath.isDue) await breath.take();
    }
    length += piece.length - from;
    if (length > LONGEST_ROW) throw new Error(`line ${line}: ${TOO_LONG_ROW}`);
    yield piece.slice(given);
  }
}

/** What csv-parse threw, with the line in which it saw it; anything else as it is. */
export function csvFault(error: unknown): unknown {
  if (!isCsvError(error)) return error;
  const why = error.code === 'CSV_MAX_RECORD_SIZE' ? TOO_LONG_ROW : error.message;
  return new CsvFault(`line ${error.lines}: ${why}`, { cause: error });
}

function isCsvError(error: unknown): error is CsvError & { readonly lines: number } {
  return error instanceof Error && 'lines' in error;
}
