/** Answers that are no plain value and no plain failure. */
import { createServer } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { Breath } from '../../../src/flow/breath.ts';
import { judge } from '../../../src/origins/guard.ts';
import { failureOf, fetchOne, sourceOf, textOf } from '../../contract/origin.steps.ts';
import { json, status } from '../../support/scripted-server.ts';
import { BATCH, fetchBatch, setup } from './http.steps.ts';

const answered =
  (body: string | Uint8Array, headers: Record<string, string>, code = 200) =>
  (response: import('node:http').ServerResponse) =>
    response.writeHead(code, headers).end(body);

describe('a body that comes encoded, though it is asked for as it is', () => {
  it.each([
    ['gzip', gzipSync('value')],
    ['x-gzip', gzipSync('value')],
    ['GZIP', gzipSync('value')],
    ['deflate', deflateSync('value')],
    ['deflate', deflateRawSync('value')],
    ['br', brotliCompressSync('value')],
    ['zstd', zstdCompressSync('value')],
    ['gzip, br', brotliCompressSync(gzipSync('value'))],
    ['identity', Buffer.from('value')],
  ])('is decoded: %s', async (coding, body) => {
    const bench = await setup();
    bench.server.answer(answered(body, { 'content-encoding': coding, etag: '"1"' }));
    const fetched = await fetchOne(bench);
    expect(textOf(fetched)).toBe('value');
    expect(fetched).toMatchObject({ etag: '"1"' });
  });

  it.each([
    [
      'is larger than the bound when decoded',
      'gzip',
      gzipSync(Buffer.alloc(100_000)),
      'permanent',
      'maxBodyBytes',
    ],
    ['is cut off', 'gzip', gzipSync('value').subarray(0, 15), 'retryable', 'cannot be decoded'],
    ['is none', 'br', Buffer.from('value'), 'retryable', 'cannot be decoded'],
    ['is encoded in an unknown way', 'compress', Buffer.from('x'), 'permanent', '"compress"'],
    ['is encoded too often', 'gzip,gzip,gzip,gzip', Buffer.from('x'), 'permanent', 'content-encoding'],
  ])('fails with one line when it %s', async (_, coding, body, kind, says) => {
    const bench = await setup({ origin: { maxBodyBytes: '50KB' } });
    bench.server.answer(answered(body, { 'content-encoding': coding }));
    const error = await failureOf(fetchOne(bench));
    expect(error).toMatchObject({ class: kind, message: expect.stringContaining(says) });
    expect(error.message).not.toContain('\n');
  });

  it('goes by the status of a failure whose body cannot be decoded, and reads the words of one that can', async () => {
    const bench = await setup();
    bench.server.answer(answered('x', { 'content-encoding': 'gzip' }, 500));
    expect(await failureOf(fetchOne(bench))).toMatchObject({ class: 'retryable' });
    bench.server.answer(
      answered(gzipSync('{"message":"no such field"}'), { 'content-encoding': 'gzip' }, 400),
    );
    expect((await failureOf(fetchOne(bench))).message).toContain('answered 400: no such field');
  });
});

describe('a value that is not ready yet', () => {
  it.each([202, 404])('is retried after the time that %i names', async (code) => {
    const bench = await setup();
    bench.server.answer(status(code, { 'retry-after': '2' }));
    const before = Date.now();
    const { class: kind, retryAt = 0, message } = await failureOf(fetchOne(bench));
    expect({ kind, message }).toEqual({
      kind: 'retryable',
      message: `GET /values/a answered ${code}: the value is not ready yet`,
    });
    expect(retryAt - before).toBeGreaterThanOrEqual(2_000);
  });
});

describe('a server that does not speak HTTP as it was asked to', () => {
  it.each([
    [
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok',
      '"100 Continue", which nobody asked for',
    ],
    [
      'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
      '"101 Switching Protocols"',
    ],
    ['HTTP/1.1 099 Odd\r\ncontent-length: 2\r\n\r\nok', 'its status is none of HTTP'],
    ['HTTP/1.1 000 Odd\r\n\r\n', 'its status is none of HTTP'],
    ['HTTP/1.1 1000 Odd\r\n\r\n', 'Invalid response status'],
    ['HTTP/1.1 999 Request denied\r\ncontent-length: 0\r\n\r\n', 'answered 999, which is no status of HTTP'],
    ['HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok', 'content-length'],
  ])('fails with one clear line: %j', async (text, says) => {
    const server = createServer((socket) =>
      socket.on('error', () => undefined).once('data', () => socket.end(text)),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const { origin, source } = await setup({ origin: { url: `http://127.0.0.1:${port}`, timeout: '2s' } });
    const { message } = await failureOf(fetchOne({ origin, source }));
    expect(message).toContain(says);
    expect(message).not.toContain('\n');
  });

  it('leaves nothing behind for the next call, if more is said than was asked', async () => {
    const told = (status: string, body: string) =>
      `HTTP/1.1 ${status}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    let connections = 0;
    const server = createServer((socket) => {
      const isFirst = connections === 0;
      connections += 1;
      socket.on('error', () => undefined);
      socket.on('data', () => {
        socket.write(isFirst ? told('500 Broken', 'oh') : told('200 OK', 'own'));
        if (isFirst) setImmediate(() => socket.write(told('200 OK', 'other')));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const { origin, source } = await setup({
      origin: { url: `http://127.0.0.1:${port}`, timeout: '2s', connections: 1 },
    });
    expect((await failureOf(fetchOne({ origin, source }))).message).toContain('answered 500');
    expect(textOf(await fetchOne({ origin, source }))).toBe('own');
    expect(connections).toBe(2);
  });

  it('is no failure when it only tells beforehand that it has begun', async () => {
    const bench = await setup();
    bench.server.answer((response) => {
      response.writeProcessing();
      response.writeEarlyHints({ link: '</x>; rel=preload' });
      response.end('value');
    });
    expect(textOf(await fetchOne(bench))).toBe('value');
  });
});

describe("the server's own words", () => {
  it.each([
    ['{"error":{"message":"This model is gone","code":"x"}}', ': This model is gone'],
    ['{"message":"m","detail":"d"}', ': m'],
    ['{"type":"about:blank","title":"t","detail":"d"}', ': d'],
    ['{"title":"t"}', ': t'],
    ['{"error":"e"}', ': e'],
    ['{"errors":[{"message":"first"},{"message":"second"}]}', ': first'],
    ['\ufeff{"message":"behind a mark"}', ': behind a mark'],
    ['plain\r\n\u001b[31mtext\u202e', ': plain [31mtext'],
    ['<html><head><title>502 Bad Gateway</title></head></html>', ': 502 Bad Gateway'],
    ['<html>', ''],
    ['{"message":', ': {"message":'],
    ['', ''],
    ['{}', ''],
    ['x'.repeat(500), `: ${'x'.repeat(200)}\u2026`],
  ])('stand in the reason, from %j', async (body, words) => {
    const bench = await setup();
    bench.server.answer(answered(body, {}, 400));
    expect((await failureOf(fetchOne(bench))).message).toBe(`GET /values/a answered 400${words}`);
  });

  it('never repeat what was sent in secret', async () => {
    const bench = await setup({
      origin: {
        headers: { authorization: 'Bearer s3cret-one', 'x-key': 's3cret-two' },
        query: { key: 's3cret-three' },
      },
    });
    const text = 'no: s3cret-one, s3cret-two, s3cret-three, Bearer s3cret-one; redis://:s3cret-four@h';
    bench.server.answer(answered(JSON.stringify({ message: text }), {}, 401));
    const { message } = await failureOf(fetchOne(bench));
    expect(message).toContain('answered 401: no: [redacted]');
    expect(message).not.toContain('s3cret');
  });
});

describe('a server that repeats what it was sent', () => {
  const KEY = 'QsE/cR+eT & <K>1';
  const origin = {
    headers: {
      authorization: `Basic ${Buffer.from('usr@x:pa/ss %rd').toString('base64')}`,
      'x-auth': 'Bearer HEADSECRET99',
      cookie: 'sid=COOKSECRET77; lang="LONGLANG"',
      signed: 'Digest username="me", response="d1gest-resp0nse"',
    },
    query: { api_key: KEY },
  };
  const ECHOES: readonly [string, string][] = [
    ['the key, across the place where a message is cut', 'y'.repeat(190) + KEY],
    ['the key as a form', `q ${new URLSearchParams({ k: KEY })} wrong`],
    ['the key in lower case and percent-encoded', `key ${encodeURIComponent(KEY).toLowerCase()} wrong`],
    ['the key as HTML', 'key QsE/cR+eT &amp; &lt;K&gt;1 wrong'],
    ['the key over two lines', 'key QsE/cR+eT\n& <K>1 wrong'],
    ['user and password', 'login usr@x:pa/ss %rd failed'],
    ['the password alone', 'password pa/ss %rd is wrong'],
    ['the password, encoded', 'password pa%2Fss%20%25rd is wrong'],
    ['a token without its scheme', 'bad HEADSECRET99'],
    ['a token in base64', `bad ${Buffer.from('HEADSECRET99').toString('base64')}`],
    ['half a token', 'bad HEADSEC99, or HEADSECRET...'],
    ['the value of a cookie', 'bad cookie COOKSECRET77, LONGLANG'],
    ['the answer to a challenge', 'bad d1gest-resp0nse'],
    ['a key of the request itself', 'bad 0wn-k3y, and bad n3sted-k3y'],
  ];
  const LEAKS =
    /QsE|cR.{1,3}eT|pa.{1,3}ss .{0,3}rd|HEADSECRET|SEVBRFNFQ1|COOKSECRET|LONGLANG|d1gest|0wn-k3y|n3sted-k3y/i;

  it.each(ECHOES)('shows nothing of it: %s', async (_, echo) => {
    const body = { ids: '{id...}', auth: { token: 'n3sted-k3y' } };
    const batch = { method: 'POST', path: '/values', body, items: 'items', id: 'id' };
    const request = { path: '/values/{id}', query: { key: '0wn-k3y' }, batch };
    const bench = await setup({ origin, request });
    bench.server.answer(json({ error: { message: echo } }, {}, 400));
    const messages = [
      (await failureOf(fetchOne(bench))).message,
      (await failureOf(fetchBatch(bench))).message,
    ];
    const rules = { ...bench.source.guard, error: 'error' };
    bench.server.answer(json({ error: echo, items: [{ id: 'a', error: echo }] }));
    const source = { ...bench.source, format: 'json' as const };
    const bodies = [await fetchOne({ ...bench, source }), ...(await fetchBatch({ ...bench, source }))];
    bench.server.answer((response) => response.end(`x ${echo}`));
    bodies.push(await fetchOne({ ...bench, source }));
    for (const one of bodies)
      if (one.kind === 'body')
        messages.push((await judge(rules, 'json', one.body, new Breath({ clock: systemClock }), one)) ?? '');
    expect(messages.length).toBeGreaterThanOrEqual(5);
    for (const message of messages) expect(message).not.toMatch(LEAKS);
  });
});

describe('a request that is refused', () => {
  it.each([400, 403, 404, 409, 410, 413, 414, 422, 423, 424, 431, 451])(
    'by %i may be split',
    async (code) => {
      const bench = await setup({ request: { batch: BATCH } });
      bench.server.answer(status(code));
      expect(await failureOf(fetchBatch(bench))).toMatchObject({ class: 'permanent', refusesBatch: true });
    },
  );

  it.each([401, 402, 405, 407, 415, 426, 429, 500, 503])('by %i may not', async (code) => {
    const bench = await setup({ request: { batch: BATCH } });
    bench.server.answer(status(code));
    expect((await failureOf(fetchBatch(bench))).refusesBatch).toBe(false);
  });

  it.each([
    [429, { error: { code: 'insufficient_quota' } }],
    [403, { error: { type: 'billing_hard_limit_reached' } }],
    [402, {}],
  ])('since the quota is used up, by %i %j, is not worth waiting for', async (code, body) => {
    const bench = await setup();
    bench.server.answer(json(body, {}, code));
    expect(await failureOf(fetchOne(bench))).toMatchObject({ class: 'permanent', quotaSpent: true });
  });
});

describe('an error that is told with 200', () => {
  const throttled = { errors: [{ message: 'Throttled', extensions: { code: 'THROTTLED' } }] };

  it.each([
    [throttled],
    [{ data: null, errors: [{ type: 'RATE_LIMITED', message: 'API rate limit exceeded' }] }],
    [{ errors: [{ extensions: { code: 'TOO_MANY_REQUESTS' } }] }],
  ])('slows the origin down: %j', async (body) => {
    const bench = await setup();
    bench.server.answer(json(body, { 'retry-after': '5' }));
    const error = await failureOf(fetchOne(bench));
    expect(error).toMatchObject({
      class: 'throttled',
      message: expect.stringContaining('answered 200, and in it'),
    });
    expect(error.retryAt).toBeGreaterThan(Date.now() + 4_000);
  });

  it.each([
    [{ data: { id: 1 }, ...throttled }],
    [{ errors: [{ message: 'no such field', extensions: { code: 'BAD_REQUEST' } }] }],
    [{ errors: 7, name: 'rate limit' }],
    [{ about: 'rate limit', errors: [] }],
  ])('is a value for the guard where it does not ask for fewer calls: %j', async (body) => {
    const bench = await setup();
    bench.server.answer(json(body));
    expect(await fetchOne(bench)).toMatchObject({ kind: 'body' });
  });

  it('is found where `guard.error` says', async () => {
    const bench = await setup();
    bench.server.answer(json({ ok: false, fault: 'Too Many Requests' }));
    const guarded = sourceOf(bench.source.request, { guard: { ...bench.source.guard, error: 'fault' } });
    expect(await failureOf(fetchOne({ ...bench, source: guarded }))).toMatchObject({ class: 'throttled' });
    expect(await fetchOne(bench)).toMatchObject({ kind: 'body' });
  });

  it('slows down a batch, too', async () => {
    const bench = await setup({ request: { batch: BATCH } });
    bench.server.answer(json(throttled));
    expect(await failureOf(fetchBatch(bench))).toMatchObject({ class: 'throttled' });
  });
});

it('drops the byte order mark before a body of JSON, and of nothing else', async () => {
  const bench = await setup();
  bench.server.answer(answered('\ufeff{"ok":1}', {}));
  expect(textOf(await fetchOne(bench))).toBe('\ufeff{"ok":1}');
  const source = sourceOf(bench.source.request, { format: 'json' });
  expect(textOf(await fetchOne({ ...bench, source }))).toBe('{"ok":1}');
});
