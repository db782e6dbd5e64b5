/** A server of HTTP that repeats secrets which it was sent, wherever an answer has room for one, spelt as the call asks for. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

type Spell = (secret: string) => string;

const percent = (secret: string, hex: (digits: string) => string) =>
  [...Buffer.from(secret)].map((byte) => `%${hex(byte.toString(16).padStart(2, '0'))}`).join('');

/** What programs make of a text that they pass on. */
export const SPELLINGS: Readonly<Record<string, Spell>> = {
  raw: (secret) => secret,
  encoded: encodeURIComponent,
  upper: (secret) => percent(secret, (digits) => digits.toUpperCase()),
  lower: (secret) => percent(secret, (digits) => digits),
  json: (secret) => JSON.stringify(secret).slice(1, -1),
  base64: (secret) => Buffer.from(secret).toString('base64'),
  base64url: (secret) => Buffer.from(secret).toString('base64url'),
  hex: (secret) => Buffer.from(secret).toString('hex'),
};

/** Gives an answer with these words in it. */
type Answer = (response: ServerResponse, words: string) => void;

const send =
  (
    status: number,
    headers: (words: string) => Record<string, string>,
    body: (words: string) => unknown,
  ): Answer =>
  (response, words) => {
    const said = body(words);
    response.writeHead(status, headers(words.replace(/[^\x21-\x7e]+/g, '-')));
    response.end(typeof said === 'string' ? said : JSON.stringify(said));
  };
const JSON_TYPE = () => ({ 'content-type': 'application/json' });

/** Ways of a server to tell what it was sent, by the part of the path that asks for it. */
export const ANSWERS: Readonly<Record<string, Answer>> = {
  refused: send(403, JSON_TYPE, (words) => ({ error: { message: `denied to ${words}` } })),
  unknown: send(
    401,
    () => ({ 'content-type': 'text/plain' }),
    (words) => `who is ${words}`,
  ),
  failed: send(
    500,
    () => ({ 'content-type': 'text/html' }),
    (words) => `<title>at ${words}</title>`,
  ),
  moved: send(
    302,
    (words) => ({ location: `http://${words.toLowerCase()}.example/${words}` }),
    () => '',
  ),
  typed: send(
    200,
    (words) => ({ 'content-type': `text/${words}` }),
    () => '{}',
  ),
  told: send(200, JSON_TYPE, (words) => ({ error: { message: `no rights for ${words}` } })),
  broken: send(200, JSON_TYPE, (words) => words),
  missing: send(
    404,
    () => ({ 'content-type': 'text/plain' }),
    (words) => `nothing at ${words}`,
  ),
  tagged: send(
    200,
    (words) => ({ ...JSON_TYPE(), etag: `"${words}"`, 'x-version': words, 'x-ratelimit-limit': words }),
    () => ({ a: 1 }),
  ),
  throttled: send(
    429,
    (words) => ({ ...JSON_TYPE(), 'retry-after': words }),
    (words) => ({ message: words }),
  ),
  list: send(
    200,
    (words) => ({ ...JSON_TYPE(), link: `<http://x.example/${words}>; rel="next"` }),
    () => [],
  ),
  xml: send(
    403,
    () => ({ 'content-type': 'application/xml' }),
    (words) => `<Error><Code>AccessDenied</Code><Message>${words}</Message></Error>`,
  ),
};

export interface EchoServer {
  readonly port: number;
  /** Secrets that it was sent. */
  readonly heard: ReadonlySet<string>;
}

/** Closed when the test ends. What asks for nothing is answered as S3 does. */
export async function startEchoServer(secrets: readonly string[]): Promise<EchoServer> {
  const heard = new Set<string>();
  const wordsOf = ({ url = '', rawHeaders }: IncomingMessage, body: string) => {
    const sent = sentIn([url, ...rawHeaders, body]);
    const found = secrets.filter((secret) => sent.includes(secret.toLowerCase()));
    for (const secret of found) heard.add(secret);
    const spelling = Object.keys(SPELLINGS).find((name) => url.includes(`/${name}`)) ?? 'raw';
    return found.map((secret) => SPELLINGS[spelling]?.(secret)).join(' ') || 'nobody';
  };
  const server = createServer(async (request, response) => {
    const words = wordsOf(request, await text(request));
    const kind = Object.keys(ANSWERS).find((name) => request.url?.includes(`/${name}`)) ?? 'xml';
    ANSWERS[kind]?.(response, words);
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.on('close', () => sockets.delete(socket)));
  });
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    socket.on('error', () => undefined);
    socket.end(`HTTP/1.1 407 ${wordsOf(request, '')}\r\n\r\n`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { port: (server.address() as AddressInfo).port, heard };
}

/** All that was sent, also decoded: parts of URLs, members of JSON, user and password. */
function sentIn(texts: readonly string[]): string {
  const decoded = texts.flatMap((each) => [
    each,
    ...each.split(/[/?&=]/).map(decodedOf),
    each.replaceAll('\\"', '"').replaceAll('\\\\', '\\'),
    Buffer.from(each.replace(/^basic /i, ''), 'base64').toString(),
  ]);
  return decoded.join('\n').toLowerCase();
}

function decodedOf(part: string): string {
  try {
    return decodeURIComponent(part.replaceAll('+', ' '));
  } catch {
    return part;
  }
}
