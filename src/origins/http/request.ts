/** A source's request, made ready once, so that a call costs little more than joining strings. */
import { OriginError } from '../../core/errors.ts';
import type { Params } from '../../core/source.ts';
import { type JsonPath, parsePath } from '../json-path.ts';
import type { Known } from '../origin.ts';
import { expand, parseTemplate, percentEncode, type Template } from '../template.ts';
import type { HttpCall } from './call.ts';
import {
  type HttpBatchOptions,
  type HttpOriginOptions,
  type HttpRequestOptions,
  LIST_MEMBER,
} from './options.ts';

export interface HttpRequest {
  readonly single: HttpSingle | undefined;
  readonly batch: HttpBatch | undefined;
  readonly probe: HttpSingle | undefined;
}

export interface HttpSingle {
  readonly target: Template;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly version: JsonPath | undefined;
  /** In lower case. */
  readonly versionHeader: string | undefined;
}

export interface HttpBatch {
  readonly method: 'GET' | 'POST';
  readonly target: Template;
  readonly headers: readonly string[];
  readonly body: Readonly<Record<string, unknown>> | undefined;
  readonly size: number;
  readonly join: string;
  /** Whether values are joined in path or query, rather than listed in the body. */
  readonly joins: boolean;
  /** The param by which the keys of a call are told apart. */
  readonly param: string;
  readonly items: JsonPath;
  readonly id: JsonPath;
  readonly value: JsonPath;
  readonly version: JsonPath | undefined;
  readonly etag: JsonPath | undefined;
  /** What it means that an item is not in the answer. */
  readonly missing: 'doubt' | 'absent';
}

export function compileRequest(origin: HttpOriginOptions, request: HttpRequestOptions): HttpRequest {
  const headers = headersOf(origin.headers, request.headers);
  const { path, query, batch, versionProbe } = request;
  return {
    single:
      path === undefined
        ? undefined
        : { target: targetOf(origin, path, query), headers, ...versionIn(request) },
    batch: batch === undefined ? undefined : compileBatch(origin, batch, headers),
    probe:
      versionProbe === undefined
        ? undefined
        : {
            target: targetOf(origin, versionProbe.path, versionProbe.query),
            headers,
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
): HttpBatch {
  const target = targetOf(origin, batch.path, batch.query);
  return {
    method: batch.method,
    target,
    headers: batch.body === undefined ? headers : [...headers, 'content-type', 'application/json'],
    body: batch.body,
    missing: batch.missing,
    size: batch.size,
    join: batch.join,
    joins: target.params.length > 0,
    param: target.params.find(({ list }) => list)?.name ?? listMemberOf(batch),
    items: parsePath(batch.items),
    id: parsePath(batch.id),
    value: parsePath(batch.value),
    version: pathOf(batch.version),
    etag: pathOf(batch.etag),
  };
}

function listMemberOf(batch: HttpBatchOptions): string {
  for (const member of Object.values(batch.body ?? {})) {
    const found = typeof member === 'string' ? LIST_MEMBER.exec(member)?.[1] : undefined;
    if (found !== undefined) return found;
  }
  return '';
}

/** Path and query in one template; what the configuration wrote into the query is encoded here, once. */
function targetOf(
  origin: HttpOriginOptions,
  path: string,
  query: Readonly<Record<string, string>>,
): Template {
  const base = new URL(origin.url).pathname.replace(/\/+$/, '');
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

/** The later record wins. Bodies are asked for as they are: what is stored must not depend on a transfer coding. */
function headersOf(...records: readonly Readonly<Record<string, string>>[]): string[] {
  const merged = new Map([['accept', '*/*']]);
  for (const record of records) {
    for (const [name, value] of Object.entries(record)) merged.set(name.toLowerCase(), value);
  }
  return [...merged, ['accept-encoding', 'identity']].flat();
}

/** The call for one key. Throws a permanent `OriginError` when its params cannot stand in the request. */
export function singleCall(
  { target, headers }: HttpSingle,
  params: Params,
  known: Known | undefined,
): HttpCall {
  return {
    method: 'GET',
    path: pathFrom(target, params, percentEncode),
    headers: known === undefined ? headers : conditional(headers, known),
    body: undefined,
  };
}

function conditional(headers: readonly string[], known: Known): readonly string[] {
  const { etag, lastModified } = known;
  if (etag === undefined && lastModified === undefined) return headers;
  const all = [...headers];
  if (etag !== undefined) all.push('if-none-match', etag);
  if (lastModified !== undefined) all.push('if-modified-since', lastModified);
  return all;
}

/** The call for keys whose params have these values. */
export function batchCall(batch: HttpBatch, values: readonly string[]): HttpCall {
  const joined = values.map(percentEncode).join(encodeURI(batch.join));
  return {
    method: batch.method,
    path: pathFrom(batch.target, { [batch.param]: joined }, (value) => value),
    headers: batch.headers,
    body: batch.body === undefined ? undefined : JSON.stringify(batch.body, listMember(values)),
  };
}

function listMember(values: readonly string[]): (name: string, member: unknown) => unknown {
  return (_, member) => (typeof member === 'string' && LIST_MEMBER.test(member) ? values : member);
}

const DOT_SEGMENT = /\/\.{1,2}(?:[/?]|$)/;

/**
 * A param "." or ".." is refused where it would be a segment of the path: servers and proxies take it, encoded or not,
 * for a step to another resource.
 */
function pathFrom(template: Template, params: Params, encode: (value: string) => string): string {
  const path = expand(template, params, encode);
  if (path === undefined) {
    const missing = template.params.find(({ name }) => params[name] === undefined)?.name;
    throw new OriginError('permanent', `request "${template.text}" needs a param "${missing}"`);
  }
  if (path.includes('/.') && DOT_SEGMENT.test(path)) {
    throw new OriginError('permanent', `request "${template.text}": a param makes a step out of the path`);
  }
  return path;
}
