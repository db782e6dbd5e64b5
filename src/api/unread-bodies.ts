import type { FastifyRequest } from 'fastify';
import type { Server } from './server.ts';

/**
 * Closes the connection after an answer that was given before the whole body came, such as a 401. Otherwise the server would go
 * on reading what nobody wants, for as long as the client likes to send. What a client has announced and `bodyLimit` allows is
 * read to its end: a connection that is closed while a client sends may cost it the answer. Node does so itself only where nobody
 * began to read; the rest of a body that its handler left would keep the next request on the connection waiting.
 */
export function closeUnread(app: Server, bodyLimit: number): void {
  app.addHook('onSend', async (request, reply, payload) => {
    if (!request.raw.complete) {
      if (isShort(request, bodyLimit)) request.raw.resume();
      else reply.header('connection', 'close');
    }
    return payload;
  });
}

function isShort({ headers }: FastifyRequest, bodyLimit: number): boolean {
  if (headers['transfer-encoding'] !== undefined) return false;
  return Number(headers['content-length'] ?? 0) <= bodyLimit;
}
