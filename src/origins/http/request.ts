/** A source's request, made ready once, so that a call costs little more than joining strings. */
import { OriginError } from '../../core/errors.ts';
import type { Params } from '../../core/source.ts';
import { safeDate, safeEtag } from '../../core/validators.ts';
import { basePathOf } from '../base-path.ts';
import { type JsonPath, parsePath } from '../json-path.ts';
import type { Known } from '../origin.ts';
import { expand, parseTemplate, percentEncode, type Template } from '../template.ts';
import type { HttpCall } from './call.ts';
import {
  type HttpBatchOptions,
  type HttpOriginOptions,
  type HttpRequestOptions,
  joiningOf,
  LIST_MEMBER,
} from './options.ts';
import { stepProblem } from './refused-params.ts';
import { secretsIn, secretsOf } from './secrets-sent.ts';
import { sentHeaders } from './sent-headers.ts';
import { stepsOut } from './steps-out.ts';

export interface HttpRequest {
  readonly single: HttpSingle | undefined;
  readonly batch: HttpBatch | undefined;
  readonly probe: HttpSingle | undefined;
}

export interface HttpSingle {
  readonly target: Template;
  /** Whether params must not lead out of the path. */
  readonly keepsPath: boolean;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly secrets: readonly string[];
  readonly version: JsonPath | undefined;
  /** In lower case. */
  readonly versionHeader: string | undefined;
}

export interface HttpBatch {
  readonly method: 'GET' | 'POST';
  readonly target: Template;
  readonly keepsPath: boolean;
  readonly headers: readonly string[];
  readonly secrets: readonly string[];
  readonly body: Readonly<Record<string, unknown>> | undefined;
  readonly size: number;
  readonly join: string;
  /** Whether values are joined in path or query, rather than listed in the body. */
  readonly joins: boolean;
  /** Whether they are joined in the path. */
  readonly isInPath: boolean;
  /** The param by which the keys of a call are told apart. */
  readonly param: string;
  readonly items: JsonPath;
  readonly id: JsonPath;
  readonly value: JsonPath;
  readonly version: JsonPath | undefined;
  readonly etag: JsonPath | undefined;
  /** Where the answer says that it is not all of it; undefined: by the usual names. */
  readonly more: JsonPath | undefined;
  /** What it means that an item is not in the answer. */
  readonly missing: 'doubt' | 'absent';
}

const JSON_BODY = { 'content-type': 'application/json' };

export function compileRequest(origin: HttpOriginOptions, request: HttpRequestOptions): HttpRequest {
  const headers = sentHeaders('*/*', origin.headers, request.headers);
  // A type that the configuration names is sent in place of the usual one, and not beside it.
  const asked = ({ body }: HttpBatchOptions) =>
    body === undefined ? headers : sentHeaders('*/*', JSON_BODY, origin.headers, request.headers);
  const { path, query, batch, versionProbe, traversal } = request;
  const keepsPath = traversal === 'refuse';
  const own = secretsIn({ query, batch: [batch?.query, batch?.body], probe: versionProbe?.query });
  const secrets = secretsOf(headers, origin.query, own);
  const common = { keepsPath, headers, secrets };
  return {
    single:
      path === undefined
        ? undefined
        : { ...common, target: targetOf(origin, path, query), ...versionIn(request) },
    batch: batch === undefined ? undefined : { ...common, ...compileBatch(origin, batch, asked(batch)) },
    probe:
      versionProbe === undefined
        ? undefined
        : {
            ...common,
            target: targetOf(origin, versionProbe.path, versionProbe.query),
            ...versionIn(versionProbe),
          },
  };
}

function versionIn({ version, versionHeader }: Pick<HttpRequestOptions, 'version' | 'versionHeader'>) {
  return { version: pathOf(version), versionHeader: versionHeader?.toLowerCase() };
}

function compileBatch(
  origin: HttpOriginOptions,
  batch: HttpBatchOptions,
  headers: readonly string[],
): Omit<HttpBatch, 'keepsPath' | 'secrets'> {
  const target = targetOf(origin, batch.path, batch.query);
  const { join, joins, isInPath, param } = joiningOf(batch);
  return {
    method: batch.method,
    target,
    headers,
    body: batch.body,
    missing: batch.missing,
    size: batch.size,
    ...{ join, joins, isInPath, param },
    items: parsePath(batch.items),
    more: pathOf(batch.more),
    id: parsePath(batch.id),
    value: parsePath(batch.value),
    version: pathOf(batch.version),
    etag: pathOf(batch.etag),
  };
}

/** Path and query in one template; what the configuration wrote into the query is encoded here, once. */
function targetOf(
  origin: HttpOriginOptions,
  path: string,
  query: Readonly<Record<string, string>>,
): Template {
  const base = basePathOf(origin.url);
  const fixed = Object.entries(origin.query).map(([name, value]) => ({
    name,
    literals: [value],
    params: [],
  }));
  const fields = Object.entries(query).map(([name, text]) => ({ name, ...parseTemplate(text) }));
  const parsed = parseTemplate(path);
  const literals = [base + parsed.literals[0], ...parsed.literals.slice(1)].map(encodeLiteral);
  const params = [...parsed.params];
  let separator = path.includes('?') ? '&' : '?';
  for (const field of [...fixed, ...fields]) {
    const [first = '', ...rest] = field.literals.map(percentEncode);
    literals[literals.length - 1] += `${separator}${percentEncode(field.name)}=${first}`;
    literals.push(...rest);
    params.push(...field.params);
    separator = '&';
  }
  return { text: path, literals, params };
}

/** What is percent-encoded already stays so. */
function encodeLiteral(text: string): string {
  return encodeURI(text).replaceAll('%25', '%');
}

function pathOf(text: string | undefined): JsonPath | undefined {
  return text === undefined ? undefined : parsePath(text);
}

/** The call for one key. Throws a permanent `OriginError` when its params cannot stand in the request. */
export function singleCall(
  { target, keepsPath, headers, secrets }: HttpSingle,
  params: Params,
  known: Known | undefined,
): HttpCall {
  return {
    method: 'GET',
    path: pathFrom(target, keepsPath, params, percentEncode),
    headers: known === undefined ? headers : conditional(headers, known),
    body: undefined,
    secrets,
  };
}

/** The headers with what is known as conditions. */
export function conditional(headers: readonly string[], known: Known): readonly string[] {
  const { etag, lastModified } = conditionsOf(known);
  if (etag === undefined && lastModified === undefined) return headers;
  const all = [...headers];
  if (etag !== undefined) all.push('if-none-match', etag);
  if (lastModified !== undefined) all.push('if-modified-since', lastModified);
  return all;
}

/** What may be sent of what is known. Entries that an earlier version stored may hold what no header can. */
export function conditionsOf(known: Known | undefined): Pick<Known, 'etag' | 'lastModified'> {
  const etag = safeEtag(known?.etag);
  const lastModified = safeDate(known?.lastModified);
  return { ...(etag !== undefined && { etag }), ...(lastModified !== undefined && { lastModified }) };
}

/** The call for keys whose params have these values. */
export function batchCall(batch: HttpBatch, values: readonly string[]): HttpCall {
  const joined = values.map(percentEncode).join(encodeURI(batch.join));
  return {
    method: batch.method,
    path: pathFrom(batch.target, batch.keepsPath, { [batch.param]: joined }, (value) => value),
    headers: batch.headers,
    body: batch.body === undefined ? undefined : JSON.stringify(batch.body, listMember(values)),
    secrets: batch.secrets,
  };
}

function listMember(values: readonly string[]): (name: string, member: unknown) => unknown {
  return (_, member) => (typeof member === 'string' && LIST_MEMBER.test(member) ? values : member);
}

/** A param is refused that leads out of the path: to another resource than the one that the source asks for. */
function pathFrom(
  template: Template,
  keepsPath: boolean,
  params: Params,
  encode: (value: string) => string,
): string {
  const path = expand(template, params, encode);
  if (path === undefined) {
    const missing = template.params.find(({ name }) => params[name] === undefined)?.name;
    throw new OriginError('permanent', `request "${template.text}" needs a param "${missing}"`);
  }
  if (keepsPath && stepsOut(path.replace(/\?.*/s, '')))
    throw new OriginError('permanent', stepProblem(template));
  return path;
}
