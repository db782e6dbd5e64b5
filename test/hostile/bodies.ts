/** Behaviours that are told by the body of an answer, or by how it is sent. */
import { deflateSync, gzipSync } from 'node:zlib';
import { answer, type Behaviour, drip, goodWith, HTML_TYPE, JSON_TYPE, raw, send } from './exchange.ts';

const LOGIN = `<!doctype html><form action="/login">${'<input>'.repeat(20)}</form>`;
const BOMB = gzipSync(Buffer.alloc(20_000_000, 0x20));
const DEEP = '['.repeat(100_000);

const bad = (name: string, act: Behaviour['act']): Behaviour => ({ name, means: 'bad', act });
const good = (name: string, act: Behaviour['act']): Behaviour => ({ name, means: 'good', act });
const json = (body: string | Buffer, ...headers: string[]) => answer('200 OK', [JSON_TYPE, ...headers], body);

/** A head, and then not what it promises. */
const begun = (headers: readonly string[], rest: string) =>
  raw(() => `HTTP/1.1 200 OK\r\n${[JSON_TYPE, ...headers].join('\r\n')}\r\n\r\n${rest}`);

export const BODIES: readonly Behaviour[] = [
  good('two validators', goodWith('ETag: "a"', 'ETag: "b"', 'Last-Modified: yesterday')),
  good('a mark before the body', ({ socket, good: body }) =>
    send(socket, '200 OK', [JSON_TYPE], `\ufeff${body}`),
  ),
  good('gzip that was not asked for', ({ socket, good: body }) =>
    send(socket, '200 OK', [JSON_TYPE, 'Content-Encoding: gzip'], gzipSync(body)),
  ),
  good('deflate that was not asked for', ({ socket, good: body }) =>
    send(socket, '200 OK', [JSON_TYPE, 'Content-Encoding: deflate'], deflateSync(body)),
  ),
  good('cookies', goodWith(...Array.from({ length: 40 }, (_, i) => `Set-Cookie: c${i}=${'x'.repeat(20)}`))),
  good('a slow body', (exchange) => {
    const { socket, good: body } = exchange;
    socket.write(`HTTP/1.1 200 OK\r\n${JSON_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`);
    drip(exchange, 10, (n) => body.slice(n * 8, n * 8 + 8) || undefined);
  }),
  bad('an empty body', json('')),
  bad('null', json('null')),
  bad('an empty list', json('[]')),
  bad('an empty object', json('{}')),
  bad('a login page', answer('200 OK', [HTML_TYPE], LOGIN)),
  bad('an error in a 200', json('{"errors":[{"message":"throttled","extensions":{"code":"THROTTLED"}}]}')),
  bad('half of the JSON', ({ socket, good: body }) => send(socket, '200 OK', [JSON_TYPE], body.slice(0, -3))),
  bad('NaN', json('{"id":NaN,"rev":1}')),
  bad('JSON a hundred thousand deep', json(DEEP)),
  bad('bytes that are not UTF-8', json(Buffer.from([0x22, 0xff, 0xfe, 0x00, 0x22]))),
  bad('zeros', json(Buffer.alloc(500))),
  bad('gzip that is none', json('{"id":"x","rev":1}', 'Content-Encoding: gzip')),
  bad('a gzip bomb', json(BOMB, 'Content-Encoding: gzip')),
  bad('an encoding that nobody knows', json('{"id":"x","rev":1}', 'Content-Encoding: zip64')),
  bad('a body that is longer than it says', begun(['Content-Length: 4'], '{"id":"x","rev":1}')),
  bad('a body that is shorter than it says', begun(['Content-Length: 5000'], '{"id":"x"')),
  bad('a chunk of no size', begun(['Transfer-Encoding: chunked'], 'zz\r\n{}\r\n0\r\n\r\n')),
  bad('chunks that do not end', begun(['Transfer-Encoding: chunked'], '2\r\n{}\r\n')),
  bad('a body without an end', (exchange) => {
    exchange.socket.write(`HTTP/1.1 200 OK\r\n${JSON_TYPE}\r\n\r\n`);
    drip(exchange, 1, () => '{"a":1},'.repeat(1_000));
  }),
];
