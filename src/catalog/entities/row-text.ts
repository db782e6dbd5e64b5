/** Rows out of a text that somebody hands over: a table, JSON, or one name a line. All of it is in memory. */
import { parse } from 'csv-parse/sync';

export const ROW_FORMATS = ['csv', 'json', 'lines'] as const;
export type RowFormat = (typeof ROW_FORMATS)[number];

export interface PlacedRow {
  /** A row is an object of a table or of JSON; a line is its text. */
  readonly row: unknown;
  /** Where it stands; the first line is 1. */
  readonly line: number;
}

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

/** Throws an error that names the line. */
export function rowsOfText(text: string, format: RowFormat): PlacedRow[] {
  if (format === 'csv') return tableRows(text);
  if (format === 'json') return /^\s*\[/.test(text) ? listRows(text) : lineRows(text, JSON.parse);
  return lineRows(text, (line) => line);
}

/** The columns of a line, when it has more than one. */
export function columnsOfLine(line: string): readonly string[] | undefined {
  const { names } = headerOf(line);
  return names.length > 1 ? names : undefined;
}

function headerOf(text: string): { readonly delimiter: string; readonly names: readonly string[] } {
  const [first = ''] = text.trimStart().split(/\r?\n/, 1);
  const counts = DELIMITERS.map((delimiter) => first.split(delimiter).length);
  const delimiter = DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ',';
  return { delimiter, names: first.split(delimiter).map((name) => name.trim().replaceAll('"', '')) };
}

function tableRows(text: string): PlacedRow[] {
  const { delimiter, names } = headerOf(text);
  const twice = names.find((name, i) => name !== '' && names.indexOf(name) !== i);
  if (twice !== undefined) throw new Error(`line 1: column "${twice}" stands twice`);
  const options = {
    bom: true,
    trim: true,
    skip_empty_lines: true,
    columns: true,
    info: true,
    delimiter,
  } as const;
  try {
    // What csv-parse gives with `columns` and `info`.
    const found = parse(text, options) as unknown as { record: unknown; info: { lines: number } }[];
    return found.map(({ record, info }) => ({ row: record, line: info.lines }));
  } catch (error) {
    const line = error instanceof Error && 'lines' in error ? `line ${error.lines}: ` : '';
    throw new Error(`${line}${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

/** The line is that of the list: where its items stand is not told. */
function listRows(text: string): PlacedRow[] {
  const list: unknown = JSON.parse(text);
  if (!Array.isArray(list)) throw new Error('it is not a list');
  return list.map((row: unknown, i) => ({ row, line: i + 1 }));
}

function lineRows(text: string, read: (line: string) => unknown): PlacedRow[] {
  const rows: PlacedRow[] = [];
  for (const [i, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '') continue;
    try {
      rows.push({ row: read(line), line: i + 1 });
    } catch (cause) {
      throw new Error(`line ${i + 1}: it is not JSON`, { cause });
    }
  }
  return rows;
}
