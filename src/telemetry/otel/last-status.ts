import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Receiver } from './receiver.ts';

/** What Node publishes of each answer to a request of its own client: https://nodejs.org/api/diagnostics_channel.html#http . */
const ANSWERED = 'http.client.response.finish';

/**
 * The status of the last answer of a receiver of OTLP over HTTP. Its exporter keeps that of a busy one (429, 502, 503, 504) to itself:
 * it tries again, and then says that it had no time left.
 */
export function lastStatus({ protocol, url }: Receiver): {
  readonly status: () => number | undefined;
  readonly close: () => void;
} {
  let last: number | undefined;
  const place = url === undefined || protocol === 'grpc' ? undefined : new URL(url);
  if (place === undefined) return { status: () => undefined, close: () => undefined };
  const listener = (message: unknown) => {
    const { request, response } = Object(message);
    if (request?.path === `${place.pathname}${place.search}` && request?.getHeader?.('host') === place.host)
      last = response?.statusCode;
  };
  subscribe(ANSWERED, listener);
  return { status: () => last, close: () => unsubscribe(ANSWERED, listener) };
}
