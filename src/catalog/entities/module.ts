import { pathToFileURL } from 'node:url';
import { paramsFrom, type Row } from './row.ts';

/**
 * The rows that a user's ES module gives: it exports `rows()`, which answers flat objects as an array or as a sync or
 * async iterable, or a promise of one. The module is loaded once per process, `rows` is called each time.
 */
export async function* moduleRows(file: string): AsyncGenerator<Row> {
  const { rows } = await import(pathToFileURL(file).href);
  if (typeof rows !== 'function') throw new Error('exports no function "rows"');
  const given: unknown = await rows();
  if (!isIterable(given)) throw new Error('"rows" gave no array and no iterable');
  let count = 0;
  for await (const item of given) {
    count += 1;
    const place = `row ${count}`;
    yield { params: paramsFrom(item, place), place };
  }
}

function isIterable(value: unknown): value is Iterable<unknown> | AsyncIterable<unknown> {
  if (typeof value !== 'object' || value === null) return false;
  return Symbol.asyncIterator in value || Symbol.iterator in value;
}
