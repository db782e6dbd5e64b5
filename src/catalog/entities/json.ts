import { parseExactly } from '../../core/exact-json.ts';
import { columnsOfFirst, numbered, paramsFrom, type Row, type Rows } from './row.ts';
import { textOf } from './text.ts';

/** The rows of a JSON file that holds a list of flat objects. */
export function jsonRows(file: string, encoding: string): Rows {
  return {
    batches: read(file, encoding),
    columns: () => columnsOfFirst(read(file, encoding)),
    placesOf: numbered('item'),
  };
}

async function* read(file: string, encoding: string): AsyncGenerator<readonly Row[]> {
  let text = '';
  for await (const piece of textOf(file, encoding)) text += piece;
  const list: unknown = parseExactly(text);
  if (!Array.isArray(list)) throw new Error('is not a JSON list of objects');
  yield list.map(paramsFrom);
}
