import { pathToFileURL } from 'node:url';
import { path } from '../../core/options.ts';
import type { Form, FormInput } from './form.ts';
import { columnsOfFirst, numbered, paramsFrom, type Row, type Rows } from './row.ts';

export const moduleForm: Form = {
  option: path()
    .optional()
    .describe(
      'An ES module that exports `rows()`, which gives flat objects as an array or an (async) iterable.',
    ),
  version: async () => undefined,
  open: moduleRows,
};

/**
 * The rows that a user's ES module gives: it exports `rows()`, by name or in its default (`defineEntities`), which returns flat objects as an array or as a sync or
 * async iterable, or a promise of one. The module is loaded once per process, `rows` is called each time.
 */
function moduleRows({ place }: FormInput): Rows {
  return {
    hasHeader: false,
    batches: read(place),
    columns: () => columnsOfFirst(read(place)),
    placesOf: numbered('row'),
  };
}

/** Each row is a batch: the module may take its time over each. */
async function* read(file: string): AsyncGenerator<readonly Row[]> {
  const module = await import(pathToFileURL(file).href);
  const { rows } = module.default ?? module;
  if (typeof rows !== 'function') throw new Error('exports no function "rows"');
  const given: unknown = await rows();
  if (!isIterable(given)) throw new Error('"rows" gave no array and no iterable');
  for await (const item of given) yield [paramsFrom(item)];
}

function isIterable(value: unknown): value is Iterable<unknown> | AsyncIterable<unknown> {
  if (typeof value !== 'object' || value === null) return false;
  return Symbol.asyncIterator in value || Symbol.iterator in value;
}
