import { z } from 'zod';

export const sqlListOptions = z.strictObject({
  query: z
    .string()
    .trim()
    .min(1)
    .refine((text) => !/\$\d/.test(text), {
      message: 'is asked for the whole list, so it has no placeholders such as $1',
    })
    .describe(
      'Of an origin of kind `sql`: one SELECT without placeholders, such as `SELECT id, name FROM shops`. Each of its columns is a param.',
    ),
});
