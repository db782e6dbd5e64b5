import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { createRequire } from 'node:module';
import { connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { consoleOptions } from '../../src/api/console-options.ts';
import { ControlApi } from '../../src/api/control-api.ts';
import { type ApiOptions, apiOptions } from '../../src/api/options.ts';
import { Events } from '../../src/core/events.ts';
import { type ApiServerOptions, BODY_LIMIT, startApi } from '../support/api-server.ts';
import { readEvents } from '../support/event-stream.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { verbsInMemory } from '../support/in-memory/verbs.ts';
import { toldBy } from '../support/process-health.ts';

const clock = new FakeClock();
const idempotency = {
  begin: async () => 'new' as const,
  finish: async () => undefined,
  fail: async () => undefined,
};
const token: ApiOptions['tokens'][number] = { name: 'ops', token: 'secret', scopes: ['admin'] };

function make(options: Partial<ApiOptions> = {}): ControlApi {
  const whole = { ...apiOptions.parse({ port: 0, bodyLimit: `${BODY_LIMIT}B` }), ...options };
  const verbs = verbsInMemory(clock);
  const api = new ControlApi({
    ...{ verbs, ...toldBy(verbs, clock) },
    clock,
    events: new Events(),
    idempotency,
    options: whole,
    console: consoleOptions.parse({}),
    board: undefined,
  });
  onTestFinished(() => api.stop(clock.now()));
  return api;
}

/** An API whose statistics are answered when the test says so. */
async function startSlow(): Promise<
  { asked: Promise<void>; answer: () => void } & Awaited<ReturnType<typeof startApi>>
> {
  const asked = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  const options: ApiServerOptions = {
    over: (verbs) => ({
      async stats() {
        asked.resolve();
        await answered.promise;
        return verbs.stats();
      },
    }),
  };
  return { ...(await startApi(options)), asked: asked.promise, answer: () => answered.resolve() };
}

/** A connection that collects what it gets. */
async function open(url: string): Promise<{ socket: Socket; text: () => string }> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', () => undefined);
  onTestFinished(() => {
    socket.destroy();
  });
  await once(socket, 'connect');
  return { socket, text: () => text };
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;

test('it listens where it says, and nowhere after it has stopped', async () => {
  const { api, url, clock: time } = await startApi();
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  await api.stop(time.now() + 1_000);
  expect(api.url).toBeUndefined();
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
});

test('stop is fine before start, twice, during start, and before another start', async () => {
  const api = make();
  await api.stop(clock.now());
  const starting = api.start();
  await Promise.all([api.stop(clock.now()), api.stop(clock.now()), starting]);
  expect(api.url).toBeUndefined();
  await Promise.all([api.start(), api.start()]);
  expect((await fetch(`${api.url}/healthz`)).status).toBe(200);
});

test.each(['0.0.0.0', '::', '10.0.0.1', 'forewarm.example', ''])(
  'it refuses to listen on "%s" without a token',
  async (host) => {
    await expect(make({ host }).start()).rejects.toMatchObject({
      code: 'E_CONFIG_INVALID',
      message: expect.stringContaining('api.tokens is empty'),
    });
  },
);

test('with a token it listens everywhere, and names an address that works here', async () => {
  const api = make({ host: '0.0.0.0', tokens: [token] });
  await api.start();
  expect(api.url).toMatch(/^http:\/\/127\.0\.0\.1:/);
  const headers = { authorization: 'Bearer secret' };
  expect((await fetch(`${api.url}/v1/stats`, { headers })).status).toBe(200);
});

test('it takes "localhost" for one address', async () => {
  const api = make({ host: 'localhost' });
  await api.start();
  expect(api.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect((await fetch(`${api.url?.replace('127.0.0.1', 'localhost')}/v1/stats`)).status).toBe(200);
});

test('it names an IPv6 address as URLs do', async () => {
  const api = make({ host: '::1' });
  await api.start();
  expect(api.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
  expect((await fetch(`${api.url}/v1/stats`)).status).toBe(200);
});

test('a port that is taken is an error that names it', async () => {
  const { url } = await startApi();
  const { port } = new URL(url);
  const api = make({ port: Number(port) });
  await expect(api.start()).rejects.toMatchObject({
    code: 'E_PORT_TAKEN',
    message: expect.stringMatching(new RegExp(`port ${port}: another program listens there; .*api.port`)),
  });
});

test('stopping closes connections that are kept alive', async () => {
  const { api, url, clock: time } = await startApi();
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const asked = request(`${url}/healthz`, { agent }).end();
  const [answer] = await once(asked, 'response');
  answer.resume();
  await once(answer, 'end');
  const closed = once(asked.socket ?? asked, 'close');
  await api.stop(time.now() + 1_000);
  await closed;
});

test('stopping ends event streams, whose clients can come back elsewhere', async () => {
  const { api, verbs, call, clock: time } = await startApi();
  verbs.put('a', '1');
  await verbs.warm({ selector: '', id: 'one', force: false, missing: false }, 'api');
  const stream = readEvents(await call('/v1/runs/one/events'));
  await stream.next();
  const stopped = api.stop(time.now() + 60_000);
  expect(await stream.next()).toBeUndefined();
  await stopped;
  expect([verbs.watches, time.timers]).toEqual([0, 0]);
});

test('while stopping, what is in hand is answered, and what follows is refused and its connection closed', async () => {
  const { api, url, asked, answer, clock: time } = await startSlow();
  const slow = await open(url);
  slow.socket.write(get('/v1/stats'));
  await asked;
  const other = await open(url);
  other.socket.write('GET /v1/runs HTTP/1.1\r\n');
  const stopped = api.stop(time.now() + 60_000);
  other.socket.write('Host: 127.0.0.1\r\n\r\n');
  await once(other.socket, 'close');
  expect(other.text()).toMatch(/^HTTP\/1\.1 503 .*^connection: close/ims);
  expect(other.text()).toContain('"code":"E_NOT_READY"');
  answer();
  await once(slow.socket, 'close');
  expect(slow.text()).toMatch(/^HTTP\/1\.1 200 .*^connection: close/ims);
  await stopped;
});

test('at the deadline, what is still in hand is cut off', async () => {
  const { api, url, asked, clock: time } = await startSlow();
  const slow = await open(url);
  slow.socket.write(get('/v1/stats'));
  await asked;
  const stopped = api.stop(time.now() + 5_000);
  const closed = once(slow.socket, 'close');
  await time.advance(4_999);
  expect(slow.socket.closed).toBe(false);
  await time.advance(1);
  await closed;
  await stopped;
  expect(slow.text()).toBe('');
});

test('starts without the validators and serializers of the framework, which no route uses', async () => {
  const { cache } = createRequire(import.meta.url);
  const loaded = () =>
    Object.keys(cache).filter((path) => /\/@fastify\/(?:ajv|fast-json-stringify)-compiler\//.test(path));
  // Another test of this process may have loaded them.
  for (const path of loaded()) Reflect.deleteProperty(cache, path);
  await make().start();
  expect(loaded()).toEqual([]);
});
