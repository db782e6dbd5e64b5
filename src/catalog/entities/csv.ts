import { createReadStream } from 'node:fs';
import { type CsvError, type InfoRecord, type Options, parse } from 'csv-parse';
import type { Params } from '../../core/source.ts';
import type { Row } from './row.ts';

const OPTIONS: Options = { bom: true, trim: true, skip_empty_lines: true };

/**
 * The rows of a CSV file (RFC 4180, in UTF-8): the first line names the columns, every row has them all. Spaces around
 * values that are not quoted do not count.
 */
export async function* csvRows(file: string): AsyncGenerator<Row> {
  const records = read(file, { ...OPTIONS, columns: checkedHeader, info: true });
  for await (const record of records) {
    // What csv-parse gives with `columns` and `info`.
    const { record: params, info } = record as { record: Params; info: InfoRecord };
    yield { params, place: `line ${info.lines}` };
  }
}

/** The names in the first line, without reading on. */
export async function csvColumns(file: string): Promise<string[]> {
  for await (const header of read(file, { ...OPTIONS, to: 1 })) {
    // What csv-parse gives without `columns`.
    return checkedHeader(header as string[]);
  }
  return [];
}

async function* read(file: string, options: Options): AsyncGenerator<unknown> {
  const input = createReadStream(file);
  const parser = parse(options);
  input.on('error', (error) => parser.destroy(error));
  try {
    yield* input.pipe(parser);
  } catch (error) {
    throw isCsvError(error) ? new Error(`line ${error.lines}: ${error.message}`, { cause: error }) : error;
  } finally {
    input.destroy();
  }
}

function isCsvError(error: unknown): error is CsvError & { readonly lines: number } {
  return error instanceof Error && 'lines' in error;
}

function checkedHeader(header: readonly string[]): string[] {
  const names = header.map((name) => name.trim());
  const bad = names.find((name, i) => name === '' || names.indexOf(name) !== i);
  if (bad === undefined) return names;
  throw new Error(bad === '' ? 'line 1: a column has no name' : `line 1: column "${bad}" stands twice`);
}
