/**
 * Who may do what. With tokens configured, a caller is the token it sends; without, every program on this machine
 * may do everything, and web pages are kept from using a browser on this machine for it.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { ForewarmError } from '../core/errors.ts';

export const SCOPES = ['read', 'warm', 'invalidate', 'admin'] as const;

/** `admin` stands for all of them. */
export type Scope = (typeof SCOPES)[number];

export interface Token {
  /** Names the caller; shown, unlike the token. */
  readonly name: string;
  readonly token: string;
  readonly scopes: readonly Scope[];
}

export interface Caller {
  readonly name: string;
  readonly scopes: readonly Scope[];
}

export interface Access {
  /** Throws `E_FORBIDDEN` for a request that is not allowed here at all, not even on open routes. */
  guard(request: IncomingMessage): void;
  /** Throws `E_UNAUTHENTICATED` for a request without a known token. */
  identify(request: IncomingMessage): Caller;
}

/** Throws `E_FORBIDDEN` when the caller lacks the scope. */
export function demand(caller: Caller, scope: Scope): void {
  if (caller.scopes.includes(scope) || caller.scopes.includes('admin')) return;
  throw new ForewarmError(
    'E_FORBIDDEN',
    `token "${caller.name}" lacks the scope "${scope}"; it has ${caller.scopes.join(', ') || 'none'}`,
  );
}

export function accessFor(tokens: readonly Token[]): Access {
  if (tokens.length === 0) {
    const local: Caller = { name: 'loopback', scopes: ['admin'] };
    return { guard: onlyLocal, identify: () => local };
  }
  const known = tokens.map(({ token, ...caller }) => ({ digest: digestOf(token), caller }));
  return { guard: () => undefined, identify: (request) => callerOf(request, known) };
}

/**
 * Throws `E_FORBIDDEN` for what a browser sends on behalf of a page of somewhere else: no page makes this process call an origin
 * or change anything. Browsers alone send this header, and pages cannot set it.
 */
export function refuseForeignPages({ headers }: IncomingMessage): void {
  const site = headers['sec-fetch-site'];
  if (site !== 'cross-site' && site !== 'same-site') return;
  throw new ForewarmError(
    'E_FORBIDDEN',
    `a browser sent this for a page of another origin (Sec-Fetch-Site: ${site}); only programs and pages of this server may`,
  );
}

/** Compares digests, which are equally long, in constant time, and always with every token. */
function callerOf(
  request: IncomingMessage,
  known: readonly { readonly digest: Buffer; readonly caller: Caller }[],
): Caller {
  const [, sent] = /^bearer +(\S+) *$/i.exec(request.headers.authorization ?? '') ?? [];
  const digest = digestOf(sent ?? '');
  let found: Caller | undefined;
  for (const candidate of known) {
    if (timingSafeEqual(candidate.digest, digest)) found = candidate.caller;
  }
  if (sent !== undefined && found !== undefined) return found;
  throw new ForewarmError(
    'E_UNAUTHENTICATED',
    sent === undefined
      ? 'the request has no `Authorization: Bearer TOKEN` header'
      : 'the bearer token is not one of `api.tokens`',
  );
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** What proxies add to what they pass on: by RFC 7239, by RFC 9110 (7.6.3), and as most of them do without either. */
const PASSED_ON = [
  ...['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-server'],
  ...[
    'x-real-ip',
    'x-client-ip',
    'x-cluster-client-ip',
    'true-client-ip',
    'cf-connecting-ip',
    'fastly-client-ip',
  ],
];

/**
 * Lets only programs on this machine in. A page in a browser on this machine is such a program too, so what only a
 * browser on behalf of a page sends is refused: a host name that was rebound to loopback, and a foreign origin. What a
 * proxy passes on comes from elsewhere, whatever its address says.
 */
function onlyLocal(request: IncomingMessage): void {
  const { host, origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  const remote = request.socket.remoteAddress ?? '';
  if (!isLoopback(remote)) throw refusal(`the caller ${remote} is not on loopback`);
  if (!isLoopback(hostnameOf(host))) {
    throw refusal(`the Host header "${host ?? ''}" does not name loopback`);
  }
  if (origin !== undefined && origin !== `http://${host}`) {
    throw refusal(`the request comes from a page of "${origin}"`);
  }
  // A browser says where a request comes from also where it sends no origin; following a link to a page of ours does no harm.
  if (!isRead(request) && site !== undefined && site !== 'same-origin' && site !== 'none') {
    throw refusal(`the request comes from another site's page (Sec-Fetch-Site: ${String(site)})`);
  }
  const passedOn = PASSED_ON.find((name) => request.headers[name] !== undefined);
  if (passedOn !== undefined) throw refusal(`a proxy passed the request on: it has the header ${passedOn}`);
}

export function isRead({ method }: Pick<IncomingMessage, 'method'>): boolean {
  return method === 'GET' || method === 'HEAD';
}

function refusal(why: string): ForewarmError {
  return new ForewarmError(
    'E_FORBIDDEN',
    `no token is configured, so only this machine may call, and ${why}; configure \`api.tokens\` to call from elsewhere`,
  );
}

/** The name or address in a Host header, without its port; empty for what is neither. */
function hostnameOf(host: string | undefined): string {
  const [, bracketed, plain] = /^(?:\[([^\]]*)\]|([^:@/[\]]*))(?::\d+)?$/.exec(host ?? '') ?? [];
  return bracketed ?? plain ?? '';
}

/** Whether a host name or address means this machine and no other. */
export function isLoopback(host: string): boolean {
  const family = isIP(host);
  if (family === 0) return host.toLowerCase() === 'localhost';
  return family === 4 ? host.startsWith('127.') : host === '::1' || host.startsWith('::ffff:127.');
}
