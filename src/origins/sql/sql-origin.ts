/**
 * An origin that is a PostgreSQL database.
 *
 *     options.ts   what a configuration says: the server, and of each source a query with params, `{name...}` for all of a call
 *     pool.ts      connections: opened when needed, kept, bounded; one whose query hangs is given up, and the server told
 *     answer.ts    rows, as one answer per key
 *     operations.ts how long each statement took, and how it ended
 *     list.ts      all rows of a query, for an entity set
 *     text.ts      a column's text as JSON, without losing a digit
 *     failure.ts   what the errors of the server mean
 *
 * Queries are prepared, and params never become part of their text. `pg` is loaded when the first origin of this kind is opened.
 */

import { createHash } from 'node:crypto';
import { counted } from '../../core/counted.ts';
import { OriginError } from '../../core/errors.ts';
import type { Params, Source } from '../../core/source.ts';
import {
  type Fetched,
  type ListPages,
  type ListRequest,
  noProbe,
  type Origin,
  type OriginDeps,
  type OriginRequest,
} from '../origin.ts';
import { expand, parseTemplate, type Template } from '../template.ts';
import { answersOf } from './answer.ts';
import { sqlListPages } from './list.ts';
import type { SqlListener } from './operations.ts';
import { listParamOf, type SqlOriginOptions, type SqlRequestOptions, sqlRequestOptions } from './options.ts';
import { SqlPool, type SqlQuery } from './pool.ts';

/** A source's query, prepared once. */
interface Statement {
  readonly request: SqlRequestOptions;
  readonly query: Omit<SqlQuery, 'values'>;
  readonly params: readonly Template[];
  readonly list: string | undefined;
}

/**
 * One call is one query: for one key, or for many by an array. Values travel beside the query, never in it. The driver is
 * loaded, and connections are opened, by the first call.
 */
export class SqlOrigin implements Origin {
  readonly name: string;
  readonly #deps: OriginDeps<SqlOriginOptions>;
  readonly #pool: SqlPool;
  readonly #statements = new WeakMap<Source, Statement>();

  constructor(deps: OriginDeps<SqlOriginOptions> & SqlListener) {
    this.name = deps.name;
    this.#deps = deps;
    this.#pool = new SqlPool(deps);
  }

  async fetchMany(
    source: Source,
    requests: readonly OriginRequest[],
    signal: AbortSignal,
  ): Promise<Fetched[]> {
    if (requests.length === 0) return [];
    const statement = this.#statementOf(source);
    if (requests.length > (statement.list === undefined ? 1 : source.keysPerCall)) {
      const message = `one call of source "${source.name}" cannot ask for ${counted(requests.length, 'key')}; the most is ${source.keysPerCall}`;
      throw new OriginError('permanent', message);
    }
    const asked = requests.filter(({ params }) => isSendable(params));
    const answers = asked.length === 0 ? [] : await this.#ask(source, statement, asked, signal);
    if (asked.length === requests.length) return answers;
    const byRequest = new Map(asked.map((request, i) => [request, answers[i]]));
    return requests.map((request) => byRequest.get(request) ?? { kind: 'error', error: unsendable() });
  }

  async versionOf(source: Source, signal: AbortSignal): Promise<string> {
    const { versionProbe } = this.#statementOf(source).request;
    if (versionProbe === undefined) throw noProbe(source);
    const { rows } = await this.#pool.query({ text: versionProbe.query, values: [] }, signal);
    const version = rows[0]?.[0];
    if (typeof version === 'string' && version !== '') return version;
    const message = `the version probe of source "${source.name}" gave no row, or NULL; let it give one value`;
    throw new OriginError('permanent', message);
  }

  listPages(list: ListRequest): ListPages {
    return sqlListPages(list, this.#deps.clock, (work, signal) => this.#pool.onConnection(work, signal));
  }

  async probe(signal: AbortSignal): Promise<void> {
    await this.#pool.query({ text: 'SELECT 1', values: [] }, signal);
  }

  /** Queries in flight reject as retryable. */
  async close(): Promise<void> {
    await this.#pool.close();
  }

  async #ask(
    source: Source,
    statement: Statement,
    requests: readonly OriginRequest[],
    signal: AbortSignal,
  ): Promise<Fetched[]> {
    const values = valuesOf(statement, requests);
    const rows = await this.#pool.query({ ...statement.query, values }, signal);
    return answersOf(source, statement.request, rows, requests, this.#deps.clock);
  }

  #statementOf(source: Source): Statement {
    let statement = this.#statements.get(source);
    if (statement === undefined) {
      const request = sqlRequestOptions.parse(source.request);
      const { query: text, params } = request;
      const query = this.#deps.options.prepare ? { name: nameOf(text), text } : { text };
      statement = { request, query, params: params.map(parseTemplate), list: listParamOf(request) };
      this.#statements.set(source, statement);
    }
    return statement;
  }
}

function valuesOf({ params, list }: Statement, requests: readonly OriginRequest[]): SqlQuery['values'] {
  if (list !== undefined) {
    const values = [...new Set(requests.map(({ params: of }) => of[list] ?? ''))];
    return params.map((template) => (template.params.length > 0 ? values : template.text));
  }
  const [first] = requests;
  return params.map((template) => {
    const value = expand(template, first?.params ?? {}, (text) => text);
    if (value !== undefined) return value;
    throw new OriginError('permanent', `param "${template.text}" of the query is not among the key's params`);
  });
}

/** Named by its text: on one connection a name must not stand for two texts. PostgreSQL reads at most 63 bytes of it. */
function nameOf(text: string): string {
  return `forewarm_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
}

/** PostgreSQL's text cannot hold a zero byte: one such value would fail the query for all. */
function isSendable(params: Params): boolean {
  return Object.values(params).every((value) => !value.includes('\0'));
}

function unsendable(): OriginError {
  return new OriginError('permanent', 'a param has a zero byte in it, which PostgreSQL cannot compare');
}
