/** What origins of every kind tell of each request and statement, by the names of OpenTelemetry's conventions. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { EventMap } from '../../src/core/events.ts';
import { type OriginListener, openOrigins } from '../../src/origins/kinds.ts';
import { loadSettings } from '../../src/settings/load.ts';
import { failureOf, requestOf, SIGNAL } from '../contract/origin.steps.ts';
import { json, type Script, startScriptedServer, status } from '../support/scripted-server.ts';
import { LIMITS } from './http/list.steps.ts';
import { usePostgres } from './sql/sql.steps.ts';

type Told = EventMap['http:called'] | EventMap['db:called'];

/** One origin, of one source. */
async function opened(origin: object, request: object) {
  const config = {
    origins: { one: origin },
    sources: { value: { origin: 'one', key: 'value:{id}', request } },
  };
  const settings = await loadSettings({ env: {}, config });
  const told: Told[] = [];
  const within = new AsyncLocalStorage<string>();
  const heardWithin: (string | undefined)[] = [];
  const listener = (): OriginListener => ({
    onRequest: (call) => {
      told.push(call);
      heardWithin.push(within.getStore());
    },
    onStatement: (call) => told.push(call),
  });
  const { secrets } = settings;
  const origins = await openOrigins(settings.origins, { clock: systemClock, env: {}, secrets, listener });
  const [made, source] = [origins.get('one'), settings.sources.get('value')];
  if (made === undefined || source === undefined) throw new Error('there is no such origin');
  onTestFinished(() => made.close());
  const ask = (signal: AbortSignal = SIGNAL) => made.fetchMany(source, [requestOf('a')], signal);
  return { origin: made, told, ask, within, heardWithin };
}

async function openedHttp(script: Script, more: object = {}) {
  const server = await startScriptedServer();
  server.answer(script);
  const made = await opened({ kind: 'http', url: server.url, ...more }, { path: '/values/{id}' });
  return { ...made, server, at: placeOf(server.url) };
}

function placeOf(url: string) {
  const { hostname, port } = new URL(url);
  return { server_address: hostname, server_port: port };
}

const GET = { http_request_method: 'GET', error_type: '', ms: expect.any(Number) };

/** Takes connections and says nothing that is HTTP; the text ends them. */
async function openSocket(says: string): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(says));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  return typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : '';
}

describe('a request to an origin is told of', () => {
  test.each([
    [200, '200', ''],
    [404, '404', '404'],
    [429, '429', '429'],
    [503, '503', '503'],
    [599, '500', '500'],
  ])('that is answered %s, once', async (code, http_response_status_code, error_type) => {
    const { ask, told, at } = await openedHttp(status(code));
    await ask().catch(() => undefined);
    expect(told).toEqual([{ ...GET, ...at, http_response_status_code, error_type }]);
    expect(told[0]?.ms).toBeGreaterThan(0);
  });

  test('as part of the work that asked, whichever work its connection was opened for', async () => {
    const { ask, within, heardWithin } = await openedHttp(json(1), { connections: 1 });
    const works = ['first', 'second', 'third'];
    for (const work of works) await within.run(work, () => ask());
    expect(heardWithin).toEqual(works);
  });

  test('each by itself where one leads to another', async () => {
    const { ask, told } = await openedHttp(
      (response, { url }) => {
        if (url === '/there') response.end('there');
        else response.writeHead(302, { location: '/there' }).end();
      },
      { redirects: 1 },
    );
    await ask();
    const codes = told.map((one) => 'http_response_status_code' in one && one.http_response_status_code);
    expect(codes).toEqual(['302', '200']);
  });

  test('that takes too long, or whose body is too large', async () => {
    const slow = await openedHttp(() => undefined, { timeout: '20ms' });
    await failureOf(slow.ask());
    expect(slow.told).toMatchObject([{ http_response_status_code: '', error_type: 'timeout' }]);
    const large = await openedHttp(json('x'.repeat(2_000)), { maxBodyBytes: '1kB' });
    await failureOf(large.ask());
    expect(large.told).toMatchObject([{ http_response_status_code: '200', error_type: 'too_large' }]);
  });

  test('that is given up', async () => {
    const { ask, told, server } = await openedHttp(() => undefined);
    const giving = new AbortController();
    const asked = ask(giving.signal).catch(() => undefined);
    await server.arrival();
    giving.abort();
    await asked;
    expect(told).toMatchObject([{ http_response_status_code: '', error_type: 'cancelled' }]);
  });

  test.each([
    ['that is closed', ''],
    ['that speaks no HTTP', 'no HTTP\r\n\r\n'],
    ['that breaks', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf'],
  ])('on a connection %s', async (_, says) => {
    const { ask, told } = await opened({ kind: 'http', url: await openSocket(says) }, { path: '/{id}' });
    await failureOf(ask());
    expect(told).toMatchObject([{ error_type: 'connection' }]);
  });

  test('at a port at which nobody listens', async () => {
    const { ask, told, server } = await openedHttp(status(200));
    await server.close();
    await failureOf(ask());
    expect(told).toMatchObject([{ http_response_status_code: '', error_type: 'connection' }]);
  });

  test('for a list, and for a probe', async () => {
    const { origin, told, at } = await openedHttp(json([]));
    const list = { set: 'all', options: { path: '/all' }, known: undefined, limits: LIMITS };
    await origin.listPages(list).next(SIGNAL);
    await origin.probe(SIGNAL);
    expect(told).toEqual(Array(2).fill({ ...GET, ...at, http_response_status_code: '200' }));
  });

  test('for vectors', async () => {
    const server = await startScriptedServer();
    server.answer(json({ data: [{ index: 0, embedding: [1, 2] }] }));
    const { ask, told } = await opened(
      { kind: 'embeddings', url: server.url },
      { model: 'm', input: 'text {id}' },
    );
    await ask();
    const at = placeOf(server.url);
    expect(told).toEqual([{ ...GET, ...at, http_request_method: 'POST', http_response_status_code: '200' }]);
  });

  test('by host and port, without the path of its address', async () => {
    const { server, at } = await openedHttp(status(200));
    const { ask, told } = await opened({ kind: 'http', url: `${server.url}/s3cr3t` }, { path: '/{id}' });
    await ask();
    expect(told).toMatchObject([at]);
    expect(JSON.stringify(told)).not.toContain('s3cr3t');
  });
});

describe('a statement of a database is told of', () => {
  const used = usePostgres();
  const openedSql = async (query: string, more: object = {}) => {
    const { server } = used;
    await server.open();
    const made = await opened({ kind: 'sql', url: server.url, concurrency: 1, ...more }, { query });
    const { hostname, port, pathname } = new URL(server.url);
    const at = { server_address: hostname, server_port: port, db_namespace: pathname.slice(1) };
    return { ...made, server, at };
  };

  test('once, with its database, whether it is answered or refused', async () => {
    const good = await openedSql('SELECT 1 AS one');
    await good.ask();
    const known = { db_system_name: 'postgresql', ...good.at, db_operation_name: '', ms: expect.any(Number) };
    expect(good.told).toEqual([{ ...known, error_type: '' }]);
    const bad = await openedSql('SELECT nothing');
    await failureOf(bad.ask());
    expect(bad.told).toEqual([{ ...known, error_type: 'refused' }]);
  });

  test('each by its name around the query of a list', async () => {
    const { origin, told } = await openedSql('SELECT 1');
    const list = { set: 'all', options: { query: 'SELECT 1 AS id' }, known: undefined, limits: LIMITS };
    await origin.listPages(list).next(SIGNAL);
    const names = told.map((one) => 'db_operation_name' in one && one.db_operation_name);
    expect(names).toEqual(['BEGIN', 'DECLARE', 'FETCH', 'COMMIT']);
  });

  test('that takes too long, or is given up', async () => {
    const { ask, told, server } = await openedSql('SELECT 1');
    await ask();
    server.hold();
    const giving = new AbortController();
    const asked = ask(giving.signal).catch(() => undefined);
    await server.arrival();
    giving.abort();
    await asked;
    expect(told).toMatchObject([{ error_type: '' }, { error_type: 'cancelled' }]);
  });

  test('where nothing could be connected to', async () => {
    const url = (await openSocket('')).replace('http:', 'postgres:');
    const { ask, told } = await opened({ kind: 'sql', url: `${url}/shop` }, { query: 'SELECT 1' });
    await failureOf(ask());
    expect(told).toMatchObject([{ db_namespace: 'shop', db_operation_name: '', error_type: 'connection' }]);
  });
});
