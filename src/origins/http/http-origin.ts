/** An origin behind an HTTP API. */

import { counted } from '../../core/counted.ts';
import type { BodyFormat } from '../../core/entry.ts';
import { OriginError } from '../../core/errors.ts';
import type { GuardRules, Source } from '../../core/source.ts';
import { safeVersion } from '../../core/validators.ts';
import { Breath } from '../../flow/breath.ts';
import { wantedAt } from '../../flow/wanted.ts';
import { readJson, withoutMark } from '../json-path.ts';
import {
  type Fetched,
  type ListPages,
  type ListRequest,
  noProbe,
  type Origin,
  type OriginDeps,
  type OriginRequest,
} from '../origin.ts';
import { shown } from '../words.ts';
import { batchRefused } from './answer.ts';
import { splitBatch, textAt } from './batch.ts';
import { type HttpAnswer, type HttpCall, nameOf } from './call.ts';
import { HttpListPages } from './list.ts';
import { type HttpOriginOptions, httpRequestOptions } from './options.ts';
import { joinProblem } from './refused-params.ts';
import {
  batchCall,
  compileRequest,
  conditionsOf,
  type HttpBatch,
  type HttpRequest,
  type HttpSingle,
  singleCall,
} from './request.ts';
import { type HttpListener, HttpServer } from './server.ts';
import { throttleTold } from './told-failure.ts';

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Connections are kept alive and shared by all calls; they are opened by the first call. One key is asked for by
 * `request.path`, with conditions when something is known; more by `request.batch`. No call is repeated here: each call
 * needs a permit of its own.
 */
export class HttpOrigin implements Origin {
  readonly name: string;
  readonly #deps: OriginDeps<HttpOriginOptions>;
  readonly #requests = new WeakMap<Source, HttpRequest>();
  readonly #server: HttpServer;

  constructor(deps: OriginDeps<HttpOriginOptions> & HttpListener) {
    this.name = deps.name;
    this.#deps = deps;
    this.#server = new HttpServer(deps);
  }

  async fetchMany(
    source: Source,
    requests: readonly OriginRequest[],
    signal: AbortSignal,
  ): Promise<Fetched[]> {
    const request = this.#requestOf(source);
    const [first] = requests;
    if (first === undefined) return [];
    const { single, batch } = request;
    if (requests.length === 1 && single !== undefined)
      return [await this.#fetchOne(single, source, first, signal)];
    if (batch !== undefined && requests.length <= batch.size) {
      return this.#fetchBatch(batch, source, requests, signal);
    }
    throw new OriginError(
      'permanent',
      `one call of source "${source.name}" cannot ask for ${counted(requests.length, 'key')}; the most is ${source.keysPerCall}`,
    );
  }

  async versionOf(source: Source, signal: AbortSignal): Promise<string> {
    const { probe } = this.#requestOf(source);
    if (probe === undefined) throw noProbe(source);
    const call = singleCall(probe, {}, undefined);
    const answer = await this.#call(call, signal);
    const found = answer.status < 300 ? await versionIn(answer, probe, this.#breath()) : undefined;
    const version = safeVersion(found);
    if (version !== undefined) return version;
    const where = probe.version === undefined ? `header "${probe.versionHeader}"` : 'its `version`';
    throw new OriginError('permanent', `${nameOf(call)} answered ${answer.status} without ${where}`);
  }

  listPages(list: ListRequest): ListPages {
    const call = async (first: HttpCall, error: string | undefined, signal: AbortSignal) => {
      const answer = await this.#call(first, signal);
      this.#refuseThrottle(answer, first, { error });
      return answer;
    };
    return new HttpListPages({ list, origin: this.#deps.options, call, clock: this.#deps.clock });
  }

  async probe(signal: AbortSignal): Promise<void> {
    const { options } = this.#deps;
    const { single } = compileRequest(options, httpRequestOptions.parse({ path: options.probe }));
    if (single !== undefined) await this.#call(singleCall(single, {}, undefined), signal);
  }

  /** Calls in flight reject as retryable. */
  close(): Promise<void> {
    return this.#server.close();
  }

  #breath(): Breath {
    return new Breath(this.#deps);
  }

  #requestOf(source: Source): HttpRequest {
    let request = this.#requests.get(source);
    if (request === undefined) {
      request = compileRequest(this.#deps.options, httpRequestOptions.parse(source.request));
      this.#requests.set(source, request);
    }
    return request;
  }

  async #fetchOne(
    single: HttpSingle,
    source: Source,
    { params, known }: OriginRequest,
    signal: AbortSignal,
  ): Promise<Fetched> {
    const call = singleCall(single, params, known);
    const answer = await this.#call(call, signal);
    if (answer.status === 404 || answer.status === 410) return absence(answer, source.format, call.secrets);
    if (answer.status === 304) {
      const { etag, lastModified } = conditionsOf(known);
      if (etag !== undefined || lastModified !== undefined) return { kind: 'unchanged' };
      throw new OriginError('permanent', `${nameOf(call)} answered 304 to a call without conditions`);
    }
    this.#refuseThrottle(answer, call, source.guard);
    const version = await versionIn(answer, single, this.#breath());
    if (version !== undefined && version === known?.version) return { kind: 'unchanged' };
    const { secrets } = call;
    return { ...bodyOf(source, answer, version), ...(secrets.length > 0 && { secrets }) };
  }

  async #fetchBatch(
    batch: HttpBatch,
    source: Source,
    requests: readonly OriginRequest[],
    signal: AbortSignal,
  ): Promise<Fetched[]> {
    const asked = requests.filter(({ params }) => problemOf(batch, params[batch.param] ?? '') === undefined);
    if (asked.length < requests.length) return this.#fetchAskable(batch, source, requests, asked, signal);
    const call = batchCall(batch, [...new Set(asked.map(({ params }) => params[batch.param] ?? ''))]);
    const answer = await this.#call(call, signal);
    if (answer.status < 300) {
      this.#refuseThrottle(answer, call, source.guard);
      return splitBatch(batch, source, answer, requests, this.#breath(), call.secrets);
    }
    throw batchRefused(answer, call, this.#server.reading(call));
  }

  /** Asks for what can be asked for, and answers the others with an error of their own. */
  async #fetchAskable(
    batch: HttpBatch,
    source: Source,
    requests: readonly OriginRequest[],
    asked: readonly OriginRequest[],
    signal: AbortSignal,
  ): Promise<Fetched[]> {
    const fetched = asked.length === 0 ? [] : await this.#fetchBatch(batch, source, asked, signal);
    const byRequest = new Map(asked.map((request, i) => [request, fetched[i]]));
    return requests.map((request) => {
      const error = problemOf(batch, request.params[batch.param] ?? '');
      return error === undefined ? (byRequest.get(request) ?? { kind: 'absent' }) : { kind: 'error', error };
    });
  }

  /** Throws the `OriginError` that an answer of success tells of, where it asks for fewer calls. */
  #refuseThrottle(answer: HttpAnswer, call: HttpCall, guard: Pick<GuardRules, 'error'>): void {
    const throttle = throttleTold(answer, guard, call, this.#server.reading(call));
    if (throttle !== undefined) throw throttle;
  }

  /** Follows redirects within the origin. Rejects with the `OriginError` that the answer is. */
  async #call(first: HttpCall, signal: AbortSignal): Promise<HttpAnswer> {
    let call = first;
    for (let left = this.#deps.options.redirects; ; left -= 1) {
      const answer = await this.#server.call(call, signal);
      if (!REDIRECTS.has(answer.status)) return this.#server.whole(answer, call);
      call = this.#redirected(call, answer, left);
    }
  }

  #redirected(call: HttpCall, answer: HttpAnswer, left: number): HttpCall {
    const refuse = (why: string) =>
      new OriginError('permanent', `${nameOf(call)} answered ${answer.status}: ${why}`);
    const base = new URL(this.#deps.options.url);
    const location = answer.headers.get('location');
    const to = URL.parse(location ?? '', new URL(call.path, base).href);
    if (to === null || location === undefined) throw refuse('a redirect without a location');
    if (to.origin !== base.origin) {
      throw refuse(`a redirect to ${to.origin}, and only ${base.origin} may be called`);
    }
    if (call.method !== 'GET') throw refuse('a redirect of a call with a body is not followed');
    if (left === 0)
      throw refuse(`one redirect more than \`redirects: ${this.#deps.options.redirects}\` allows`);
    return { ...call, path: to.pathname + to.search };
  }
}

/** What is of another type than the values was not said by the API of the values: a server that does not know the path, a proxy. */
function absence({ status, headers }: HttpAnswer, format: BodyFormat, secrets: readonly string[]): Fetched {
  const type = (headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const isOther =
    format === 'json' ? !/[/+]json$/.test(type) : format === 'msgpack' && type.startsWith('text/');
  if (type === '' || !isOther) return { kind: 'absent' };
  return {
    kind: 'absent',
    doubt: `its ${status} is ${shown(type, secrets).slice(0, 40)}, where values are ${format}`,
  };
}

/** Why a value cannot be asked for together with others; undefined when it can. */
function problemOf(batch: HttpBatch, value: string): OriginError | undefined {
  const problem = joinProblem(batch, value);
  return problem === undefined ? undefined : new OriginError('permanent', problem);
}

async function versionIn(
  { headers, body }: HttpAnswer,
  { version, versionHeader }: Pick<HttpSingle, 'version' | 'versionHeader'>,
  breath: Breath,
): Promise<string | undefined> {
  if (version === undefined) return versionHeader === undefined ? undefined : headers.get(versionHeader);
  try {
    const wanted = wantedAt([{ path: version, whole: false }]);
    return textAt(await readJson(body, breath, { wanted }), version);
  } catch {
    // Not JSON, so it names no version; whether it is good is the guard's to say.
    return undefined;
  }
}

function bodyOf({ format }: Source, { headers, body }: HttpAnswer, version: string | undefined): Fetched {
  return {
    kind: 'body',
    body: format === 'json' ? withoutMark(body) : body,
    ...headers.metadata(version),
  };
}
