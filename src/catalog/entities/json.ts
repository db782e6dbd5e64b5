import { readFile } from 'node:fs/promises';
import { parseExactly } from '../../core/exact-json.ts';
import type { Params } from '../../core/source.ts';
import { paramsFrom, type Rows } from './row.ts';

/** The rows of a JSON file that holds a list of flat objects. */
export function jsonRows(file: string): Rows {
  return { batches: read(file), placeOf: async (index) => placeAt(index) };
}

async function* read(file: string): AsyncGenerator<readonly Params[]> {
  const list = parseExactly(await readFile(file, 'utf8'));
  if (!Array.isArray(list)) throw new Error('is not a JSON list of objects');
  yield list.map((item: unknown, i) => paramsFrom(item, () => placeAt(i)));
}

function placeAt(index: number): string {
  return `item ${index + 1}`;
}
