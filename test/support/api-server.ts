/** A control API that really listens, over verbs in memory and idempotency keys on the tests' Redis. */
import { type IncomingHttpHeaders, request } from 'node:http';
import { onTestFinished } from 'vitest';
import type { z } from 'zod';
import type { Token } from '../../src/api/access.ts';
import type { BoardSource } from '../../src/api/bull-board/board-source.ts';
import { consoleOptions } from '../../src/api/console-options.ts';
import { ControlApi } from '../../src/api/control-api.ts';
import type { IdempotencyStore } from '../../src/api/idempotency.ts';
import { apiOptions } from '../../src/api/options.ts';
import { RedisIdempotency } from '../../src/api/redis-idempotency.ts';
import { Events } from '../../src/core/events.ts';
import type { HealthItem } from '../../src/core/health.ts';
import type { Tracer } from '../../src/core/tracing.ts';
import type { Verbs } from '../../src/verbs/verbs.ts';
import { EventLog } from './event-log.ts';
import { FakeClock } from './fake-clock.ts';
import { type VerbsInMemory, verbsInMemory } from './in-memory/verbs.ts';
import { toldBy } from './process-health.ts';
import { connectRedis, uniquePrefix } from './redis.ts';

export const BODY_LIMIT = 10_000;

export interface ApiServer {
  readonly api: ControlApi;
  readonly url: string;
  readonly verbs: VerbsInMemory;
  readonly clock: FakeClock;
  readonly log: EventLog;
  readonly events: Events;
  /** A request; an object as `json` is its body. */
  call(path: string, init?: RequestInit & { json?: unknown }): Promise<Response>;
}

export interface ApiServerOptions {
  readonly tokens?: readonly Token[];
  /** Other options, as they stand in a configuration. */
  readonly configured?: z.input<typeof apiOptions>;
  /** As it stands in a configuration. */
  readonly console?: z.input<typeof consoleOptions>;
  /** In ms. */
  readonly maxAge?: number;
  readonly signs?: () => readonly HealthItem[];
  /** In place of the one on Redis. */
  readonly idempotency?: IdempotencyStore;
  readonly tracer?: Tracer;
  /** What bull-board is mounted on; absent: it is not served. */
  readonly board?: BoardSource;
  /** Verbs that answer differently. */
  readonly over?: (verbs: VerbsInMemory) => Partial<Verbs>;
}

/** Stopped when the test ends. */
export async function startApi(options: ApiServerOptions = {}): Promise<ApiServer> {
  const clock = new FakeClock();
  const events = new Events(options.tracer);
  const verbs = verbsInMemory(clock);
  const tokens = (options.tokens ?? []).map((token) => ({ ...token, scopes: [...token.scopes] }));
  const served = options.over === undefined ? verbs : overlay(verbs, options.over(verbs));
  const api = new ControlApi({
    ...{ verbs: served, ...toldBy(served, clock, options.signs) },
    options: {
      ...apiOptions.parse({ port: 0, bodyLimit: `${BODY_LIMIT}B`, ...options.configured }),
      tokens,
      maxAge: options.maxAge,
    },
    console: consoleOptions.parse(options.console ?? {}),
    idempotency:
      options.idempotency ?? new RedisIdempotency({ redis: connectRedis(), prefix: uniquePrefix(), clock }),
    clock,
    events,
    board: options.board,
  });
  await api.start();
  const url = api.url ?? '';
  onTestFinished(async () => {
    const stopped = api.stop(clock.now());
    await clock.advance(0);
    await stopped;
  });
  const log = new EventLog(events, ['problem']);
  return { api, url, verbs, clock, log, events, call: (path, init) => callAt(url + path, init) };
}

function callAt(url: string, { json, ...init }: RequestInit & { json?: unknown } = {}): Promise<Response> {
  if (json === undefined) return fetch(url, init);
  const headers = new Headers(init.headers);
  headers.set('content-type', 'application/json');
  return fetch(url, { method: 'POST', ...init, headers, body: JSON.stringify(json) });
}

/** The verbs, except for those that are given. */
function overlay(verbs: VerbsInMemory, over: Partial<Verbs>): Verbs {
  return new Proxy<Verbs>(verbs, {
    get(target, name) {
      const member = Reflect.get(over, name) ?? Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A request exactly as given: `fetch` would not send such a path or such headers. */
export function callRaw(
  url: string,
  {
    path = '/',
    method = 'GET',
    headers = {},
  }: { path?: string; method?: string; headers?: IncomingHttpHeaders },
): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) }),
      );
    });
    sent.on('error', reject);
    sent.end();
  });
}
