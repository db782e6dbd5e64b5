/** What a request may cost, whatever it holds. */
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
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
    expect(JSON.parse(text).detail).toContain('100000 bytes (`api.answerLimit`): the first 10 of 500 keys');
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
