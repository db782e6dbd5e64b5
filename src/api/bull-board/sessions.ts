/**
 * Who looks at bull-board. A browser that opens a page sends no `Authorization`, so who has a token asks for a session with it, and gets
 * a cookie: the name of the token and when the session ends, signed with the token. So every process of the API knows it, nothing has to
 * be kept, and it ends with the token. Its scopes are those of the token at each request.
 *
 * The cookie names no path. By default it is sent to where it came from and below (RFC 6265, 5.1.4), which is right behind every proxy.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../core/clock.ts';
import { ForewarmError } from '../../core/errors.ts';
import type { Access, Caller, Token } from '../access.ts';

const COOKIE = 'forewarm-bull-board';
/** How long a session lasts, in ms. */
export const SESSION_MS = 3_600_000;
/** Cookies of our name that are looked at: there may be one of another path. */
const MOST_COOKIES = 4;

export interface SessionsDeps {
  readonly access: Access;
  readonly tokens: readonly Token[];
  readonly clock: Clock;
}

export class Sessions {
  readonly #deps: SessionsDeps;

  constructor(deps: SessionsDeps) {
    this.#deps = deps;
  }

  /** The `Set-Cookie` of a session for this caller, from now on. */
  begin({ name }: Pick<Caller, 'name'>, request: IncomingMessage): string {
    const token = this.#deps.tokens.find((each) => each.name === name);
    // Without tokens everybody is let in, and the cookie is not looked at.
    const value = token === undefined ? '' : sign(token, this.#deps.clock.now() + SESSION_MS);
    return cookie(value, SESSION_MS / 1_000, request);
  }

  /** The `Set-Cookie` that ends it in this browser. */
  end(request: IncomingMessage): string {
    return cookie('', 0, request);
  }

  /** Throws `E_UNAUTHENTICATED` for a request with neither a known token nor a session that goes on. */
  identify(request: IncomingMessage): Caller {
    const { access, tokens } = this.#deps;
    if (tokens.length === 0 || request.headers.authorization !== undefined) return access.identify(request);
    for (const value of cookiesOf(request)) {
      const found = this.#callerOf(value);
      if (found !== undefined) return found;
    }
    throw new ForewarmError(
      'E_UNAUTHENTICATED',
      'there is no session for bull-board, or it has ended: open bull-board from the console, or send `Authorization: Bearer TOKEN`',
    );
  }

  #callerOf(value: string): Caller | undefined {
    const [, end = ''] = value.split('.');
    const known = this.#deps.tokens.find((token) => isSame(value, sign(token, Number(end))));
    if (known === undefined || !(Number(end) > this.#deps.clock.now())) return undefined;
    return { name: known.name, scopes: known.scopes };
  }
}

function sign({ name, token }: Token, end: number): string {
  const of = `${Buffer.from(name).toString('base64url')}.${end}`;
  return `${of}.${createHmac('sha256', token).update(`session of bull-board\n${of}`).digest('base64url')}`;
}

function isSame(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/** Over TLS, as the page that asks says it is, the cookie is for TLS alone. */
function cookie(value: string, maxAge: number, { headers }: IncomingMessage): string {
  const secure = headers.origin?.startsWith('https:') === true ? '; Secure' : '';
  return `${COOKIE}=${value}; Max-Age=${maxAge}; HttpOnly; SameSite=Strict${secure}`;
}

function cookiesOf({ headers }: IncomingMessage): string[] {
  return (headers.cookie ?? '')
    .split(';')
    .map((part) => part.trim())
    .flatMap((part) => (part.startsWith(`${COOKIE}=`) ? [part.slice(COOKIE.length + 1)] : []))
    .slice(0, MOST_COOKIES);
}
