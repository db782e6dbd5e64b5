import { z } from 'zod';

/** Whether the console shows values of keys. */
const VALUES = ['show', 'hide'] as const;

export const consoleOptions = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe(
      'Whether the control API serves the console, to who may reach it. What it shows needs a token, where one is configured.',
    ),
  label: z
    .string()
    .min(1)
    .max(40)
    .optional()
    .describe('Names this installation on every page, such as `production`. Not set: nothing does.'),
  bullBoard: z
    .boolean()
    .default(false)
    .describe(
      'Whether the control API serves bull-board at `/bull-board/`, to callers with the scope `read`; with `admin` they may change jobs. It shows what jobs carry: keys, selectors and errors, also with `values: hide`.',
    ),
  values: z
    .enum(VALUES)
    .default('show')
    .describe(
      '`hide`: the console shows heads of entries and never a value. The API gives values to whoever may read, all the same.',
    ),
});
export type ConsoleOptions = z.infer<typeof consoleOptions>;
