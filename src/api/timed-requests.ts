import { AsyncResource } from 'node:async_hooks';
import type { ServerResponse } from 'node:http';
import type { Clock } from '../core/clock.ts';
import type { Events } from '../core/events.ts';
import { methodTerm, statusTerm } from '../core/http-terms.ts';
import type { Server } from './server.ts';

export interface TimedRequestsDeps {
  readonly events: Events;
  readonly clock: Clock;
}

/** Each request is told of once it was answered, or its client is gone, with the template of its path and not the path. */
export function timeRequests(app: Server, { events, clock }: TimedRequestsDeps): void {
  app.addHook('onRequest', (request, { raw }, done) => {
    const began = clock.elapsed();
    const { url: http_route = '' } = request.routeOptions;
    const known = {
      http_request_method: methodTerm(request.method),
      url_scheme: 'http',
      http_route,
    } as const;
    const tell = () => events.emit('http:served', { ...known, ...endOf(raw), ms: clock.elapsed() - began });
    // The end is seen by the connection, which is in no trace.
    raw.once('close', AsyncResource.bind(tell));
    done();
  });
}

/** An event stream has no end of its own: whoever listens leaves. */
function endOf(raw: ServerResponse) {
  const http_response_status_code = statusTerm(raw.headersSent ? raw.statusCode : undefined);
  const isStream = String(raw.getHeader('content-type')).startsWith('text/event-stream');
  const cut = raw.writableFinished || isStream ? '' : 'cancelled';
  return {
    http_response_status_code,
    error_type: raw.headersSent && raw.statusCode >= 500 ? http_response_status_code : cut,
  } as const;
}
