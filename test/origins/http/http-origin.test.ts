import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { failureOf, fetchOne, SIGNAL, textOf } from '../../contract/origin.steps.ts';
import { HTTP_SYSTEM } from '../../contract/origin.system.ts';
import { describeOrigin } from '../../contract/origin.ts';
import { startScriptedServer, status } from '../../support/scripted-server.ts';
import { BATCH, contractOrigin, fetchBatch, setup } from './http.steps.ts';

describeOrigin('HTTP', HTTP_SYSTEM, ({ url }, clock) => contractOrigin(url, clock));

describe('an HTTP origin, of versions', () => {
  const versioned = (version: string) => (response: ServerResponse) =>
    response.writeHead(200, { 'x-version': version }).end('body');

  it('reads the version of a value from a header', async () => {
    const bench = await setup({ request: { path: '/values/{id}', versionHeader: 'X-Version' } });
    bench.server.answer(versioned('7'));
    expect(await fetchOne(bench)).toMatchObject({ kind: 'body', version: '7' });
    expect(await fetchOne(bench, { version: '7' })).toEqual({ kind: 'unchanged' });
    expect(await fetchOne(bench, { version: '6' })).toMatchObject({ kind: 'body', version: '7' });
  });

  it.each([
    [{}, { etag: '"9"' }, '"9"'],
    [{ versionHeader: 'Last-Modified' }, { 'last-modified': 'then' }, 'then'],
    [{ version: 'release.tag' }, { etag: '"9"' }, 'v3'],
  ])('asks for the version that all values share, by %j', async (probe, headers, version) => {
    const request = {
      path: '/values/{id}',
      versionProbe: { path: '/release', query: { of: 'all' }, ...probe },
    };
    const bench = await setup({ request });
    bench.server.answer((response) => response.writeHead(200, headers).end('{"release":{"tag":"v3"}}'));
    expect(await bench.origin.versionOf(bench.source, SIGNAL)).toBe(version);
    expect(bench.server.asked[0]?.url).toBe('/release?of=all');
  });

  it.each([
    [{}, 200, 'without header "etag"'],
    [{ version: 'a' }, 200, 'without its `version`'],
    [{}, 404, 'answered 404'],
  ])('takes a probe %j that is answered %s for permanent', async (probe, code, says) => {
    const bench = await setup({ request: { path: '/v', versionProbe: { path: '/release', ...probe } } });
    bench.server.answer(status(code));
    const error = await failureOf(bench.origin.versionOf(bench.source, SIGNAL));
    expect(error).toMatchObject({ class: 'permanent', message: expect.stringContaining(says) });
  });
});

describe('an HTTP origin, of answers that are no value', () => {
  const slice = (response: ServerResponse) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('only this');
  };

  it.each([
    [500, 'retryable'],
    [502, 'retryable'],
    [503, 'retryable'],
    [504, 'retryable'],
    [408, 'retryable'],
    [425, 'retryable'],
    [429, 'throttled'],
    [400, 'permanent'],
    [401, 'permanent'],
    [403, 'permanent'],
    [405, 'permanent'],
    [422, 'permanent'],
    [202, 'retryable'],
    [206, 'permanent'],
    [304, 'permanent'],
    [300, 'permanent'],
  ])('takes %i as %s', async (code, kind) => {
    const bench = await setup();
    bench.server.answer(status(code));
    const error = await failureOf(fetchOne(bench));
    expect(error.class).toBe(kind);
    expect(error.message).toContain(`GET /values/a answered ${code}`);
    expect(error.retryAt).toBeUndefined();
  });

  it.each([
    ['json', 'text/html; charset=utf-8', 'its 404 is text/html, where values are json'],
    ['json', 'text/plain', 'its 404 is text/plain, where values are json'],
    ['msgpack', 'text/html', 'its 404 is text/html, where values are msgpack'],
    ['json', 'application/problem+json', undefined],
    ['raw', 'text/html', undefined],
  ] as const)('doubts a 404 of another type than the values: %s, %s', async (format, type, doubt) => {
    const bench = await setup();
    bench.server.answer(status(404, { 'content-type': type }));
    const fetched = await fetchOne({ ...bench, source: { ...bench.source, format } });
    expect(fetched).toEqual({ kind: 'absent', ...(doubt !== undefined && { doubt }) });
  });

  it.each([404, 410])('takes %i as absent', async (code) => {
    const bench = await setup();
    bench.server.answer(status(code));
    expect(await fetchOne(bench)).toEqual({ kind: 'absent' });
  });

  it.each([429, 503])('takes %i with Retry-After as throttled until then', async (code) => {
    const bench = await setup();
    bench.server.answer(status(code, { 'retry-after': '120' }));
    const before = Date.now();
    const { class: kind, retryAt = 0 } = await failureOf(fetchOne(bench));
    expect(kind).toBe('throttled');
    expect(retryAt - before).toBeGreaterThanOrEqual(120_000);
    expect(retryAt - before).toBeLessThan(130_000);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['closes the connection at once', (response) => response.socket?.destroy()],
    ['resets the connection', (response) => response.socket?.resetAndDestroy()],
    [
      'closes the connection in the middle of a body',
      (response) => {
        slice(response);
        setImmediate(() => response.socket?.end());
      },
    ],
    [
      'resets the connection in the middle of a body',
      (response) => {
        slice(response);
        setImmediate(() => response.socket?.resetAndDestroy());
      },
    ],
    [
      'closes the connection in the middle of a chunked body',
      (response) => {
        response.write('only this');
        setImmediate(() => response.socket?.end());
      },
    ],
    ['answers something that is not HTTP', (response) => response.socket?.end('SSH-2.0-x\r\n')],
  ])('takes an origin that %s as retryable', async (_, script) => {
    const bench = await setup();
    bench.server.answer(script);
    expect(await failureOf(fetchOne(bench))).toMatchObject({ class: 'retryable' });
    bench.server.answer((response) => response.end('well again'));
    expect(textOf(await fetchOne(bench))).toBe('well again');
  });

  it('takes a host that does not exist as retryable', async () => {
    const { origin, source } = await setup({ origin: { url: 'http://no-such-host.invalid' } });
    expect(await failureOf(fetchOne({ origin, source }))).toMatchObject({ class: 'retryable' });
  });

  it('gives up on a body that drips, at the deadline of the whole call', async () => {
    const bench = await setup({ origin: { timeout: '100ms' } });
    bench.server.answer((response) => {
      response.write('drip');
      const drip = setInterval(() => response.write('drip'), 10);
      response.once('close', () => clearInterval(drip));
    });
    const error = await failureOf(fetchOne(bench));
    expect(error).toMatchObject({ class: 'retryable', message: 'GET /values/a did not end within 100ms' });
  });

  it.each([
    ['says so', { 'content-length': '2000' }],
    ['does not say so', {}],
  ])('refuses a body over the bound, of an origin that %s', async (_, headers: Record<string, string>) => {
    const bench = await setup({ origin: { maxBodyBytes: '1KB' } });
    const closed = new Promise<void>((resolve) => {
      bench.server.answer((response) => {
        response.once('close', resolve).writeHead(200, headers);
        response.write(Buffer.alloc(1_500));
      });
    });
    const error = await failureOf(fetchOne(bench));
    expect(error.class).toBe('permanent');
    expect(error.message).toContain('more than 1.00 KB (maxBodyBytes)');
    await closed;
  });

  it('takes a body at the bound', async () => {
    const bench = await setup({ origin: { maxBodyBytes: '1KB' } });
    bench.server.answer((response) => response.end(Buffer.alloc(1_000)));
    expect(textOf(await fetchOne(bench))).toHaveLength(1_000);
  });

  it('goes by the status of a failure, however long its body', async () => {
    const bench = await setup({ origin: { maxBodyBytes: '1KB' } });
    bench.server.answer((response) => response.writeHead(500).end(Buffer.alloc(5_000)));
    expect(await failureOf(fetchOne(bench))).toMatchObject({ class: 'retryable' });
  });

  it('asks for bodies as they are', async () => {
    const bench = await setup();
    bench.server.answer((response) => response.end('x'));
    await fetchOne(bench);
    expect(bench.server.asked[0]?.headers['accept-encoding']).toBe('identity');
  });

  it('never tells the query, which may hold an API key, nor a header', async () => {
    const bench = await setup({
      origin: { query: { key: 's3cret' }, headers: { authorization: 'Bearer s3cret' } },
    });
    bench.server.answer(status(400));
    const error = await failureOf(fetchOne(bench));
    expect(`${error.message} ${JSON.stringify(error.details)}`).not.toContain('s3cret');
    expect(bench.server.asked[0]?.url).toBe('/values/a?key=s3cret');
    expect(bench.server.asked[0]?.headers.authorization).toBe('Bearer s3cret');
  });
});

describe('an HTTP origin, of redirects', () => {
  const to = (location: string, code = 302) => status(code, { location });

  it('follows none unless told to', async () => {
    const bench = await setup();
    bench.server.answer(to('/elsewhere'));
    const error = await failureOf(fetchOne(bench));
    expect(error.class).toBe('permanent');
    expect(error.message).toContain('`redirects: 0`');
    expect(bench.server.asked).toHaveLength(1);
  });

  it.each([301, 302, 303, 307, 308])('follows %i within the origin', async (code) => {
    const bench = await setup({ origin: { redirects: 1 } });
    bench.server.answer((response, { url }) =>
      url === '/values/a' ? response.writeHead(code, { location: '../b?c=1' }).end() : response.end(url),
    );
    expect(textOf(await fetchOne(bench))).toBe('/b?c=1');
  });

  it('ends a loop at the bound', async () => {
    const bench = await setup({ origin: { redirects: 3 } });
    bench.server.answer(to('/values/a'));
    const error = await failureOf(fetchOne(bench));
    expect(error.class).toBe('permanent');
    expect(error.message).toContain('`redirects: 3`');
    expect(bench.server.asked).toHaveLength(4);
  });

  it('never calls another host, port or scheme', async () => {
    const other = await startScriptedServer();
    const bench = await setup({ origin: { redirects: 5 } });
    const { port } = new URL(bench.server.url);
    for (const location of [other.url, `//localhost:${port}/`, `https://127.0.0.1:${port}/`, 'file:///etc']) {
      bench.server.answer(to(location));
      const error = await failureOf(fetchOne(bench));
      expect(error.class).toBe('permanent');
      expect(error.message).toContain(`only ${bench.server.url} may be called`);
    }
    expect(other.asked).toHaveLength(0);
  });

  it('refuses one that says not where to', async () => {
    const bench = await setup({ origin: { redirects: 5 } });
    bench.server.answer(status(302));
    expect((await failureOf(fetchOne(bench))).message).toContain('without a location');
  });

  it('does not follow one of a call with a body', async () => {
    const batch = { ...BATCH, query: {}, method: 'POST', body: { ids: '{id...}' } };
    const bench = await setup({ origin: { redirects: 5 }, request: { batch } });
    bench.server.answer(to('/elsewhere', 307));
    expect((await failureOf(fetchBatch(bench))).message).toContain('is not followed');
  });
});

describe('an HTTP origin, of connections', () => {
  it('keeps them open for calls after each other', async () => {
    const bench = await setup();
    bench.server.answer((response) => response.end('x'));
    for (let i = 0; i < 20; i += 1) await fetchOne(bench);
    // A second one may open when a call begins before the connection has ended the one before.
    expect(bench.server.connections).toBeLessThanOrEqual(2);
  });

  it('never makes a call whose signal aborted while it waited for a connection', async () => {
    const bench = await setup({ origin: { connections: 1 } });
    const held: ServerResponse[] = [];
    bench.server.answer((response) => held.push(response));
    const first = fetchOne(bench);
    await bench.server.arrival();
    const controller = new AbortController();
    const second = fetchOne(bench, undefined, controller.signal);
    const reason = new Error('stopped');
    controller.abort(reason);
    await expect(second).rejects.toBe(reason);
    held[0]?.end('x');
    await first;
    bench.server.answer((response) => response.end('x'));
    await fetchOne(bench);
    expect(bench.server.asked).toHaveLength(2);
  });

  it('opens as many as the budget has concurrent calls, and no more', async () => {
    const bench = await setup({ origin: { concurrency: 3 } });
    const held: ServerResponse[] = [];
    bench.server.answer((response) => held.push(response));
    const fetching = Array.from({ length: 6 }, () => fetchOne(bench));
    while (bench.server.asked.length < 3) await bench.server.arrival();
    bench.server.answer((response) => response.end('x'));
    for (const response of held) response.end('x');
    await Promise.all(fetching);
    expect(held).toHaveLength(3);
    expect(bench.server.connections).toBe(3);
  });

  it('opens none before the first call, and answers none after it was closed', async () => {
    const bench = await setup();
    expect(bench.server.connections).toBe(0);
    await bench.origin.close();
    expect(await failureOf(fetchOne(bench))).toMatchObject({ class: 'retryable' });
    expect(bench.server.asked).toHaveLength(0);
  });

  it('rejects calls under way as retryable when it is closed', async () => {
    const bench = await setup();
    bench.server.answer(() => undefined);
    const failing = failureOf(fetchOne(bench));
    await bench.server.arrival();
    await bench.origin.close();
    expect(await failing).toMatchObject({ class: 'retryable' });
  });

  it('ends a call at the origin, too, when the signal aborts', async () => {
    const bench = await setup();
    const closed = new Promise<void>((resolve) => {
      bench.server.answer((response) => response.once('close', resolve));
    });
    const controller = new AbortController();
    const failing = fetchOne(bench, undefined, controller.signal).catch(() => undefined);
    await bench.server.arrival();
    controller.abort();
    await Promise.all([failing, closed]);
  });

  it('leaves nothing on a signal that outlives its calls', async () => {
    const bench = await setup();
    bench.server.answer((response) => response.end('x'));
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...args);
    };
    await fetchOne(bench, undefined, signal);
    expect(listeners).toBe(0);
  });
});
