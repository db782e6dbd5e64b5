/** Rows out of a text that somebody hands over: a table, JSON, or one name a line. All of it is in memory. */

import type { InfoRecord } from 'csv-parse';
import type { Clock } from '../../core/clock.ts';
import { count } from '../../core/counted.ts';
import { isDoubled, refuseDoubled } from '../../core/doubled-member.ts';
import { parseExactly, textOfScalar } from '../../core/exact-json.ts';
import { quote } from '../../core/quote.ts';
import { Breath } from '../../flow/breath.ts';
import { csvFault, csvStream } from './csv.ts';
import { JsonRows } from './json-rows.ts';
import { checkCount, doubled, LONGEST_ROW, MOST_COLUMNS } from './row.ts';

export const ROW_FORMATS = ['csv', 'json', 'lines'] as const;
export type RowFormat = (typeof ROW_FORMATS)[number];

export interface PlacedRow {
  /** A row is an object of a table or of JSON; a line is its text. */
  readonly row: unknown;
  /** Where it stands; the first line is 1. */
  readonly line: number;
}

/** Characters that are read at a time, and lines: in a few ms. */
const SLICE = 65_536;
const LINES = 64;

/** Columns may be separated by any of these: by the one that the first line has most of. */
const DELIMITERS = [',', ';', '\t', '|'] as const;

const BY_ENDING: Readonly<Record<string, RowFormat>> = {
  csv: 'csv',
  tsv: 'csv',
  json: 'json',
  jsonl: 'json',
  ndjson: 'json',
  txt: 'lines',
};

/** By the ending of the file's name, else by its beginning: a table is one whose first line names every one of `columns`. */
export function formatOf(file: string, text: string, columns: readonly string[]): RowFormat {
  const byEnding = BY_ENDING[/\.([a-z]+)$/i.exec(file)?.[1]?.toLowerCase() ?? ''];
  if (byEnding !== undefined) return byEnding;
  if (/^\s*[[{]/.test(text)) return 'json';
  const header = headerOf(text);
  const isTable = columns.length > 0 && columns.every((column) => header.names.includes(column));
  return isTable ? 'csv' : 'lines';
}

export interface ReadingOptions {
  readonly clock: Clock;
  /** Rows after which nothing more is read: there is one more then, to tell. */
  readonly most: number;
}

/** The rows, read in slices. Rejects with an error that names the line. */
export function rowsOfText(text: string, format: RowFormat, options: ReadingOptions): Promise<PlacedRow[]> {
  if (format === 'csv') return tableRows(text, options);
  if (format === 'lines') return lineRows(text, (line) => line, options);
  return /^\s*\[/.test(text) ? listRows(text, options) : lineRows(text, exactRow, options);
}

/** A row of JSON. Ids of 64 bits are numbers in many a file: they are taken as they are written. */
function exactRow(text: string): unknown {
  const row = parseExactly(text);
  refuseDoubled(text, row);
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return row;
  const members = Object.entries(row).map(([name, value]) => {
    return [name, textOfScalar(value) ?? value] as const;
  });
  return Object.fromEntries(members);
}

/** The columns of a line, when it has more than one. */
export function columnsOfLine(line: string): readonly string[] | undefined {
  const { names } = headerOf(line);
  return names.length > 1 ? names : undefined;
}

function headerOf(text: string): { readonly delimiter: string; readonly names: readonly string[] } {
  const [first = ''] = text.slice(0, LONGEST_ROW).trimStart().split(/\r?\n/, 1);
  const counts = DELIMITERS.map((delimiter) => first.split(delimiter, MOST_COLUMNS + 1).length);
  const delimiter = DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ',';
  const names = first.split(delimiter, MOST_COLUMNS + 1);
  return { delimiter, names: names.map((name) => name.trim().replaceAll('"', '')) };
}

async function tableRows(text: string, { clock, most }: ReadingOptions): Promise<PlacedRow[]> {
  const { delimiter, names } = headerOf(text);
  checkCount(names.length);
  const twice = doubled(names.filter((name) => name !== ''));
  if (twice !== undefined) throw new Error(`line 1: column ${quote(twice)} stands twice`);
  const parser = csvStream(slicesOf(text, clock), clock, {
    bom: true,
    trim: true,
    skip_empty_lines: true,
    columns: true,
    info: true,
    delimiter,
  });
  const rows: PlacedRow[] = [];
  try {
    // What csv-parse gives with `columns` and `info`.
    for await (const { record, info } of parser as AsyncIterable<{ record: unknown; info: InfoRecord }>) {
      rows.push({ row: record, line: info.lines });
      if (rows.length > most) break;
    }
    return rows;
  } catch (error) {
    throw csvFault(error);
  }
}

async function* slicesOf(text: string, clock: Clock): AsyncGenerator<string> {
  const breath = new Breath({ clock });
  for (let from = 0; from < text.length; from += SLICE) {
    yield text.slice(from, from + SLICE);
    if (breath.isDue) await breath.take();
  }
}

/** The line is that of the list: where its items stand is not told. */
async function listRows(text: string, { clock, most }: ReadingOptions): Promise<PlacedRow[]> {
  const items = new JsonRows(exactRow);
  const rows: PlacedRow[] = [];
  for await (const slice of slicesOf(text, clock)) {
    for (const row of items.take(slice)) {
      rows.push({ row, line: rows.length + 1 });
      if (rows.length > most) return rows;
    }
  }
  items.end();
  return rows;
}

async function lineRows(
  text: string,
  read: (line: string) => unknown,
  { clock, most }: ReadingOptions,
): Promise<PlacedRow[]> {
  const rows: PlacedRow[] = [];
  const breath = new Breath({ clock });
  let from = 0;
  for (let number = 1; from < text.length && rows.length <= most; number += 1) {
    const end = text.indexOf('\n', from);
    const line = text.slice(from, end === -1 ? text.length : end).trim();
    from = end === -1 ? text.length : end + 1;
    if (line !== '') rows.push({ row: readLine(line, number, read), line: number });
    if (number % LINES === 0 && breath.isDue) await breath.take();
  }
  return rows;
}

function readLine(line: string, number: number, read: (line: string) => unknown): unknown {
  if (line.length > LONGEST_ROW)
    throw new Error(`line ${number}: it has more than ${count(LONGEST_ROW)} characters`);
  try {
    return read(line);
  } catch (cause) {
    const why = isDoubled(cause) ? cause.message : 'it is not JSON';
    throw new Error(`line ${number}: ${why}`, { cause });
  }
}
