import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { problemOf } from '../../src/api/problem.ts';
import { ERRORS, type ErrorCode, ForewarmError } from '../../src/core/errors.ts';
import { BODY_LIMIT, callRaw, startApi } from '../support/api-server.ts';
import { METRICS } from '../support/process-health.ts';

const json = { 'content-type': 'application/json' };

interface Case {
  readonly title: string;
  readonly path: string;
  readonly init?: RequestInit & { json?: unknown };
  readonly code: ErrorCode;
  readonly places?: readonly string[];
}

const CASES: readonly Case[] = [
  { title: 'an unknown path', path: '/v2/runs', code: 'E_NOT_FOUND' },
  { title: 'an unknown path that is posted to', path: '/v2/runs', init: { json: {} }, code: 'E_NOT_FOUND' },
  { title: 'an unknown run', path: '/v1/runs/nope', code: 'E_NOT_FOUND' },
  {
    title: 'an unknown schedule',
    path: '/v1/schedules/x/trigger',
    init: { method: 'POST' },
    code: 'E_NOT_FOUND',
  },
  { title: 'an unknown code', path: '/v1/errors/toString', code: 'E_NOT_FOUND' },
  {
    title: 'a known path with another method',
    path: '/v1/stats',
    init: { method: 'PUT' },
    code: 'E_METHOD_NOT_ALLOWED',
  },
  { title: 'a broken selector', path: '/v1/entries?selector=sorce%3Dx', code: 'E_SELECTOR_INVALID' },
  {
    title: 'a query with a bad limit and an unknown name',
    path: '/v1/runs?limit=0&page=2',
    code: 'E_REQUEST_INVALID',
    places: ['query.limit', 'query.page'],
  },
  {
    title: 'a repeated query',
    path: '/v1/runs?limit=1&limit=2',
    code: 'E_REQUEST_INVALID',
    places: ['query.limit'],
  },
  {
    title: 'a query where none is taken',
    path: '/v1/stats?x',
    code: 'E_REQUEST_INVALID',
    places: ['query.x'],
  },
  {
    title: 'a map with a strange length in the place of a list',
    path: '/v1/runs',
    init: { json: { keys: { length: { toString: 1 } } } },
    code: 'E_REQUEST_INVALID',
  },
  {
    title: 'a body that names a member twice',
    path: '/v1/runs',
    init: {
      method: 'POST',
      body: '{"selector":"source=profile","selector":"source=quote"}',
      headers: { 'content-type': 'application/json' },
    },
    code: 'E_REQUEST_INVALID',
  },
  {
    title: 'a body with three things wrong',
    path: '/v1/runs',
    init: { json: { selector: 1, limit: -1, colour: 'red', shape: 'round' } },
    code: 'E_REQUEST_INVALID',
    places: ['body.selector', 'body.limit', 'body.colour', 'body.shape'],
  },
  {
    title: 'a run of no key, and with no time for any: 0 is not all',
    path: '/v1/runs',
    init: { json: { selector: '', limit: 0, deadline: 0 } },
    code: 'E_REQUEST_INVALID',
    places: ['body.limit', 'body.deadline'],
  },
  {
    title: 'a place inside a list',
    path: '/v1/dead-letters/redrive',
    init: { json: { ids: ['a', 7] } },
    code: 'E_REQUEST_INVALID',
    places: ['body.ids.1'],
  },
  {
    title: 'no body where one is needed',
    path: '/v1/runs',
    init: { method: 'POST' },
    code: 'E_REQUEST_INVALID',
    places: ['body'],
  },
  {
    title: 'an empty body where one is needed',
    path: '/v1/runs',
    init: { method: 'POST', headers: json, body: '' },
    code: 'E_REQUEST_INVALID',
    places: ['body'],
  },
  {
    title: 'a body where none is taken',
    path: '/v1/gc',
    init: { json: { dryRun: true } },
    code: 'E_REQUEST_INVALID',
    places: ['body.dryRun'],
  },
  {
    title: 'malformed JSON',
    path: '/v1/runs',
    init: { method: 'POST', headers: json, body: '{"a":' },
    code: 'E_REQUEST_INVALID',
  },
  {
    title: 'a poisoned prototype',
    path: '/v1/runs',
    init: { method: 'POST', headers: json, body: '{"__proto__":{"x":1}}' },
    code: 'E_REQUEST_INVALID',
  },
  {
    title: 'another content type',
    path: '/v1/runs',
    init: { method: 'POST', body: 'selector=x' },
    code: 'E_MEDIA_TYPE',
  },
  {
    title: 'a body that is too large',
    path: '/v1/runs',
    init: { json: { selector: 'x'.repeat(BODY_LIMIT) } },
    code: 'E_TOO_LARGE',
  },
  {
    title: 'a bad Idempotency-Key',
    path: '/v1/gc',
    init: { method: 'POST', headers: { 'idempotency-key': 'a b' } },
    code: 'E_REQUEST_INVALID',
    places: ['headers.idempotency-key'],
  },
];

describe('a request that cannot be answered', () => {
  for (const { title, path, init, code, places } of CASES) {
    test(`${title} is a problem with the code ${code}`, async () => {
      const { call, log } = await startApi();
      const answer = await call(path, init);
      const { status, meaning } = ERRORS[code];
      expect(answer.status).toBe(status);
      expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
      expect(answer.headers.get('cache-control')).toBe('no-store');
      const problem = Object(await answer.json());
      expect(problem).toMatchObject({ type: `/v1/errors/${code}`, title: meaning, status, code });
      expect(problem.instance).toBe(path.replace(/\?.*/, ''));
      expect(problem.detail).not.toBe('');
      expect(problem.errors?.map(({ place }: { place: string }) => place)).toEqual(places);
      expect(log.seen.filter(({ name }) => name === 'problem')).toEqual([]);
    });
  }

  test('names the methods that a path does take', async () => {
    const { call } = await startApi();
    const allowed = async (path: string, method: string) =>
      (await call(path, { method })).headers.get('allow');
    expect(await allowed('/v1/runs', 'DELETE')).toBe('POST, GET, HEAD');
    expect(await allowed('/v1/entries/a', 'OPTIONS')).toBe('GET, HEAD');
    expect(await allowed('/v1/gc', 'GET')).toBe('POST');
    expect(await allowed('/v1/runs/one/events', 'POST')).toBe('GET, HEAD');
  });

  test('is a problem also when its path cannot be decoded', async () => {
    const { url } = await startApi();
    for (const path of ['/v1/entries/50%', '/v1/entries/%ff', '/v1/runs/%zz']) {
      const answer = await callRaw(url, { path });
      expect(answer.status).toBe(400);
      expect(JSON.parse(answer.body.toString())).toMatchObject({ code: 'E_REQUEST_INVALID', instance: path });
    }
  });

  test('is a problem also when it is not HTTP at all, and the connection closes', async () => {
    const { url } = await startApi();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.write('NOT HTTP\r\n\r\n');
    await once(socket, 'close');
    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nConnection: close\r\n/);
    expect(JSON.parse(text.split('\r\n\r\n')[1] ?? '')).toMatchObject({
      code: 'E_REQUEST_INVALID',
      status: 400,
    });
  });
});

describe('an error of a verb', () => {
  const failing = (error: unknown) => startApi({ over: () => ({ stats: () => Promise.reject(error) }) });

  test('reveals nothing of itself when it was not foreseen, and is reported as an event', async () => {
    for (const error of [
      new Error('password=hunter2'),
      new ForewarmError('E_INTERNAL', 'hunter2'),
      'hunter2',
      null,
    ]) {
      const { call, log } = await failing(error);
      const answer = await call('/v1/stats');
      const text = await answer.text();
      expect([answer.status, JSON.parse(text).code]).toEqual([500, 'E_INTERNAL']);
      expect(text).not.toContain('hunter2');
      const [seen] = log.seen.filter(({ name }) => name === 'problem');
      expect(seen?.payload).toEqual({ where: 'api GET /v1/stats', error });
    }
  });

  test('shows nothing of itself because it looks like one of the framework', async () => {
    const error = Object.assign(new Error('hunter2'), { statusCode: 404, code: 'ENOENT' });
    const { call } = await failing(error);
    expect(await (await call('/v1/stats')).text()).not.toContain('hunter2');
  });

  test('that we throw on purpose keeps its code, status and message', async () => {
    const { call } = await failing(new ForewarmError('E_REDIS_UNAVAILABLE', 'no Redis at 127.0.0.1:1'));
    const answer = await call('/v1/stats');
    expect(await answer.json()).toMatchObject({
      status: 503,
      code: 'E_REDIS_UNAVAILABLE',
      detail: 'no Redis at 127.0.0.1:1',
    });
  });

  test('an answer that does not have the promised shape is an unforeseen error', async () => {
    const wrong = { removed: 'many', bytes: 0, recoded: 0, orphans: 0, runs: 0 };
    // A verb that breaks its contract, which the types cannot show.
    const { call, log } = await startApi({ over: () => ({ gc: async () => wrong as never }) });
    expect((await call('/v1/gc', { method: 'POST' })).status).toBe(500);
    expect(log.seen.map(({ name }) => name)).toContain('problem');
  });

  test('every code has a status that HTTP knows as an error, and a problem', () => {
    for (const [code, { status }] of Object.entries(ERRORS)) {
      expect(status).toBeGreaterThanOrEqual(400);
      if (code === 'E_INTERNAL') continue;
      // Object.entries widens the keys of the table it is given.
      const problem = problemOf(new ForewarmError(code as ErrorCode, 'told'), '/x');
      expect(problem).toMatchObject({ code, status, detail: 'told' });
    }
  });
});

describe('the reference of codes', () => {
  test('explains the code that a problem points to', async () => {
    const { call } = await startApi();
    const problem = Object(await (await call('/v1/runs/nope')).json());
    expect(await (await call(problem.type)).json()).toEqual({ code: 'E_NOT_FOUND', ...ERRORS.E_NOT_FOUND });
    const all = Object(await (await call('/v1/errors')).json());
    expect(all.errors).toHaveLength(Object.keys(ERRORS).length);
  });
});

describe('health', () => {
  test('is alive until the process says why not, under both names', async () => {
    const lane = { name: 'lane markets', reason: null as string | null };
    const { call, verbs } = await startApi({ signs: () => [lane] });
    verbs.unready.push('Redis is loading');
    for (const path of ['/livez', '/healthz']) {
      lane.reason = null;
      expect(await (await call(path)).json()).toEqual({ status: 'alive', roles: ['api'], checks: [lane] });
      lane.reason = 'no progress for 60 s';
      const stuck = { status: 503, detail: 'no progress for 60 s', checks: [lane] };
      expect(await (await call(path)).json()).toMatchObject(stuck);
    }
  });

  test('is ready while the verbs are, and tells each need, also those that are met', async () => {
    const { call, verbs } = await startApi();
    const redis = { name: 'redis', reason: null };
    const ready = { status: 'ready', roles: ['api'], checks: [redis], silent: [] };
    expect(await (await call('/readyz')).json()).toEqual(ready);
    verbs.unready.push('Redis is loading', 'no worker');
    expect(await (await call('/readyz')).json()).toMatchObject({
      ...{ status: 503, code: 'E_NOT_READY', detail: 'Redis is loading; no worker' },
      checks: [redis, { name: 'test', reason: 'Redis is loading' }, { name: 'test', reason: 'no worker' }],
    });
  });

  test('comes with the metrics of the process, as text', async () => {
    const { call } = await startApi();
    const got = await call('/metrics');
    expect([got.headers.get('content-type'), await got.text()]).toEqual([
      'text/plain; version=0.0.4',
      METRICS,
    ]);
    expect((await call('/metrics', { headers: { accept: 'text/html' } })).status).toBe(406);
    const scraper = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
    expect((await call('/metrics', { headers: { accept: scraper } })).status).toBe(200);
  });

  test('is not ready when readiness does not answer in time, and does not wait for it', async () => {
    const asked = Promise.withResolvers<void>();
    const { call, clock } = await startApi({
      over: () => ({
        ready: () => {
          asked.resolve();
          return new Promise(() => undefined);
        },
      }),
    });
    const pending = call('/readyz');
    await asked.promise;
    await clock.advance(3_000);
    expect(await (await pending).json()).toMatchObject({ status: 503, detail: 'no answer within 3000 ms' });
  });
});
