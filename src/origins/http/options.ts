import { z } from 'zod';
import { absenceOption } from '../../core/absence.ts';
import { budgetOptions } from '../../core/budget.ts';
import { sizeFrom, timerFrom } from '../../core/options.ts';
import {
  baseUrl,
  fixedQuery,
  headerName,
  headers,
  jsonPath,
  PROBE_MEANING,
  path,
  probeSchedule,
  secretTemplate,
  throttledBy,
} from '../fields.ts';
import { requestKind } from '../request-kind.ts';
import { parseTemplate } from '../template.ts';
import { proxyOption } from './proxy.ts';
import { paramRefusal } from './refused-params.ts';

export const httpOriginOptions = z.strictObject({
  kind: z.literal('http').describe('An HTTP API.'),
  url: baseUrl().describe(
    'Where the API is; request paths are put behind it. No other host and scheme is ever called.',
  ),
  timeout: timerFrom(1)
    .prefault('5s')
    .describe('A call that has not ended after this long has failed, and is retried.'),
  headers: headers()
    // biome-ignore lint/suspicious/noTemplateCurlyInString: what a user writes, shown as an example
    .describe('Sent with every call, such as `authorization: "Bearer ${TOKEN}"`.'),
  query: fixedQuery().describe('Put into the query of every call, such as an API key.'),
  maxBodyBytes: sizeFrom(1).prefault('10MB').describe('A longer body is refused.'),
  redirects: z
    .int()
    .min(0)
    .max(5)
    .default(0)
    .describe(
      'How many redirects to follow, within the same host and scheme. Each is one more call than the budget counts.',
    ),
  connections: z
    .int()
    .min(1)
    .optional()
    .describe('Connections that a process keeps open at most. Absent: as many as `concurrency`.'),
  probe: path().default('/').describe('The path that `doctor` asks for to see whether the API is there.'),
  throttledBy: throttledBy(),
  proxy: proxyOption(),
  ...budgetOptions,
  absence: absenceOption,
});
export type HttpOriginOptions = z.infer<typeof httpOriginOptions>;

const query = () => z.record(z.string(), secretTemplate()).default({});

const batchOptions = z.strictObject({
  path: path().describe('Such as `/markets/quotes`.'),
  method: z.enum(['GET', 'POST']).default('GET').describe('How the batch is asked for.'),
  query: query().describe(
    'Such as `ids: "{market...}"`: the market of every key of the call, joined by `join`.',
  ),
  join: z.enum([',', ';', '|', ' ']).default(',').describe('What joins values in path and query.'),
  body: z
    .record(z.string(), z.unknown().meta({ secret: true, format: 'template' }))
    .optional()
    .describe('A JSON body for POST; a member that is exactly `"{market...}"` becomes the list of values.'),
  size: z.int().min(1).max(10_000).default(100).describe('Keys per call at most.'),
  items: jsonPath()
    .default('')
    .describe('Where in the answer the list of items is, or the map from ids to items; empty: the answer.'),
  id: jsonPath()
    .default('')
    .describe(
      "Where in an item its id is, which equals the key's param; in a map, where it may be left out, an item that says another one is refused.",
    ),
  value: jsonPath().default('').describe("Where in an item the key's value is; empty: the item itself."),
  version: jsonPath().optional().describe("Where in an item the origin's own version of the value is."),
  etag: jsonPath().optional().describe('Where in an item the ETag of the value is.'),
  more: jsonPath()
    .optional()
    .describe(
      'Where the answer says that it is not all of it, such as `meta.hasMore`: by anything but null, false, 0 or nothing. What it leaves out then fails and is asked for again. Absent: the usual members beside the items, such as `next`, `has_more`, `truncated` or a larger `total`, and `Link: rel=next`.',
    ),
  missing: z
    .enum(['doubt', 'absent'])
    .default('doubt')
    .describe(
      'What it means that an item is not in the answer. `absent`: there is no such value; `doubt`: the answer may be short, so a value that is stored stays until a second look (see `absence`).',
    ),
});

const versionProbe = z
  .strictObject({
    path: path().describe('Such as `/version`.'),
    query: query().describe('Its query, by name.'),
    version: jsonPath().optional().describe('Where in the answer the version is.'),
    versionHeader: headerName()
      .default('etag')
      .describe('The header that tells the version, where `version` does not say where it is.'),
    schedule: probeSchedule(),
  })
  .refine(({ path, query }) => paramsOf([path, ...Object.values(query)]).length === 0, {
    message: 'asks once for all keys, so it can use no params',
  });

export const httpRequestOptions = z
  .strictObject({
    path: path().optional().describe('The path of one key, such as `/markets/{market}/profile`.'),
    query: query().describe('The query of one key, by name; values may hold params.'),
    headers: headers().describe('Sent with every call for this source.'),
    traversal: z
      .enum(['refuse', 'allow'])
      .default('refuse')
      .describe(
        'Whether a param may lead out of the path it stands in, such as `..` or `../other`: a key with one fails, unless this says `allow`.',
      ),
    version: jsonPath()
      .optional()
      .describe("Where in the body of one key the origin's own version of the value is."),
    versionHeader: headerName()
      .optional()
      .describe(
        "The header of the answer that tells the origin's own version of the value, such as `x-version`; `version` comes first.",
      ),
    versionProbe: versionProbe.optional().describe(PROBE_MEANING),
    batch: batchOptions.optional().describe('How to ask for many keys in one call.'),
  })
  .superRefine((request, context) => {
    for (const message of problemsOf(request)) context.addIssue({ code: 'custom', message });
  });
export type HttpRequestOptions = z.infer<typeof httpRequestOptions>;
export type HttpBatchOptions = z.infer<typeof batchOptions>;

function problemsOf({ path, query, batch }: HttpRequestOptions): string[] {
  const problems: string[] = [];
  if (path === undefined && batch === undefined) problems.push('needs a `path`, a `batch`, or both');
  if (paramsOf([path ?? '', ...Object.values(query)], true).length > 0) {
    problems.push('`{name...}` stands for all keys of a batch, and belongs below `batch`');
  }
  if (batch === undefined) return problems;
  if (new Set(paramsOf(textsOfBatch(batch), true)).size !== 1) {
    problems.push('`batch` needs `{name...}` of exactly one param, in its path, query or body');
  }
  for (const name of paramsOf(textsOfBatch(batch), false)) {
    problems.push(`\`batch\` cannot use {${name}}, in which its keys may differ`);
  }
  if (batch.body !== undefined && batch.method === 'GET') problems.push('`batch.body` needs `method: POST`');
  return problems;
}

/** How many keys one call can answer. */
export function httpKeysPerCall(request: HttpRequestOptions): number {
  return request.batch?.size ?? 1;
}

/** Why keys with these params cannot be asked for with this request; undefined when they can. */
export function httpRequestProblem(
  request: HttpRequestOptions,
  names: readonly string[],
): string | undefined {
  const one = paramsOf([request.path ?? '', ...Object.values(request.query)], false);
  const batch = request.batch === undefined ? [] : paramsOf(textsOfBatch(request.batch), true);
  const missing = [...one, ...batch].find((name) => !names.includes(name));
  if (missing !== undefined) return `uses {${missing}}; the key has only {${names.join('}, {')}}`;
  const other = names.find((name) => batch.length > 0 && !batch.includes(name));
  return other === undefined
    ? undefined
    : `a batch tells its keys apart by {${batch[0]}} alone, and the key also has {${other}}`;
}

export const httpRequest = requestKind({
  schema: httpRequestOptions,
  keysPerCall: httpKeysPerCall,
  probe: (request) => request.versionProbe?.schedule,
  problem: httpRequestProblem,
  refusal: ({ path, traversal, batch }) =>
    paramRefusal({ path, traversal }, batch === undefined ? undefined : joiningOf(batch)),
});

/** How the keys of a batch are put into one call: by which param, and whether joined in its target, and in the path of that. */
export function joiningOf(batch: HttpBatchOptions) {
  const target = [batch.path, ...Object.values(batch.query)];
  return {
    path: batch.path,
    join: batch.join,
    param: paramsOf(textsOfBatch(batch), true)[0] ?? '',
    joins: paramsOf(target).length > 0,
    isInPath: paramsOf([batch.path.replace(/\?.*/s, '')]).length > 0,
  };
}

/** The text by which a member of a batch body stands for the list of values. */
export const LIST_MEMBER = /^\{([A-Za-z_][A-Za-z0-9_]*)\.\.\.\}$/;

function textsOfBatch(batch: HttpBatchOptions): string[] {
  const members = Object.values(batch.body ?? {}).filter((member) => typeof member === 'string');
  return [batch.path, ...Object.values(batch.query), ...members.filter((text) => LIST_MEMBER.test(text))];
}

/** All params of these templates, or only those that are lists, or are not. */
function paramsOf(texts: readonly string[], list?: boolean): string[] {
  return texts.flatMap((text) =>
    parseTemplate(text).params.flatMap((param) => ((list ?? param.list) === param.list ? [param.name] : [])),
  );
}
