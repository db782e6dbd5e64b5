/** What an entity set may say of a list that an HTTP API gives. */
import { z } from 'zod';
import { headerName, innerPath, jsonPath, path } from '../fields.ts';
import { parseTemplate } from '../template.ts';

const pageOptions = z
  .strictObject({
    by: z
      .enum(['cursor', 'link', 'number', 'offset'])
      .describe(
        'How the next page is asked for: by the `cursor` that an answer gives, by the `link` that it gives, by the `number` of the page, or by the `offset` of its first row.',
      ),
    param: z
      .string()
      .min(1)
      .optional()
      .describe('The query parameter that carries the cursor, number or offset, such as `page`.'),
    at: jsonPath()
      .optional()
      .describe(
        'Where in the answer the next cursor is, or the URL of the next page. Absent: in a header. Nothing, null, false or "" there ends the list.',
      ),
    header: headerName()
      .optional()
      .describe(
        'The header with the next cursor, such as `x-next-cursor`. For `link`, absent: the header `Link`, with `rel="next"`.',
      ),
    first: z.int().min(0).optional().describe('The number of the first page. Absent: 1.'),
    size: z
      .int()
      .min(1)
      .optional()
      .describe(
        'Rows that a full page has; it is sent by `sizeParam`, where that is named. Without `sizeParam` it has a meaning only for `number` and `offset`.',
      ),
    sizeParam: z
      .string()
      .min(1)
      .optional()
      .describe('The query parameter that carries `size`, such as `limit`.'),
    total: jsonPath()
      .optional()
      .describe(
        'Where in the answer the number of all rows is: the list ends with them, and one that gives fewer is not used. Absent: an empty page ends the list.',
      ),
  })
  .superRefine((pages, context) => {
    for (const message of problemsOf(pages)) context.addIssue({ code: 'custom', message });
  });
export type PageOptions = z.infer<typeof pageOptions>;

function problemsOf({ by, param, at, header, first, size, sizeParam, total }: PageOptions): string[] {
  const needsNot = (name: string, value: unknown, kinds: readonly string[]) =>
    value === undefined || kinds.includes(by) ? [] : [`\`${name}\` has no meaning with \`by: ${by}\``];
  const places = [at, header].filter((place) => place !== undefined).length;
  return [
    ...(param === undefined && by !== 'link' ? [`\`by: ${by}\` needs \`param\`, the query parameter`] : []),
    ...(by === 'cursor' && places !== 1
      ? ['`by: cursor` needs `at` or `header`, where the next cursor is, and not both']
      : []),
    ...(sizeParam !== undefined && size === undefined ? ['`sizeParam` needs `size`'] : []),
    ...needsNot('param', param, ['cursor', 'number', 'offset']),
    ...needsNot('at', at, ['cursor', 'link']),
    ...needsNot('header', header, ['cursor']),
    ...needsNot('first', first, ['number']),
    ...needsNot('total', total, ['number', 'offset']),
    ...(size !== undefined && sizeParam === undefined ? needsNot('size', size, ['number', 'offset']) : []),
  ];
}

export const httpListOptions = z.strictObject({
  path: path()
    .refine((text) => parseTemplate(text).params.length === 0, {
      message: 'is asked for the whole list, so it can use no params',
    })
    .describe(
      'Of an origin of kind `http`: the path of the list, perhaps with a query, such as `/v1/shops?open=true`.',
    ),
  items: jsonPath()
    .optional()
    .describe(
      'Where in the answer the list of rows is, such as `data.items`. Absent: the answer is the list.',
    ),
  columns: z
    .record(z.string().min(1), jsonPath())
    .optional()
    .describe(
      'The columns by their names, each with where in a row its value is, such as `{ shop: id, lat: location.lat }`. Absent: every member of a row that is text, a number or a boolean.',
    ),
  more: jsonPath()
    .optional()
    .describe(
      'Where the last answer says that it is not all of the list, such as `meta.hasMore`: by anything but null, false, 0 or nothing. Such a list is not used. Absent: the usual members beside the rows, such as `next`, `has_more`, `truncated` or a larger `total`, and `Link: rel=next`.',
    ),
  pages: pageOptions
    .optional()
    .describe('How the pages of the list are asked for. Absent: the answer is all of it.'),
  error: innerPath()
    .optional()
    .describe('Where an answer tells of an error, though its status is one of success, such as `errors`.'),
});
export type HttpListOptions = z.infer<typeof httpListOptions>;
