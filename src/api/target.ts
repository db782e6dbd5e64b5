/** What a request asks for, in the one form that everything behind works with. */
import type { IncomingMessage } from 'node:http';

const ABSOLUTE = /^https?:\/\/([^/?#]*)([^#]*)/i;

/**
 * The target as a path. A server accepts the absolute form on every route, and then the authority in it counts and not the
 * Host header (RFC 9112, 3.2.2): the header is replaced, so that checks of the host see what the client asked for.
 */
export function originForm(request: Pick<IncomingMessage, 'url' | 'headers'>): string {
  const url = request.url ?? '/';
  const [, authority, rest = ''] = ABSOLUTE.exec(url) ?? [];
  if (authority === undefined) return url;
  request.headers.host = authority;
  return rest.startsWith('/') ? rest : `/${rest}`;
}
