/** What a request may cost, whatever it holds. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { ForewarmError } from '../../src/core/errors.ts';
import { type ApiServer, BODY_LIMIT, callRaw, startApi } from '../support/api-server.ts';

const TOKENS = [{ name: 'app', token: 'secret', scopes: ['read'] as const }];

describe('a batch of keys', () => {
  const read = async (server: ApiServer, keys: readonly string[]) => {
    const answer = await server.call('/v1/reads', { json: { keys } });
    return { status: answer.status, text: await answer.text() };
  };

  test('is answered with each key once, however often it is asked for', async () => {
    const server = await startApi();
    server.verbs.put('a', 'x'.repeat(100_000));
    server.verbs.put('b', 'y');
    const { text } = await read(server, [...Array(400).fill('a'), 'b', 'a']);
    expect(JSON.parse(text).entries.map(({ key }: { key: string }) => key)).toEqual(['a', 'b']);
    expect(text.length).toBeLessThan(110_000);
  });

  test('that is too large together is refused, and no more is read than shows it', async () => {
    const keys = Array.from({ length: 500 }, (_, i) => `k:${i}`);
    let asked = 0;
    const server = await startApi({
      configured: { answerLimit: '100KB' },
      over: (verbs) => ({
        getMany: (some) => {
          asked += some.length;
          return verbs.getMany(some);
        },
      }),
    });
    for (const key of keys) server.verbs.put(key, 'x'.repeat(10_000));
    const { status, text } = await read(server, keys);
    expect([status, JSON.parse(text).code]).toEqual([413, 'E_TOO_LARGE']);
    expect(JSON.parse(text).detail).toContain('100000 bytes (`api.answerLimit`): 10 of 500 keys fit');
    expect(asked).toBeLessThan(100);
    expect((await read(server, keys.slice(0, 8))).status).toBe(200);
  });

  test('with values of many megabytes lets other requests have their turn', async () => {
    const server = await startApi({ configured: { bodyLimit: '1MB' } });
    const keys = Array.from({ length: 60 }, (_, i) => `k:${i}`);
    for (const key of keys) server.verbs.put(key, JSON.stringify('x'.repeat(500_000)));
    const order: string[] = [];
    await Promise.all([
      read(server, keys).then(() => order.push('batch')),
      server.call('/healthz').then(() => order.push('health')),
    ]);
    expect(order).toEqual(['health', 'batch']);
  });
});

/** Sends a body without end, and says how much of it went out before the server closed the connection. */
function pour(url: string, head: string): Promise<{ sent: number; text: string }> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    const chunk = Buffer.from(`10000\r\n${'x'.repeat(65_536)}\r\n`);
    let sent = 0;
    let text = '';
    const more = () => {
      while (!socket.destroyed) {
        sent += chunk.length;
        if (!socket.write(chunk)) return;
      }
    };
    socket.on('drain', more);
    socket.on('data', (data) => {
      text += data;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve({ sent, text }));
    socket.write(head);
    more();
  });
}

describe('a body without end', () => {
  test.each([
    ['without a token', '/v1/runs', '', 401],
    ['to a path that does not exist', '/nowhere', '', 404],
    ['with a method that is not taken', '/v1/stats', '', 405],
    [
      'of a type that is not taken',
      '/v1/runs',
      'Authorization: Bearer warm\r\nContent-Type: text/plain\r\n',
      415,
    ],
    ['of JSON', '/v1/runs', 'Authorization: Bearer warm\r\nContent-Type: application/json\r\n', 413],
  ])('%s is not read to its end: the connection closes after the answer', async (_, path, fields, status) => {
    const { url } = await startApi({ tokens: [{ name: 'w', token: 'warm', scopes: ['warm'] }] });
    const head = `POST ${path} HTTP/1.1\r\nHost: x\r\n${fields}Transfer-Encoding: chunked\r\n\r\n`;
    const { sent, text } = await pour(url, head);
    expect(sent).toBeLessThan(50_000_000);
    if (text !== '') expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  test('that is announced and short leaves the connection open for the next request', async () => {
    const { call } = await startApi({ tokens: TOKENS });
    const answer = await call('/v1/runs', { json: { selector: 'x'.repeat(BODY_LIMIT / 2) } });
    expect([answer.status, answer.headers.get('connection')]).toEqual([401, 'keep-alive']);
  });
});

async function refuseFirstPart(input: AsyncIterable<Uint8Array>): Promise<never> {
  for await (const part of input) throw new ForewarmError('E_REQUEST_INVALID', `${part.length} bytes`);
  throw new ForewarmError('E_REQUEST_INVALID', 'nothing came');
}

describe('a body of lines that is refused before it has come whole', () => {
  /** More than what is kept for a reader that does not read. */
  const LONG = 500_000;
  const head = (path: string, length: number) =>
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\nContent-Length: ${length}\r\n\r\n`;

  test.each([
    ['of keys, at its first line', '/v1/runs', '{"a":\n'],
    ['of keys, at a later line', '/v1/runs', `${'"a"\n"b"\n['.padEnd(4_000, '[')}\n`],
    ['of an import', '/v1/import', 'no line\n'],
  ])('%s does not keep the next request on its connection waiting', async (_, path, wrong) => {
    const { url } = await startApi({
      configured: { bodyLimit: '1MB' },
      over: () => ({ import: refuseFirstPart }),
    });
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    const answer = async () => String((await once(socket, 'data'))[0]);
    socket.write(head(path, LONG) + wrong);
    expect(await answer()).toMatch(/^HTTP\/1.1 400 [\s\S]*\nConnection: keep-alive/);
    const rest = '\n'.repeat(LONG - wrong.length);
    socket.write(`${rest}GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    expect(await answer()).toMatch(/^HTTP\/1.1 200 /);
    socket.destroy();
  });

  test('closes its connection where more is to come than a body may hold', async () => {
    const { url } = await startApi();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(`${head('/v1/runs', BODY_LIMIT + 1)}{"a":\n`);
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1.1 400 [\s\S]*\nconnection: close/);
    await once(socket, 'close');
  });
});

describe('a target in absolute form', () => {
  test('is the same as its path, on every kind of route', async () => {
    const server = await startApi();
    server.verbs.put('a/b c', 'body');
    for (const path of [
      '/v1/entries/a%2Fb%20c',
      '/v1/inspections/a/b%20c',
      '/v1/runs?limit=3',
      '/healthz',
      '/',
    ]) {
      const [plain, absolute] = [
        await callRaw(server.url, { path }),
        await callRaw(server.url, { path: `http://localhost:7077${path}` }),
      ];
      expect([absolute.status, absolute.body.toString()]).toEqual([plain.status, plain.body.toString()]);
    }
    expect((await callRaw(server.url, { path: 'http://localhost?x' })).status).toBe(404);
  });

  test('names the host, whatever the Host header says', async () => {
    const { url } = await startApi();
    const statusOf = async (authority: string, host: string) =>
      (await callRaw(url, { path: `http://${authority}/healthz`, headers: { host } })).status;
    expect(await statusOf('rebound.example', 'localhost')).toBe(403);
    expect(await statusOf('127.0.0.1:80', 'rebound.example')).toBe(200);
  });
});

describe('a request of raw bytes', () => {
  const long = 'a'.repeat(20_000);
  test.each([
    ['without a Host', 'GET /healthz HTTP/1.1\r\n\r\n', 400],
    ['with two Hosts', 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\n\r\n', 400],
    ['with a target of 20 KB', `GET /v1/entries/${long} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 414],
    ['with a header of 20 KB', `GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ${long}\r\n\r\n`, 431],
    [
      'with two lengths',
      'POST /v1/gc HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
    ],
    [
      'with an unknown expectation',
      'GET /healthz HTTP/1.1\r\nHost: localhost\r\nExpect: 200-ok\r\nConnection: close\r\n\r\n',
      200,
    ],
    ['of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
  ])('%s is answered, with a problem where it is wrong', async (_, bytes, status) => {
    const { url } = await startApi();
    const text = await new Promise<string>((resolve) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      let got = '';
      socket.on('data', (data) => {
        got += data;
        if (/\r\n\r\n\{.*\}$/s.test(got)) socket.end();
      });
      socket.on('close', () => resolve(got));
      socket.write(bytes);
    });
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    if (status >= 400) expect(JSON.parse(text.split('\r\n\r\n')[1] ?? '')).toMatchObject({ status });
  });
});

describe('a request', () => {
  test.each(['PUT', 'DELETE', 'TRACE', 'PROPFIND', 'LINK'])(
    'with the method %s is answered with those that the path takes',
    async (method) => {
      const { url } = await startApi();
      const { status, headers } = await callRaw(url, { path: '/v1/runs', method });
      expect([status, headers.allow]).toEqual([405, 'POST, GET, HEAD']);
      expect((await callRaw(url, { path: '/nowhere', method })).status).toBe(404);
    },
  );

  test('whose body is compressed is told to send it as it is', async () => {
    const { call } = await startApi();
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const answer = await call('/v1/runs', { method: 'POST', headers, body: 'x' });
    expect([answer.status, answer.headers.get('accept-encoding')]).toEqual([415, 'identity']);
  });

  test('whose body is in another encoding than UTF-8 is refused, and not taken for other names', async () => {
    const { call } = await startApi();
    const post = async (type: string, body: Buffer) => {
      const answer = await call('/v1/runs', { method: 'POST', headers: { 'content-type': type }, body });
      return answer.status;
    };
    expect(await post('application/json; charset=utf-16', Buffer.from('{}'))).toBe(415);
    expect(await post('application/json', Buffer.from('{"selector":"key=a\xff"}', 'latin1'))).toBe(400);
    expect(await post('application/json; charset="UTF-8"', Buffer.from('{"selector":""}'))).toBe(202);
  });

  test('from the page of another site changes nothing, and may follow a link', async () => {
    const { url } = await startApi();
    for (const [site, status] of [
      ['cross-site', 403],
      ['same-site', 403],
      ['same-origin', 200],
      ['none', 200],
    ] as const) {
      const headers = { 'sec-fetch-site': site };
      expect((await callRaw(url, { path: '/v1/gc', method: 'POST', headers })).status).toBe(status);
      expect((await callRaw(url, { path: '/v1/errors', headers })).status).toBe(200);
    }
  });
});
