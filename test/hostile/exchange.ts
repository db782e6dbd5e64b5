/** One request on a raw connection, and what bad behaviours answer with: below HTTP, so that any bytes can be sent. */
import type { Socket } from 'node:net';

export interface Exchange {
  readonly socket: Socket;
  /** The id of the key that was asked for. */
  readonly id: string;
  /** The value that a well-behaved origin would give now, as JSON. */
  readonly good: string;
  /** Runs later, unless the connection has closed by then. */
  readonly later: (ms: number, act: () => void) => void;
}

/**
 * What an origin does with one request. `absence`: it says that there is no such value, which it may say twice and be
 * believed. `good`: what it sends is a good value in an unusual form.
 */
export interface Behaviour {
  readonly name: string;
  readonly means: 'good' | 'absence' | 'bad';
  readonly act: (exchange: Exchange) => void;
  /** It keeps callers away for minutes: it is picked when every other one was, since nothing is seen after it for long. */
  readonly silences?: boolean;
}

const CRLF = '\r\n';
/** What a connection emits when a whole answer has left. */
export const ANSWERED = 'answered';

/** A whole answer with a length, after which the connection goes on. */
export function answer(
  status: string,
  headers: readonly string[],
  body: string | Buffer = '',
): (exchange: Exchange) => void {
  return ({ socket }) => send(socket, status, headers, body);
}

export function send(
  socket: Socket,
  status: string,
  headers: readonly string[],
  body: string | Buffer = '',
): void {
  const bytes = Buffer.from(body);
  const lines = [`HTTP/1.1 ${status}`, ...headers, `Content-Length: ${bytes.length}`, '', ''];
  socket.write(Buffer.concat([Buffer.from(lines.join(CRLF)), bytes]), () => socket.emit(ANSWERED));
}

/** The good value, with these headers. */
export function goodWith(...headers: string[]): (exchange: Exchange) => void {
  return ({ socket, good }) => send(socket, '200 OK', [JSON_TYPE, ...headers], good);
}

/** Bytes as they are; then the connection is closed. */
export function raw(bytes: (exchange: Exchange) => string | Buffer): (exchange: Exchange) => void {
  return (exchange) => void exchange.socket.end(bytes(exchange));
}

/** Writes pieces, one after the other, until there is none or the connection has closed. */
export function drip(
  { socket, later }: Exchange,
  ms: number,
  piece: (n: number) => string | undefined,
): void {
  const next = (n: number): void => {
    const bytes = piece(n);
    if (bytes === undefined) return;
    socket.write(bytes);
    later(ms, () => next(n + 1));
  };
  next(0);
}

export const JSON_TYPE = 'Content-Type: application/json';
export const HTML_TYPE = 'Content-Type: text/html';
