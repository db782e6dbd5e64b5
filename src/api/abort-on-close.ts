import type { FastifyReply } from 'fastify';
import type { Desk } from './server.ts';

/** Aborts when the client is gone, or when this process stops. */
export function untilGone(reply: FastifyReply, { streams }: Pick<Desk, 'streams'>): AbortSignal {
  const over = new AbortController();
  streams.add(over);
  reply.raw.once('close', () => {
    streams.delete(over);
    over.abort();
  });
  return over.signal;
}
