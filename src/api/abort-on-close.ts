import type { FastifyReply } from 'fastify';
import type { RouteContext } from './server.ts';

/** Aborts when the client is gone, or when this process stops. */
export function abortOnClose(reply: FastifyReply, { streams }: Pick<RouteContext, 'streams'>): AbortSignal {
  const over = new AbortController();
  streams.add(over);
  reply.raw.once('close', () => {
    streams.delete(over);
    over.abort();
  });
  return over.signal;
}
