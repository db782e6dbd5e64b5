/**
 * The last event of the stream of changes that a caller saw before asking: what programs and pages that follow it send as
 * `Last-Event-ID` with what they read because of it. It travels with the request; `shared-reads.ts` says what it is good for.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Server } from './server.ts';

const storage = new AsyncLocalStorage<string | undefined>();

/** Undefined where the caller asks for another reason. */
export function seenEvent(): string | undefined {
  return storage.getStore();
}

export function noteSeenEvents(app: Server): void {
  app.addHook('preHandler', ({ method, headers }, _reply, done) => {
    const id = headers['last-event-id'];
    if (method !== 'GET' || typeof id !== 'string') done();
    else storage.run(id, done);
  });
}
