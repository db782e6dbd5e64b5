/**
 * An origin that makes vectors of texts: `POST /embeddings` with `{ model, input: [...] }`, answered by
 * `{ data: [{ index, embedding }] }` (https://platform.openai.com/docs/api-reference/embeddings/create).
 */
import { bodyOf, valueFrom } from '../../core/body.ts';
import type { BodyFormat } from '../../core/entry.ts';
import { messageOf, OriginError } from '../../core/errors.ts';
import type { Source } from '../../core/source.ts';
import { type HttpAnswer, type HttpCall, nameOf } from '../http/call.ts';
import { HttpServer } from '../http/server.ts';
import { parseJson, readPath } from '../json-path.ts';
import { type Fetched, noProbe, type Origin, type OriginDeps, type OriginRequest } from '../origin.ts';
import { expand, parseTemplate, type Template } from '../template.ts';
import {
  type EmbeddingsOriginOptions,
  type EmbeddingsRequestOptions,
  embeddingsRequestOptions,
} from './options.ts';

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

  constructor(deps: OriginDeps<EmbeddingsOriginOptions>) {
    this.name = deps.name;
    this.#deps = deps;
    this.#server = new HttpServer(deps);
  }

  async fetchMany(
    source: Source,
    requests: readonly OriginRequest[],
    signal: AbortSignal,
  ): Promise<Fetched[]> {
    if (requests.length === 0) return [];
    const prepared = this.#preparedOf(source);
    if (requests.length > prepared.options.keysPerCall) {
      const message = `one call of source "${source.name}" cannot ask for ${requests.length} texts; the most is ${prepared.options.keysPerCall}`;
      throw new OriginError('permanent', message);
    }
    const texts = requests.map((request) => textOf(prepared, request));
    const input = [...new Set(texts.filter((text) => typeof text === 'string'))];
    const vectors = input.length === 0 ? [] : await this.#embed(prepared.options, input, signal);
    const byText = new Map(input.map((text, i) => [text, vectors[i]]));
    return texts.map((text) =>
      typeof text === 'string' ? fetchedFrom(source.format, prepared, byText.get(text)) : text,
    );
  }

  /** A model never changes under its name. */
  async versionOf(source: Source): Promise<string> {
    throw noProbe(source);
  }

  /** Asks for the list of models, which is free; a server without one has answered as well. */
  async probe(signal: AbortSignal): Promise<void> {
    const headers = headersOf(this.#deps.options);
    await this.#call({ method: 'GET', path: this.#path('/models'), headers, body: undefined }, signal);
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
    const call: HttpCall = {
      method: 'POST',
      path: this.#path('/embeddings'),
      headers: [...headersOf(this.#deps.options), 'content-type', 'application/json'],
      body: JSON.stringify({
        model,
        input,
        encoding_format: encoding,
        ...(dimensions !== undefined && { dimensions }),
      }),
    };
    const answer = await this.#call(call, signal);
    if (answer.status >= 300) {
      throw new OriginError('permanent', `${nameOf(call)} answered ${answer.status}; check \`url\``);
    }
    return vectorsOf(answer.body, input.length, nameOf(call));
  }

  async #call(call: HttpCall, signal: AbortSignal): Promise<HttpAnswer> {
    return this.#server.whole(await this.#server.call(call, signal), call);
  }

  #path(path: string): string {
    return new URL(this.#deps.options.url).pathname.replace(/\/+$/, '') + path;
  }
}

/** Names and values in turn. */
function headersOf({ headers }: EmbeddingsOriginOptions): string[] {
  const merged = new Map([['accept', 'application/json']]);
  for (const [name, value] of Object.entries(headers)) merged.set(name.toLowerCase(), value);
  return [...merged, ['accept-encoding', 'identity']].flat();
}

/** The text of a key, or why it has none that can be sent. */
function textOf({ options, input }: Prepared, { params }: OriginRequest): string | Fetched {
  const text = expand(input, params, (value) => value)?.toWellFormed();
  if (text === undefined || text === '') return refused(`input "${input.text}" makes no text of this key`);
  const { maxCharacters } = options;
  if (maxCharacters === undefined || text.length <= maxCharacters) return text;
  return refused(`the text has ${text.length} characters, and \`maxCharacters\` is ${maxCharacters}`);
}

/** By `index`, whatever the order. Throws a permanent `OriginError` when the body is no list of embeddings. */
function vectorsOf(body: Uint8Array, count: number, call: string): unknown[] {
  const malformed = (why: string) => new OriginError('permanent', `${call} answered ${why}`);
  let answer: unknown;
  try {
    answer = parseJson(body);
  } catch {
    throw malformed('what is not JSON');
  }
  const data = readPath(answer, ['data']);
  if (!Array.isArray(data)) throw malformed('JSON without a list at "data"');
  const vectors: unknown[] = Array.from({ length: count });
  for (const item of data) {
    const index = readPath(item, ['index']);
    if (typeof index !== 'number' || !(index in vectors)) {
      throw malformed(`an item whose index is ${JSON.stringify(index)}, to ${count} texts`);
    }
    vectors[index] = readPath(item, ['embedding']);
  }
  return vectors;
}

function fetchedFrom(format: BodyFormat, { options }: Prepared, embedding: unknown): Fetched {
  if (embedding === undefined || embedding === null) {
    return { kind: 'error', error: new OriginError('retryable', 'the answer has no vector for this text') };
  }
  try {
    // Numbers are sent as base64 of the very bytes that a `float32` body has.
    const floats = typeof embedding === 'string' ? Buffer.from(embedding, 'base64') : float32(embedding);
    const length = floats.byteLength / BYTES_PER_NUMBER;
    if (!Number.isInteger(length) || (options.dimensions ?? length) !== length) {
      return refused(`its vector has ${length} numbers, and ${options.dimensions ?? 'whole ones'} are asked`);
    }
    return { kind: 'body', body: bodyFrom(format, floats) };
  } catch (cause) {
    return refused(`its vector cannot be used: ${messageOf(cause)}`);
  }
}

const BYTES_PER_NUMBER = 4;

function float32(embedding: unknown): Uint8Array {
  return bodyOf('float32', embedding);
}

/** The bytes as they are, or the vector as a list where the source's values are no bytes. */
function bodyFrom(format: BodyFormat, floats: Uint8Array): Uint8Array {
  if (format === 'float32' || format === 'raw') return floats;
  return bodyOf(format, [...(valueFrom('float32', floats) as Float32Array)]);
}

function refused(message: string): Fetched {
  return { kind: 'error', error: new OriginError('permanent', message) };
}
