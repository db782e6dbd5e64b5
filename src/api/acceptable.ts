/**
 * Whether a client accepts what a route sends (RFC 9110, 12.5.1): a client that takes XML only is told at once, before anything is
 * done for it. Problems are sent whatever it accepts.
 */
import type { RouteOptions } from 'fastify';
import { qualityOf } from '../core/accept.ts';
import { ForewarmError } from '../core/errors.ts';
import { quote } from '../core/quote.ts';
import type { Server } from './server.ts';

const JSON_TYPE = 'application/json';
/** Of a route whose values bring their own types: it judges by itself. */
const ANY = '*/*';

/** The media types of what a route sends when all is well. */
export function sentTypes({ schema }: Pick<RouteOptions, 'schema'>): readonly string[] {
  const responses = Object.entries((schema?.response ?? {}) as Readonly<Record<string, unknown>>);
  const types = responses
    .filter(([status]) => /^2/.test(status))
    .flatMap(([, response]) => Object.keys((response as { content?: object }).content ?? {}));
  return types.length === 0 ? [JSON_TYPE] : types;
}

/** Must be called after `admit`: who may not ask is not told what there is. */
export function refuseUnacceptable(app: Server): void {
  app.addHook('onRequest', async ({ headers, routeOptions, is404 }) => {
    const { sends } = routeOptions.config;
    if (is404 || sends === undefined) return;
    demandAcceptable(headers.accept, sends);
  });
}

/** Throws `E_NOT_ACCEPTABLE` unless one of the types will do. */
export function demandAcceptable(accept: string | undefined, types: readonly string[]): void {
  if (types.some((type) => type === ANY || qualityOf(accept, type) > 0)) return;
  throw new ForewarmError(
    'E_NOT_ACCEPTABLE',
    `this is sent as ${types.join(' or ')}, and \`Accept\` is ${quote(accept)}`,
  );
}
