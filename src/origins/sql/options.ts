import { z } from 'zod';
import { absenceOption } from '../../core/absence.ts';
import { budgetOptions } from '../../core/budget.ts';
import { secret, timerFrom } from '../../core/options.ts';
import { PROBE_MEANING, probeSchedule, template } from '../fields.ts';
import { refusesNone, requestKind } from '../request-kind.ts';
import { parseTemplate } from '../template.ts';

const databaseUrl = () =>
  secret()
    .refine((text) => /^postgres(ql)?:\/\/[^/]/.test(text) && URL.canParse(text), {
      message: 'must be a postgres:// URL, such as postgres://user:password@host:5432/database',
    })
    .refine((text) => URL.parse(text)?.port !== '0', {
      message: 'names port 0, at which nothing listens; write the port',
    });

export const sqlOriginOptions = z.strictObject({
  kind: z.literal('sql').describe('A PostgreSQL database.'),
  // biome-ignore lint/suspicious/noTemplateCurlyInString: what a user writes, shown as an example
  url: databaseUrl().describe('Where it is, such as `postgres://reader:${PASSWORD}@db:5432/shop`.'),
  timeout: timerFrom(1)
    .prefault('5s')
    .describe(
      'A query that has not ended after this long, connecting included, is cancelled and retried. The server is given the same bound, as its `statement_timeout`.',
    ),
  connections: z
    .int()
    .min(1)
    .optional()
    .describe('Connections that a process keeps open at most. Absent: as many as `concurrency`.'),
  prepare: z
    .boolean()
    .default(true)
    .describe(
      'Whether queries are prepared, once per connection. Turn it off behind a pooler that changes the connection between statements.',
    ),
  ...budgetOptions,
  absence: absenceOption,
});
export type SqlOriginOptions = z.infer<typeof sqlOriginOptions>;

export const sqlRequestOptions = z
  .strictObject({
    query: z
      .string()
      .trim()
      .min(1)
      .describe(
        'One SELECT with placeholders, such as `SELECT id, name FROM products WHERE id = ANY($1)`. Its columns, in their order, make the body.',
      ),
    params: z
      .array(template().meta({ secret: true, format: 'template' }))
      .default([])
      .describe(
        'What stands for $1, $2 and so on, such as `["{product...}"]`: the product of every key of the call, as an array; `"{product}"`: that of the one key.',
      ),
    id: z
      .string()
      .min(1)
      .optional()
      .describe("With an array: the column that equals the key's param. Absent: the one of the same name."),
    value: z
      .string()
      .min(1)
      .optional()
      .describe('The column that is the value. Absent: the row, as a JSON object.'),
    version: z
      .string()
      .min(1)
      .optional()
      .describe(
        'The column that tells versions of a value apart, such as `updated_at`, or `xmin::text AS version`.',
      ),
    versionProbe: z
      .strictObject({
        query: z
          .string()
          .trim()
          .min(1)
          .describe(
            'A query without placeholders that gives one row; its first column is the version, such as `SELECT max(updated_at) FROM products`.',
          ),
        schedule: probeSchedule(),
      })
      .optional()
      .describe(PROBE_MEANING),
    keysPerCall: z.int().min(1).max(10_000).default(100).describe('With an array: keys per call at most.'),
  })
  .superRefine((request, context) => {
    for (const message of problemsOf(request)) context.addIssue({ code: 'custom', message });
  });
export type SqlRequestOptions = z.infer<typeof sqlRequestOptions>;

/** The text by which a param stands for the values of all keys of a call. */
const LIST = /^\{([A-Za-z_][A-Za-z0-9_]*)\.\.\.\}$/;

/** The param that a call has an array of; undefined when a call asks for one key. */
export function listParamOf({ params }: Pick<SqlRequestOptions, 'params'>): string | undefined {
  return params.map((text) => LIST.exec(text)?.[1]).find((name) => name !== undefined);
}

function problemsOf({ query, params }: SqlRequestOptions): string[] {
  const problems: string[] = [];
  const highest = Math.max(0, ...[...query.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
  if (highest !== params.length) {
    problems.push(`\`query\` goes up to $${highest}, and \`params\` has ${params.length}; give one for each`);
  }
  const lists = params.filter((text) => parseTemplate(text).params.some(({ list }) => list));
  const broken = lists.find((text) => !LIST.test(text));
  if (broken !== undefined) {
    problems.push(`"${broken}": \`{name...}\` stands for an array, and must be the whole param`);
  }
  if (lists.length > 1) problems.push('only one of the `params` can be an array of the keys of a call');
  if (lists.length > 0 && namesOf({ params }, false).length > 0) {
    problems.push('beside an array, `params` cannot use {name}, in which the keys of a call may differ');
  }
  return problems;
}

function namesOf({ params }: Pick<SqlRequestOptions, 'params'>, list: boolean): string[] {
  return params.flatMap((text) =>
    parseTemplate(text).params.flatMap((param) => (param.list === list ? [param.name] : [])),
  );
}

export const sqlRequest = requestKind({
  schema: sqlRequestOptions,
  keysPerCall: (request) => (listParamOf(request) === undefined ? 1 : request.keysPerCall),
  probe: (request) => request.versionProbe?.schedule,
  problem: (request, names) => {
    const list = listParamOf(request);
    const missing = [...namesOf(request, false), ...namesOf(request, true)].find(
      (name) => !names.includes(name),
    );
    if (missing !== undefined) return `uses {${missing}}; the key has only {${names.join('}, {')}}`;
    const other = names.find((name) => list !== undefined && name !== list);
    return other === undefined
      ? undefined
      : `an array tells its keys apart by {${list}} alone, and the key also has {${other}}`;
  },
  refusal: refusesNone,
});
