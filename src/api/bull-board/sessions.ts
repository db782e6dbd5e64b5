/**
 * Who looks at bull-board. A browser that opens a page sends no `Authorization`, so who has a token asks for a session with it, and gets
 * a cookie: the name of the token, when the session ends and which origin the page that asked is of, signed with the token. So every
 * process of the API knows it, nothing has to be kept, and it ends with the token. Its scopes are those of the token at each request.
 *
 * Browsers send the cookie whatever port a page comes from, and over plain HTTP say nothing of its site. So what changes something by the
 * cookie must come from the origin that asked for it. Browsers name the origin with every change, and pages cannot set it.
 *
 * The cookie names no path. By default it is sent to where it came from and below (RFC 6265, 5.1.4), which is right behind every proxy.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../core/clock.ts';
import { ForewarmError } from '../../core/errors.ts';
import { type Access, type Caller, isRead, type Token } from '../access.ts';

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
    const value =
      token === undefined ? '' : sign(token, this.#deps.clock.now() + SESSION_MS, originOf(request));
    return cookie(value, '', request);
  }

  /**
   * Throws `E_UNAUTHENTICATED` for a request with neither a known token nor a session that goes on, and `E_FORBIDDEN` for one that would
   * change something by the session of another origin.
   */
  identify(request: IncomingMessage): Caller {
    const { access, tokens } = this.#deps;
    if (tokens.length === 0 || request.headers.authorization !== undefined) return access.identify(request);
    for (const value of cookiesOf(request)) {
      const found = this.#sessionOf(value);
      if (found === undefined) continue;
      if (!isRead(request)) demandOrigin(found.origin, originOf(request));
      return found.caller;
    }
    throw new ForewarmError(
      'E_UNAUTHENTICATED',
      'there is no session for bull-board, or it has ended: open bull-board from the console, or send `Authorization: Bearer TOKEN`',
    );
  }

  #sessionOf(value: string): Session | undefined {
    const [, end = '', encoded = ''] = value.split('.');
    const origin = Buffer.from(encoded, 'base64url').toString();
    const known = this.#deps.tokens.find((token) => isSame(value, sign(token, Number(end), origin)));
    if (known === undefined || !(Number(end) > this.#deps.clock.now())) return undefined;
    return { caller: { name: known.name, scopes: known.scopes }, origin };
  }
}

/** The `Set-Cookie` that ends a session in this browser. */
export function endSession(request: IncomingMessage): string {
  return cookie('', '; Max-Age=0', request);
}

interface Session {
  readonly caller: Caller;
  /** Of the page that asked for it; empty: a program did. */
  readonly origin: string;
}

function originOf({ headers }: IncomingMessage): string {
  return headers.origin ?? '';
}

/** Pages that are of no origin, such as those in a sandbox, all say `null`: that tells none of them from another. */
function demandOrigin(wanted: string, sent: string): void {
  if (sent === wanted && sent !== 'null') return;
  const told = (origin: string) => (origin === '' ? 'without an origin' : `by a page of "${origin}"`);
  throw new ForewarmError(
    'E_FORBIDDEN',
    `this was sent ${told(sent)}, and the session was asked for ${told(wanted)}: open bull-board from the console at the address where you use it, or send \`Authorization: Bearer TOKEN\``,
  );
}

function sign({ name, token }: Token, end: number, origin: string): string {
  const of = [base64(name), end, base64(origin)].join('.');
  return `${of}.${createHmac('sha256', token).update(`session of bull-board\n${of}`).digest('base64url')}`;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64url');
}

function isSame(a: string, b: string): boolean {
  const [one, other] = [Buffer.from(a), Buffer.from(b)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/** Without an age it goes with the browser. Over TLS, as the page that asks says it is, it is for TLS alone. */
function cookie(value: string, age: string, { headers }: IncomingMessage): string {
  const secure = headers.origin?.startsWith('https:') === true ? '; Secure' : '';
  return `${COOKIE}=${value}${age}; HttpOnly; SameSite=Strict${secure}`;
}

function cookiesOf({ headers }: IncomingMessage): string[] {
  return (headers.cookie ?? '')
    .split(';')
    .map((part) => part.trim())
    .flatMap((part) => (part.startsWith(`${COOKIE}=`) ? [part.slice(COOKIE.length + 1)] : []))
    .slice(0, MOST_COOKIES);
}
