/**
 * Idempotency keys (IETF draft-ietf-httpapi-idempotency-key-header): a POST that is sent again under the same
 * `Idempotency-Key` gets the first response again, and does nothing.
 *
 * A response is stored before it is sent. What failed here (5xx), or was refused for lack of a scope, did not happen and
 * is not stored. A process that dies between doing and storing leaves the key free again after a while: the promise is
 * "not twice while anybody remembers", and verbs whose repetition matters take an id of their own (`warm`).
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ForewarmError } from '../core/errors.ts';
import type { Events } from '../core/events.ts';
import type { Hold, Server } from './server.ts';

export interface StoredAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Remembers requests by key for 24 hours. Every member rejects with `E_REDIS_UNAVAILABLE`. */
export interface IdempotencyStore {
  /**
   * `new`: the key is now held for this request, which must `finish` or `fail`. `busy`: the same request is being
   * worked on. `reused`: another request had this key. Otherwise the response that the request got.
   */
  begin(key: string, fingerprint: string): Promise<'new' | 'busy' | 'reused' | StoredAnswer>;
  finish(key: string, fingerprint: string, answer: StoredAnswer): Promise<void>;
  /** Frees the key: the request left nothing behind. */
  fail(key: string): Promise<void>;
}

/** The headers that belong to a response, rather than to the connection or the time. */
const KEPT_HEADERS = ['content-type', 'location'];

export interface IdempotencyDeps {
  readonly store: IdempotencyStore;
  readonly events: Events;
}

/** Returns how a handler that reads its body itself holds the key, once `request.bodyHash` is known. */
export function keepIdempotent(app: Server, { store, events }: IdempotencyDeps): Hold {
  const hold: Hold = async (request, reply) => {
    const key = request.headers['idempotency-key'];
    if (typeof key !== 'string') return false;
    const fingerprint = fingerprintOf(request);
    const begun = await store.begin(key, fingerprint);
    if (begun === 'new') request.held = { key, fingerprint };
    // A reply is a promise of its own end: it is not returned, which would wait for that.
    else repeat(reply, key, begun);
    return begun !== 'new';
  };
  app.addHook('preHandler', async (request, reply) => {
    // A body that its handler reads has no hash yet.
    if (request.method !== 'POST' || request.body instanceof Readable) return;
    if (await hold(request, reply)) return reply;
  });
  app.addHook('onSend', async (request, reply, payload) => {
    if (request.held !== undefined) await release(request, reply, payload, { store, events });
    return payload;
  });
  return hold;
}

/** The same token, method, path, query and body give the same fingerprint. */
function fingerprintOf(request: FastifyRequest): string {
  const parts = [request.caller?.name ?? '', request.method, request.raw.url ?? '', request.bodyHash];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function repeat(reply: FastifyReply, key: string, begun: 'busy' | 'reused' | StoredAnswer): void {
  if (begun === 'reused') {
    throw new ForewarmError(
      'E_IDEMPOTENCY_REUSED',
      `Idempotency-Key "${key}" named a different request before`,
    );
  }
  if (begun === 'busy') {
    reply.header('retry-after', '1');
    throw new ForewarmError(
      'E_CONFLICT',
      `the request with Idempotency-Key "${key}" is still being worked on`,
    );
  }
  reply
    .code(begun.status)
    .headers({ ...begun.headers, 'idempotency-replayed': 'true' })
    .send(begun.body);
}

/** The response is sent even when it cannot be stored: the work is done, and the hold on the key runs out. */
async function release(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  { store, events }: IdempotencyDeps,
): Promise<void> {
  if (request.held === undefined) return;
  const { key, fingerprint } = request.held;
  request.held = undefined;
  const { statusCode: status } = reply;
  try {
    if (status >= 500 || status === 403 || typeof payload !== 'string') await store.fail(key);
    else await store.finish(key, fingerprint, { status, headers: keptHeaders(reply), body: payload });
  } catch (error) {
    events.emit('problem', { where: 'api idempotency', error });
  }
}

function keptHeaders(reply: FastifyReply): Record<string, string> {
  const all = KEPT_HEADERS.map((name) => [name, reply.getHeader(name)] as const);
  return Object.fromEntries(
    all.flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}
