import { readTraceparent } from '../core/traceparent.ts';
import type { Span, Tracer } from '../core/tracing.ts';
import type { Server } from './server.ts';

/**
 * Each request is a piece of work that traces show, as part of the trace that its `traceparent` names. It lasts until the response
 * was sent, or its client is gone; an event stream as long as somebody listens. Routes that need no token are left out: probes and
 * scrapes come every few seconds.
 */
export function traceRequests(app: Server, tracer: Tracer): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { url: route, config } = request.routeOptions;
    if (route === undefined || config.scope === 'open') {
      done();
      return;
    }
    const { method, headers } = request;
    const untilSent = (span: Span) =>
      new Promise<void>((resolve) => {
        reply.raw.once('close', () => {
          const { statusCode: status, headersSent, writableFinished } = reply.raw;
          // Before, it is what Node would send, and nobody was told so.
          if (headersSent) span.set({ 'http.response.status_code': status });
          if (headersSent && status >= 500) span.fail(String(status));
          else if (!writableFinished) span.set({ 'error.type': 'client gone' });
          resolve();
        });
        done();
      });
    const root = {
      name: `${method} ${route}`,
      kind: 'server',
      attributes: { 'http.request.method': method, 'http.route': route, 'url.scheme': 'http' },
      from: readTraceparent(headers.traceparent),
      joins: 'trace',
    } as const;
    void tracer.root(root, untilSent);
  });
}
