import { parseExactly } from '../../core/exact-json.ts';
import { path } from '../../core/options.ts';
import { tooLong } from '../../flow/files.ts';
import { fileVersion } from './file-version.ts';
import type { Form, FormInput } from './form.ts';
import { columnsOfFirst, numbered, paramsFrom, type Row, type Rows } from './row.ts';
import { textOf } from './text.ts';

/** Of a list that has to be in memory whole to be read, in characters. */
const LONGEST = 256_000_000;

export const jsonForm: Form = {
  option: path().optional().describe('A JSON file with a list of flat objects; every member is a param.'),
  version: ({ place }) => fileVersion(place),
  open: jsonRows,
};

/** The rows of a JSON file that holds a list of flat objects. */
function jsonRows({ place, encoding }: FormInput): Rows {
  return {
    hasHeader: false,
    batches: read(place, encoding),
    columns: () => columnsOfFirst(read(place, encoding)),
    placesOf: numbered('item'),
  };
}

async function* read(file: string, encoding: string): AsyncGenerator<readonly Row[]> {
  let text = '';
  for await (const piece of textOf(file, encoding)) {
    text += piece;
    if (text.length > LONGEST) throw tooLong(LONGEST);
  }
  const list: unknown = parseExactly(text);
  if (!Array.isArray(list)) throw new Error('is not a JSON list of objects');
  yield list.map(paramsFrom);
}
