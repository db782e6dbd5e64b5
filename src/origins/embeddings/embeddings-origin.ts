/**
 * An origin that makes vectors of texts: `POST /embeddings` with `{ model, input: [...] }`, answered by
 * `{ data: [{ index, embedding }] }` (https://platform.openai.com/docs/api-reference/embeddings/create).
 */
import { counted } from '../../core/counted.ts';
import { OriginError } from '../../core/errors.ts';
import type { Source } from '../../core/source.ts';
import { Breath } from '../../flow/breath.ts';
import { basePathOf } from '../base-path.ts';
import { isTold } from '../guard-error.ts';
import { failureSaid } from '../http/answer.ts';
import { type HttpAnswer, type HttpCall, nameOf } from '../http/call.ts';
import { secretsOf } from '../http/secrets-sent.ts';
import { sentHeaders } from '../http/sent-headers.ts';
import { type HttpListener, HttpServer } from '../http/server.ts';
import { readJson, readPath } from '../json-path.ts';
import {
  type Fetched,
  type ListPages,
  type ListRequest,
  noLists,
  noProbe,
  type Origin,
  type OriginDeps,
  type OriginRequest,
} from '../origin.ts';
import { expand, parseTemplate, percentEncode, type Template } from '../template.ts';
import { saidOf } from '../words.ts';
import {
  type EmbeddingsOriginOptions,
  type EmbeddingsRequestOptions,
  embeddingsRequestOptions,
  textProblem,
} from './options.ts';
import { fetchedFrom, refused, vectorsOf } from './vectors.ts';

/** A source's request, prepared once. */
interface Prepared {
  readonly options: EmbeddingsRequestOptions;
  readonly input: Template;
}

/** Connections are kept alive and shared by all calls; they are opened by the first call. No call is repeated here. */
export class EmbeddingsOrigin implements Origin {
  readonly name: string;
  readonly #deps: OriginDeps<EmbeddingsOriginOptions>;
  readonly #prepared = new WeakMap<Source, Prepared>();
  readonly #server: HttpServer;
  /** What its calls carry that nobody may see. */
  readonly #secrets: readonly string[];
  /** The server has refused base64; that does not change while we run. */
  #isPlain = false;

  constructor(deps: OriginDeps<EmbeddingsOriginOptions> & HttpListener) {
    this.name = deps.name;
    this.#deps = deps;
    this.#server = new HttpServer(deps);
    this.#secrets = secretsOf(this.#headers(), deps.options.query, []);
  }

  async fetchMany(
    source: Source,
    requests: readonly OriginRequest[],
    signal: AbortSignal,
  ): Promise<Fetched[]> {
    if (requests.length === 0) return [];
    const prepared = this.#preparedOf(source);
    if (requests.length > prepared.options.keysPerCall) {
      const message = `one call of source "${source.name}" cannot ask for ${counted(requests.length, 'text')}; the most is ${prepared.options.keysPerCall}`;
      throw new OriginError('permanent', message);
    }
    const texts = requests.map((request) => textOf(prepared, request));
    const input = [...new Set(texts.filter((text) => typeof text === 'string'))];
    const vectors = input.length === 0 ? [] : await this.#embed(prepared.options, input, signal);
    const byText = new Map(input.map((text, i) => [text, vectors[i]]));
    const breath = new Breath(this.#deps);
    const fetched: Fetched[] = [];
    for (const text of texts) {
      if (breath.isDue) await breath.take();
      const { dimensions } = prepared.options;
      fetched.push(
        typeof text === 'string' ? fetchedFrom(source.format, dimensions, byText.get(text)) : text,
      );
    }
    return fetched;
  }

  /** A model never changes under its name. */
  async versionOf(source: Source): Promise<string> {
    throw noProbe(source);
  }

  listPages(list: ListRequest): ListPages {
    throw noLists(this.name, list);
  }

  /** Asks for the list of models, which is free; a server without one has answered as well. */
  async probe(signal: AbortSignal): Promise<void> {
    const call: HttpCall = {
      method: 'GET',
      path: this.#path('/models'),
      headers: this.#headers(),
      body: undefined,
      secrets: this.#secrets,
    };
    await this.#call(call, signal);
  }

  /** Calls in flight reject as retryable. */
  close(): Promise<void> {
    return this.#server.close();
  }

  #preparedOf(source: Source): Prepared {
    let prepared = this.#prepared.get(source);
    if (prepared === undefined) {
      const options = embeddingsRequestOptions.parse(source.request);
      prepared = { options, input: parseTemplate(options.input) };
      this.#prepared.set(source, prepared);
    }
    return prepared;
  }

  /** What the server gave for each text, in order; undefined where it gave nothing. */
  async #embed(
    { model, dimensions, encoding }: EmbeddingsRequestOptions,
    input: readonly string[],
    signal: AbortSignal,
  ): Promise<unknown[]> {
    const format = this.#isPlain ? 'float' : encoding;
    const call: HttpCall = {
      method: 'POST',
      path: this.#path('/embeddings'),
      headers: this.#headers({ 'content-type': 'application/json' }),
      body: JSON.stringify({
        model,
        input,
        // Numbers are what servers give by themselves, also those that do not know the member.
        ...(format === 'base64' && { encoding_format: format }),
        ...(dimensions !== undefined && { dimensions }),
      }),
      secrets: this.#secrets,
    };
    const answer = await this.#call(call, signal).catch((error: unknown) => {
      throw format === 'base64' ? this.#withoutBase64(error) : error;
    });
    if (answer.status >= 300) {
      throw new OriginError('permanent', `${nameOf(call)} answered ${answer.status}; check \`url\``);
    }
    return vectorsOf(await this.#parsed(answer, call), input.length, nameOf(call));
  }

  /** A server that refuses base64 says so by 400 or 422. The next call asks for numbers, with a permit of its own. */
  #withoutBase64(error: unknown): unknown {
    if (!(error instanceof OriginError) || !error.refusesBatch) return error;
    if (!/base64|encoding[ _]format|should be '?float/i.test(error.message)) return error;
    this.#isPlain = true;
    const message = `${error.message}; it is asked for \`float\` from now on`;
    return new OriginError('retryable', message, { details: error.details });
  }

  /** The JSON of an answer. Rejects with the `OriginError` of an error that is told with 200. */
  async #parsed({ status: answered, body, headers }: HttpAnswer, call: HttpCall): Promise<unknown> {
    let parsed: unknown;
    try {
      parsed = await readJson(body, new Breath(this.#deps), { exact: false });
    } catch {
      throw new OriginError('permanent', `${nameOf(call)} answered what is not JSON`, { refusesBatch: true });
    }
    const error = readPath(parsed, ['error']);
    if (!isTold(error)) return parsed;
    // Gateways put the status that they got themselves into the body.
    const code = Number(readPath(error, ['code']) ?? readPath(error, ['status']));
    const status = Number.isInteger(code) && code >= 400 && code < 600 ? code : TOLD_WITH_SUCCESS;
    const told = `answered ${answered}, and in it an error${status === code ? ` ${code}` : ''}`;
    throw failureSaid(saidOf({ error }), { status, headers, told }, call, this.#server.reading(call));
  }

  async #call(call: HttpCall, signal: AbortSignal): Promise<HttpAnswer> {
    return this.#server.whole(await this.#server.call(call, signal), call);
  }

  /** `usual`: what is sent unless the configuration says otherwise. */
  #headers(usual: Readonly<Record<string, string>> = {}): string[] {
    return sentHeaders('application/json', usual, this.#deps.options.headers);
  }

  #path(path: string): string {
    const { url, query } = this.#deps.options;
    const fields = Object.entries(query).map((field) => field.map(percentEncode).join('='));
    const base = basePathOf(url) + path;
    return fields.length === 0 ? base : `${base}?${fields.join('&')}`;
  }
}

/** What an error without a status of its own is taken for: the request, which is not as the server wants it. */
const TOLD_WITH_SUCCESS = 400;

/** The text of a key, or why it has none that can be sent. */
function textOf({ options, input }: Prepared, { params }: OriginRequest): string | Fetched {
  const text = expand(input, params, (value) => value)?.toWellFormed();
  if (text === undefined || text === '') return refused(`input "${input.text}" makes no text of this key`);
  const problem = textProblem(text, options.maxCharacters);
  return problem === undefined ? text : refused(problem);
}
