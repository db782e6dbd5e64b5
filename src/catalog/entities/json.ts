import { readFile } from 'node:fs/promises';
import { paramsFrom, type Row } from './row.ts';

/** The rows of a JSON file that holds a list of flat objects. */
export async function* jsonRows(file: string): AsyncGenerator<Row> {
  const list: unknown = JSON.parse(await readFile(file, 'utf8'));
  if (!Array.isArray(list)) throw new Error('is not a JSON list of objects');
  for (const [i, item] of list.entries()) {
    const place = `item ${i + 1}`;
    yield { params: paramsFrom(item, place), place };
  }
}
