import { on } from 'node:events';
import { createReadStream } from 'node:fs';
import { type CsvError, type InfoRecord, type Options, parse } from 'csv-parse';
import type { Params } from '../../core/source.ts';
import type { Rows } from './row.ts';

const OPTIONS: Options = { bom: true, trim: true, skip_empty_lines: true };

/**
 * The rows of a CSV file (RFC 4180, in UTF-8): the first line names the columns, every row has them all. Spaces around
 * values that are not quoted do not count.
 */
export function csvRows(file: string): Rows {
  return {
    // What csv-parse gives with `columns`.
    batches: read(file, { ...OPTIONS, columns: checkedHeader }) as AsyncGenerator<Params[]>,
    placeOf: (index) => lineOf(file, index),
  };
}

/** The names in the first line, without reading on. */
export async function csvColumns(file: string): Promise<string[]> {
  for await (const [header] of read(file, { ...OPTIONS, to: 1 })) {
    // What csv-parse gives without `columns`.
    return checkedHeader(header as string[]);
  }
  return [];
}

/** Tracking every line number takes as long as reading does, and only errors need one. */
async function lineOf(file: string, index: number): Promise<string> {
  let first = 0;
  for await (const batch of read(file, { ...OPTIONS, columns: checkedHeader, info: true })) {
    const record = batch[index - first];
    first += batch.length;
    // What csv-parse gives with `columns` and `info`.
    if (record !== undefined) return `line ${(record as { readonly info: InfoRecord }).info.lines}`;
  }
  return `row ${index + 1}`;
}

/** Whatever has been parsed at a time. */
async function* read(file: string, options: Options): AsyncGenerator<unknown[]> {
  const input = createReadStream(file);
  const parser = parse(options);
  input.on('error', (error) => parser.destroy(error));
  const readable = on(parser, 'readable', { close: ['end'] });
  input.pipe(parser);
  try {
    for await (const _ of readable) {
      const batch: unknown[] = [];
      for (let record = parser.read(); record !== null; record = parser.read()) batch.push(record);
      if (batch.length > 0) yield batch;
    }
  } catch (error) {
    throw isCsvError(error) ? new Error(`line ${error.lines}: ${error.message}`, { cause: error }) : error;
  } finally {
    input.destroy();
    parser.destroy();
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
