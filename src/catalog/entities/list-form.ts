import { z } from 'zod';
import type { Form, FormInput } from './form.ts';
import { numbered, type Row, type Rows } from './row.ts';

export const originForm: Form = {
  option: z
    .string()
    .min(1)
    .optional()
    .describe(
      'The origin whose list the rows are, by its name: of kind `sql` by `query`, of kind `http` by `path`.',
    ),
  asks: true,
  version: async ({ list }) => (await list()).version,
  open: listRows,
};

/** The rows of the list that is in use, which is read where it has to be. */
function listRows({ list, wanted }: FormInput): Rows {
  return {
    hasHeader: false,
    batches: read(list),
    // One without rows has the columns that it would have to have.
    columns: async () => {
      const { columns } = await list();
      return columns.length === 0 ? wanted : columns;
    },
    placesOf: numbered('row'),
  };
}

async function* read(list: FormInput['list']): AsyncGenerator<readonly Row[]> {
  yield* (await list()).batches;
}
