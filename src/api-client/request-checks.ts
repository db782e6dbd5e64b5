/** What is refused before anything is sent. Nothing here repeats what may be a secret: `fetch` would, in its errors. */
import { ApiError } from './api-error.ts';
import type { OperationRow } from './call-shapes.ts';

/** Throws where a request could not be sent there, or where the address holds more than a place. */
export function checkAddress(url: unknown): void {
  const isPlace = typeof url === 'string' && (url === '' || url.startsWith('/') || isOrigin(url));
  if (isPlace && !/[?#]/.test(url)) return;
  throw refused(
    'url: is no address of a control API; write it such as http://127.0.0.1:7077, without a user and a query',
  );
}

function isOrigin(url: string): boolean {
  const { protocol = '', username, password } = URL.parse(url) ?? {};
  return /^https?:$/.test(protocol) && username === '' && password === '';
}

/** A token is one word of ASCII (RFC 6750, 2.1). */
export function checkToken(token: unknown): void {
  if (token === undefined || (typeof token === 'string' && /^[\x21-\x7e]+$/.test(token))) return;
  throw refused('token: is no token; it is one word of visible ASCII characters, without a line break');
}

/** Names that a header cannot carry are told by `fetch`; of values it would show all. */
export function checkHeaders(headers: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string' && /^[\t\x20-\x7e\x80-\xff]*$/.test(value)) continue;
    throw refused(
      `headers: the value of ${JSON.stringify(name)} cannot be sent: it has a line break, or characters that no header has`,
    );
  }
}

/** What a request holds and its operation does not take would be left out silently. */
export function checkNames(
  operation: string,
  { takes }: OperationRow,
  request: Readonly<Record<string, unknown>>,
): void {
  const [stranger] = Object.keys(request).filter((name) => !takes.includes(name));
  if (stranger === undefined) return;
  const known = takes.length === 0 ? 'nothing' : takes.join(', ');
  throw refused(
    `${operation}: ${JSON.stringify(stranger.slice(0, 100))} is not known here; it takes ${known}`,
  );
}

function refused(message: string): ApiError {
  return new ApiError('E_REQUEST_INVALID', message);
}
