import { doubledError, doubledMember } from '../../core/doubled-member.ts';
import { parseExactly } from '../../core/exact-json.ts';
import { path } from '../../core/options.ts';
import { tooLong } from '../../flow/files.ts';
import { fileVersion } from './file-version.ts';
import type { Form, FormInput } from './form.ts';
import { JsonRows } from './json-rows.ts';
import { BadRow, columnsOfFirst, numbered, paramsFrom, type Row, type Rows } from './row.ts';
import { textOf } from './text.ts';

/** Of a list whose rows have to be in memory together, in characters. */
const LONGEST = 256_000_000;

export const jsonForm: Form = {
  option: path().optional().describe('A JSON file with a list of flat objects; every member is a param.'),
  asks: false,
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

/** All of them are read before the first is given: a list that breaks off is no list. */
async function* read(file: string, encoding: string): AsyncGenerator<readonly Row[]> {
  const batches: (readonly Row[])[] = [];
  const items = new JsonRows(rowOf);
  let length = 0;
  for await (const piece of textOf(file, encoding)) {
    length += piece.length;
    if (length > LONGEST) throw tooLong(LONGEST);
    batches.push(items.take(piece));
  }
  items.end();
  yield* batches;
}

function rowOf(text: string): Row {
  const value = parseExactly(text);
  const twice = doubledMember(text, value);
  return twice === undefined ? paramsFrom(value) : new BadRow(doubledError(twice).message);
}
