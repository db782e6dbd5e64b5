/**
 * Spans of what clients do, out of the diagnostics channels that they publish themselves: nothing is patched, and no loader hooks
 * are needed. The channels are those of the process, so only processes of ours listen; an application has its own instrumentation.
 *
 * What they publish is foreign: each field is looked at before it is used. Names and values of attributes are those of the stable
 * conventions: https://opentelemetry.io/docs/specs/semconv/http/http-spans/ and
 * https://opentelemetry.io/docs/specs/semconv/database/database-spans/ .
 */
import { subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel';
import { showUrl } from '../../core/secrets.ts';
import { traceparentOf } from '../../core/traceparent.ts';
import type { Step } from '../../core/tracing.ts';
import type { OpenSpan } from './open-span.ts';
import type { OtelTracer } from './otel-tracer.ts';

export interface ChannelOptions {
  /** Each command to Redis, too. */
  readonly redis: boolean;
  /** Requests to origins carry `traceparent`. */
  readonly toOrigins: boolean;
}

type Fields = Readonly<Record<string, unknown>>;
type Listener = (message: unknown, name: string | symbol) => void;

/** Begins to listen to what the tracer shows: a client does more where somebody listens. The function that is returned ends it. */
export function listenToChannels(tracer: OtelTracer, { redis, toOrigins }: ChannelOptions): () => void {
  const { showsSteps } = tracer;
  const requests = showsSteps || toOrigins ? requestListeners(tracer, toOrigins) : [];
  const offs = [
    ...requests.map(([name, listener]) => listening(name, listener)),
    ...(showsSteps ? [tracing('forewarm:sql', tracer, queryStep)] : []),
    ...(redis ? [tracing('ioredis:command', tracer, commandStep)] : []),
    ...(redis ? [tracing('ioredis:batch', tracer, batchStep)] : []),
  ];
  return () => {
    for (const off of offs) off();
  };
}

function listening(name: string, listener: Listener): () => void {
  subscribe(name, listener);
  return () => unsubscribe(name, listener);
}

/** What undici publishes of its requests. */
function requestListeners(tracer: OtelTracer, toOrigins: boolean): (readonly [string, Listener])[] {
  const open = new WeakMap<object, OpenSpan>();
  const spanOf = (message: unknown) => open.get(Object(fieldsOf(message).request));
  return [
    [
      'undici:request:create',
      (message) => {
        const request = Object(fieldsOf(message).request);
        if (toOrigins) carry(tracer, request);
        const span = tracer.begin(() => requestStep(request));
        if (span !== undefined) open.set(request, span);
      },
    ],
    [
      'undici:request:headers',
      (message) => {
        const status = Number(fieldsOf(fieldsOf(message).response).statusCode);
        const span = spanOf(message);
        span?.set({ 'http.response.status_code': status });
        if (status >= 400) failed(span, String(status));
      },
    ],
    ['undici:request:trailers', (message) => ended(tracer, spanOf(message))],
    [
      'undici:request:error',
      (message) => {
        const span = spanOf(message);
        failed(span, typeOf(fieldsOf(message).error));
        ended(tracer, span);
      },
    ],
  ];
}

/** Of a trace that is not taken, too: the flag says so, and a server that goes by its caller takes none of it either. */
function carry(tracer: OtelTracer, request: Fields): void {
  const current = tracer.current();
  if (current !== undefined && typeof request.addHeader === 'function') {
    request.addHeader('traceparent', traceparentOf(current));
  }
}

function requestStep({ method, origin, path }: Fields): Step {
  const address = String(origin);
  const known = URL.canParse(address) ? new URL(address) : undefined;
  const verb = String(method);
  return {
    name: verb,
    kind: 'client',
    attributes: {
      'http.request.method': verb,
      'server.address': known?.hostname,
      'server.port': portOf(known),
      'url.full': showUrl(`${address}${String(path)}`),
    },
  };
}

function portOf(url: URL | undefined): number | undefined {
  if (url === undefined) return undefined;
  return url.port === '' ? { 'http:': 80, 'https:': 443 }[url.protocol] : Number(url.port);
}

/** A query of our own pool, which publishes as the clients do: `pg` has no channel. */
function queryStep({ text, database, address, port }: Fields): Step {
  return {
    name: String(text).trim().split(/\s/, 1)[0]?.toUpperCase() || 'query',
    kind: 'client',
    attributes: {
      'db.system.name': 'postgresql',
      'db.namespace': textOf(database),
      'db.query.text': textOf(text),
      'server.address': textOf(address),
      'server.port': numberOf(port),
    },
  };
}

/** Without its arguments: they hold keys and values. */
function commandStep({ command, database, serverAddress, serverPort }: Fields): Step {
  return redisStep(String(command).toUpperCase(), { database, serverAddress, serverPort }, undefined);
}

function batchStep({ batchMode, batchSize, database, serverAddress, serverPort }: Fields): Step {
  const name = batchMode === 'MULTI' ? 'MULTI' : 'PIPELINE';
  return redisStep(name, { database, serverAddress, serverPort }, numberOf(batchSize));
}

function redisStep(name: string, place: Fields, size: number | undefined): Step {
  return {
    name,
    kind: 'client',
    attributes: {
      'db.system.name': 'redis',
      'db.operation.name': name,
      'db.operation.batch.size': size,
      'db.namespace': place.database === undefined ? undefined : String(place.database),
      'server.address': textOf(place.serverAddress),
      'server.port': numberOf(place.serverPort),
    },
  };
}

/** Of a channel that publishes the beginning and the end of what it does, with one message. */
function tracing(name: string, tracer: OtelTracer, stepOf: (fields: Fields) => Step): () => void {
  const open = new WeakMap<object, OpenSpan>();
  const end = (message: object) => {
    ended(tracer, open.get(message));
    open.delete(message);
  };
  const handlers = {
    start: (message: object) => {
      const span = tracer.begin(() => stepOf(fieldsOf(message)));
      if (span !== undefined) open.set(message, span);
    },
    error: (message: object) => failed(open.get(message), typeOf(fieldsOf(message).error)),
    end: () => undefined,
    asyncStart: () => undefined,
    asyncEnd: end,
  };
  const channel = tracingChannel(name);
  channel.subscribe(handlers);
  return () => channel.unsubscribe(handlers);
}

function ended(tracer: OtelTracer, span: OpenSpan | undefined): void {
  if (span !== undefined) tracer.end(span);
}

function failed(span: OpenSpan | undefined, type: string): void {
  span?.set({ 'error.type': type });
  span?.fail(type);
}

/** What kind of error it was: its text may hold anything. */
function typeOf(error: unknown): string {
  const { code, name } = fieldsOf(error);
  return textOf(code) ?? textOf(name) ?? 'error';
}

function fieldsOf(value: unknown): Fields {
  return Object(value);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
