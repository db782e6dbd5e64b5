import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Events } from '../../src/core/events.ts';
import type { HealthItem, Readiness } from '../../src/core/health.ts';
import { HttpListener } from '../../src/http/http-listener.ts';
import { ProcessHealth } from '../../src/http/process-health.ts';
import { callRaw } from '../support/api-server.ts';
import { EventLog } from '../support/event-log.ts';
import { until } from '../support/waiting.ts';

const WELL: Readiness = { needs: [{ name: 'redis', reason: null }], silent: [] };

async function serve() {
  const told = {
    signs: [] as readonly HealthItem[],
    needs: async () => WELL,
    metrics: async (accept: string | undefined) => ({
      type: 'text/plain',
      text: `# ${accept ?? 'anything'}\n`,
    }),
  };
  const health = new ProcessHealth({
    ...{ roles: ['worker'], clock: systemClock },
    ...{ signs: () => told.signs, needs: () => told.needs() },
  });
  health.started();
  const events = new Events();
  const metrics = (accept: string | undefined) => told.metrics(accept);
  const place = { host: '127.0.0.1', port: 0 };
  const listener = new HttpListener({ place, health, metrics, clock: systemClock, events });
  await listener.start();
  onTestFinished(() => listener.stop(Date.now()));
  const url = listener.url ?? '';
  return { told, health, listener, url, log: new EventLog(events, ['problem']) };
}

/** A connection on which the test writes what it likes. */
async function dial(url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** What comes back for these bytes until the server closes the connection. */
async function exchange(url: string, bytes: string): Promise<string> {
  const socket = await dial(url);
  socket.write(bytes);
  return text(socket);
}

describe('the health listener', () => {
  test('says whether the process lives and is ready, and shows its metrics', async () => {
    const { url, told } = await serve();
    const alive = await fetch(`${url}/livez`);
    expect([alive.status, await alive.json()]).toEqual([
      200,
      { status: 'alive', roles: ['worker'], checks: [] },
    ]);
    const ready = await fetch(`${url}/readyz`);
    expect([ready.status, await ready.json()]).toMatchObject([200, { status: 'ready', checks: WELL.needs }]);
    const metrics = await fetch(`${url}/metrics`, { headers: { accept: 'text/plain;version=0.0.4' } });
    expect(await metrics.text()).toBe('# text/plain;version=0.0.4\n');
    told.signs = [{ name: 'lane markets', reason: 'no progress' }];
    told.needs = async () => ({ needs: [{ name: 'redis', reason: 'away' }], silent: [] });
    const stuck = await fetch(`${url}/livez`);
    expect([stuck.status, await stuck.json()]).toMatchObject([503, { status: 'stuck', checks: told.signs }]);
    const unready = await fetch(`${url}/readyz`);
    expect([unready.status, await unready.json()]).toMatchObject([
      503,
      { status: 'not-ready', checks: [{ name: 'redis', reason: 'away' }] },
    ]);
  });

  test('is ready no more while the process drains, and lives on', async () => {
    const { url, health } = await serve();
    health.drains();
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
  });

  test.each([
    ['GET', '/livez?verbose=1', 200],
    ['HEAD', '/readyz', 200],
    ['GET', 'http://somewhere.test/livez', 200],
    ['POST', '/livez', 405],
    ['DELETE', '/metrics', 405],
    ['OPTIONS', '*', 404],
    ['GET', '/', 404],
    ['GET', '/livez/', 404],
    ['GET', '/livezz', 404],
    ['GET', '//livez', 404],
    ['GET', '/healthz', 404],
    ['GET', '/v1/stats', 404],
    ['POST', '/nowhere', 404],
  ])('answers %s %s with %i', async (method, path, status) => {
    const { url } = await serve();
    const answer = await callRaw(url, { method, path });
    expect(answer.status).toBe(status);
    expect(answer.headers.allow).toBe(status === 405 ? 'GET, HEAD' : undefined);
    if (method === 'HEAD') {
      expect(answer.body).toHaveLength(0);
      expect(Number(answer.headers['content-length'])).toBeGreaterThan(0);
    }
  });

  test('answers HTTP/1.0 without a Host, as load balancers ask', async () => {
    const { url } = await serve();
    expect(await exchange(url, 'GET /livez HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1.1 200 [\s\S]*"alive"/);
  });

  test.each([
    ['what is no request', 'hello\r\n\r\n', 400],
    ['headers without end', `GET /livez HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['a body', 'POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello', 405],
    ['a body that does not come', 'GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\n', 200],
    ['an expectation', 'GET /livez HTTP/1.1\r\nHost: x\r\nExpect: tea\r\nConnection: close\r\n\r\n', 200],
  ])('answers %s, and closes the connection', async (_, bytes, status) => {
    const { url } = await serve();
    const answer = await exchange(url, bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    // Told by the answer, and not first by a connection that was idle for too long.
    expect(answer).toMatch(/^connection: close\r$/im);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
  });

  test('takes a bounded number of connections, and is there again when they are gone', async () => {
    const { url } = await serve();
    const sockets = await Promise.all(Array.from({ length: 80 }, () => dial(url)));
    const closed = () => sockets.filter((socket) => socket.closed || socket.readableEnded).length;
    for (const socket of sockets) socket.resume();
    await until(
      'connections that are refused',
      async () => closed(),
      (count) => count >= 16,
    );
    expect(closed()).toBe(16);
    for (const socket of sockets) socket.destroy();
    const status = async () =>
      fetch(`${url}/livez`).then(
        (answer) => answer.status,
        () => 0,
      );
    await until('an answer', status, (found) => found === 200);
  });

  test('says 500 where metrics fail, reports why, and goes on', async () => {
    const { url, told, log } = await serve();
    told.metrics = async () => {
      throw new Error('no figures');
    };
    const failed = await fetch(`${url}/metrics`);
    expect([failed.status, await failed.text()]).toEqual([500, expect.not.stringMatching(/no figures/)]);
    expect(log.seen).toMatchObject([{ payload: { where: 'http /metrics' } }]);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
  });

  test('stops by its deadline though a request is under way, and listens no more', async () => {
    const { url, told, listener } = await serve();
    const asked = Promise.withResolvers<void>();
    told.needs = () => {
      asked.resolve();
      return new Promise(() => undefined);
    };
    const cut = fetch(`${url}/readyz`).catch(() => 'cut');
    await asked.promise;
    await listener.stop(Date.now() + 20);
    expect([await cut, listener.url]).toEqual(['cut', undefined]);
    await expect(fetch(`${url}/livez`)).rejects.toThrow();
  });

  test('cannot listen where another program does, and says what to change', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => void other.close());
    const bound = other.address();
    const port = typeof bound === 'object' ? (bound?.port ?? 0) : 0;
    const { health } = await serve();
    const place = { host: '127.0.0.1', port };
    const metrics = async () => ({ type: 'text/plain', text: '' });
    const second = new HttpListener({ place, health, metrics, clock: systemClock, events: new Events() });
    await expect(second.start()).rejects.toMatchObject({
      code: 'E_PORT_TAKEN',
      message: expect.stringMatching(new RegExp(`port ${port}: another program .* http.port`)),
    });
    await second.stop(Date.now());
  });
});
