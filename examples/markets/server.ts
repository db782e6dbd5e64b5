/**
 * The markets API over HTTP. One key per call: `/markets/{id}/quote`, `.../summary`, `.../profile`; up to 100:
 * `/markets/quotes?ids=1,2`, `/markets/summaries?ids=`, `/markets/profiles?ids=`. Beside it `/_control` and
 * `/_counters`, which no limit and no fault touches.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Fact, type Facts, SOURCES, type SourceName } from './facts.ts';
import type { Atlas, Place } from './places.ts';
import { drawLatency, type Switches } from './switches.ts';
import { SlidingSecond, type Traffic } from './traffic.ts';

/** Ids in one batch at most. */
export const BATCH_LIMIT = 100;

const PLURALS = new Map<string, SourceName>([
  ['quotes', 'quote'],
  ['summaries', 'summary'],
  ['profiles', 'profile'],
]);
const SINGULARS = new Map<string, SourceName>(SOURCES.map((source) => [source, source]));
const PREFIX = '/markets/';

/** What a path asks for: one market (`ids` undefined) or several. */
interface Question {
  readonly source: SourceName;
  readonly id: string;
  readonly ids: readonly string[] | undefined;
}

export interface MarketsServerDeps {
  readonly atlas: Atlas;
  readonly facts: Facts;
  readonly traffic: Traffic;
  readonly random: () => number;
  readonly switches: Switches;
}

export class MarketsServer {
  switches: Switches;
  readonly #deps: MarketsServerDeps;
  /** Calls that were let in. */
  readonly #admitted = new SlidingSecond();

  constructor(deps: MarketsServerDeps) {
    this.#deps = deps;
    this.switches = deps.switches;
  }

  /** Answers a call below `/markets/`; false when the path is none of them. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const question = questionOf(request.url ?? '');
    if (question === undefined) return false;
    const { traffic, random } = this.#deps;
    const at = performance.now();
    traffic.begin(at);
    if (this.switches.outage) {
      traffic.tally('dropped');
      traffic.end();
      request.socket.destroy();
      return true;
    }
    const wait = this.#refusal(at);
    if (wait > 0) {
      traffic.tally('throttled');
      send(response, 429, '{"error":"too many calls"}', ['retry-after', String(wait)]);
      traffic.end();
      return true;
    }
    this.#admitted.add(at);
    traffic.admit(question.source);
    const latency = drawLatency(this.switches, random);
    if (latency < 1) this.#answer(question, request, response);
    else setTimeout(() => this.#answer(question, request, response), latency);
    return true;
  }

  /** Whole seconds to stay away for; 0 lets the call in. */
  #refusal(at: number): number {
    const { rate, concurrency } = this.switches;
    if (concurrency > 0 && this.#deps.traffic.inFlight > concurrency) return 1;
    if (rate === 0 || this.#admitted.countAt(at) < rate) return 0;
    return Math.max(1, Math.ceil((this.#admitted.oldest + 1_000 - at) / 1_000));
  }

  #answer(question: Question, request: IncomingMessage, response: ServerResponse): void {
    const { traffic, random } = this.#deps;
    const { errorRate, emptyRate } = this.switches;
    const places = this.#placesOf(question);
    for (const place of places) traffic.key(question.source, place);
    if (errorRate > 0 && random() < errorRate) {
      traffic.tally('errors');
      send(response, 500, '{"error":"switched on"}');
    } else if (emptyRate > 0 && random() < emptyRate) {
      traffic.tally('empty');
      send(response, 200, '');
    } else if (question.ids !== undefined) {
      this.#answerMany(question.source, question.ids, places, response);
    } else if (places[0] === undefined) {
      send(response, 404, `{"error":"no market ${JSON.stringify(question.id).slice(1, -1)}"}`);
    } else {
      this.#answerOne(this.#deps.facts.of(question.source, places[0]), request, response);
    }
    traffic.end();
  }

  #placesOf({ id, ids }: Question): Place[] {
    const { byId } = this.#deps.atlas;
    const found: Place[] = [];
    for (const one of ids ?? [id]) {
      const place = byId.get(one);
      if (place !== undefined) found.push(place);
    }
    return found;
  }

  #answerOne(fact: Fact, request: IncomingMessage, response: ServerResponse): void {
    const validators = ['etag', fact.etag, 'last-modified', fact.lastModified];
    if (isUnchanged(request, fact)) {
      this.#deps.traffic.tally('notModified');
      response.writeHead(304, validators).end();
      return;
    }
    response.writeHead(200, [
      'content-type',
      'application/json',
      'content-length',
      fact.length,
      ...validators,
    ]);
    response.end(fact.json);
  }

  /** Ids that do not exist are left out of the answer. */
  #answerMany(
    source: SourceName,
    ids: readonly string[],
    places: readonly Place[],
    response: ServerResponse,
  ): void {
    if (ids.length > BATCH_LIMIT) {
      send(response, 400, `{"error":"at most ${BATCH_LIMIT} ids"}`);
      return;
    }
    const items = places.map((place) => {
      const { etag, version, json } = this.#deps.facts.of(source, place);
      return `{"id":"${place.id}","etag":${JSON.stringify(etag)},"version":"${version}","value":${json}}`;
    });
    send(response, 200, `{"items":[${items.join(',')}]}`);
  }
}

/** As RFC 9110 13.2.2 orders them: If-Modified-Since counts only without If-None-Match. */
function isUnchanged({ headers }: IncomingMessage, fact: Fact): boolean {
  const tags = headers['if-none-match'];
  if (tags !== undefined)
    return tags === fact.etag || tags.split(/,\s*/).some((tag) => tag === fact.etag || tag === '*');
  const since = headers['if-modified-since'];
  return since !== undefined && Date.parse(since) >= fact.modifiedAt;
}

function questionOf(url: string): Question | undefined {
  if (!url.startsWith(PREFIX)) return undefined;
  const end = url.indexOf('?');
  const path = end < 0 ? url.slice(PREFIX.length) : url.slice(PREFIX.length, end);
  const slash = path.indexOf('/');
  if (slash > 0) {
    const source = SINGULARS.get(path.slice(slash + 1));
    return source && { source, id: path.slice(0, slash), ids: undefined };
  }
  const source = PLURALS.get(path);
  if (source === undefined || end < 0) return undefined;
  const ids = new URLSearchParams(url.slice(end)).get('ids') ?? '';
  return { source, id: '', ids: ids.split(',') };
}

/** Sends JSON. */
export function send(
  response: ServerResponse,
  status: number,
  json: string,
  headers: readonly string[] = [],
): void {
  const length = String(Buffer.byteLength(json));
  response.writeHead(status, ['content-type', 'application/json', 'content-length', length, ...headers]);
  response.end(json);
}
