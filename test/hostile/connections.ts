/** Bad behaviours of the connection, and of the head of an answer. */
import { type Behaviour, drip, JSON_TYPE, raw, send } from './exchange.ts';

const bad = (name: string, act: Behaviour['act']): Behaviour => ({ name, means: 'bad', act });
const head = (lines: readonly string[], rest = '') => raw(() => `${lines.join('\r\n')}\r\n\r\n${rest}`);

export const CONNECTIONS: readonly Behaviour[] = [
  bad('nothing, for ever', () => undefined),
  bad('an end at once', ({ socket }) => void socket.end()),
  bad('a reset', ({ socket }) => void socket.resetAndDestroy()),
  bad('a reset in the body', ({ socket, later }) => {
    socket.write(`HTTP/1.1 200 OK\r\n${JSON_TYPE}\r\nContent-Length: 500\r\n\r\n{"id":`);
    later(20, () => void socket.resetAndDestroy());
  }),
  bad(
    'no HTTP',
    raw(() => 'SSH-2.0-OpenSSH_9.6\r\n'),
  ),
  bad(
    'an alert of TLS',
    raw(() => Buffer.from([0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x28])),
  ),
  bad('a head without an end', (exchange) => {
    exchange.socket.write('HTTP/1.1 200 OK\r\n');
    drip(exchange, 1, (n) => `x-${n}: ${'y'.repeat(200)}\r\n`);
  }),
  bad('a head of a letter at a time', (exchange) =>
    drip(exchange, 100, (n) => `HTTP/1.1 200 OK\r\n${JSON_TYPE}\r\n\r\n`[n]),
  ),
  bad(
    'a header of 100 KB',
    head(['HTTP/1.1 200 OK', `x-long: ${'y'.repeat(100_000)}`, 'Content-Length: 2'], '{}'),
  ),
  bad('a header without a name', head(['HTTP/1.1 200 OK', 'no colon here', 'Content-Length: 2'], '{}')),
  bad('two lengths', head(['HTTP/1.1 200 OK', 'Content-Length: 2', 'Content-Length: 9'], '{}')),
  bad('a hundred times 100', ({ socket }) => {
    socket.write('HTTP/1.1 100 Continue\r\n\r\n'.repeat(100));
    send(socket, '500 Internal Server Error', []);
  }),
  bad(
    'a switch of protocols',
    head(['HTTP/1.1 101 Switching Protocols', 'Upgrade: h2c', 'Connection: Upgrade']),
  ),
  bad('an answer before its time', ({ socket, good }) => {
    send(socket, '500 Internal Server Error', []);
    send(socket, '200 OK', [JSON_TYPE], good);
  }),
];
