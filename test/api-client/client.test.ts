/** What holds for every call of the typed client: tokens, addresses, numbers, errors, bounds. */
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { ApiError, createClient } from '../../src/api-client/client.ts';
import type { Clock } from '../../src/core/clock.ts';
import { startApi } from '../support/api-server.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { json, startScriptedServer, status } from '../support/scripted-server.ts';

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no error',
    (error: unknown) => error,
  );

test('a token and an idempotency key go along, and a POST under the same key is done once', async () => {
  const { url, verbs } = await startApi({
    tokens: [{ name: 'a', token: 'secret', scopes: ['warm', 'read'] }],
  });
  const client = createClient({ url: `${url}/`, token: 'secret' });
  const first = await client.createRun({ body: { selector: '' } }, { idempotencyKey: 'release-7' });
  const again = await client.createRun({ body: { selector: '' } }, { idempotencyKey: 'release-7' });
  expect(again.id).toBe(first.id);
  expect((await verbs.runs(10, undefined)).runs).toHaveLength(1);
});

test('a problem is an error with its code, its status and what the server said', async () => {
  const { url } = await startApi();
  const client = createClient({ url });
  const unknown = await failureOf(client.readRun({ id: 'gone' }));
  expect(unknown).toBeInstanceOf(ApiError);
  expect(unknown).toMatchObject({
    name: 'ApiError',
    code: 'E_NOT_FOUND',
    status: 404,
    message: expect.stringContaining('GET /v1/runs/{id}: '),
    problem: { instance: '/v1/runs/gone' },
  });
  expect(await failureOf(client.listRuns({ limit: 0 }))).toMatchObject({
    code: 'E_REQUEST_INVALID',
    problem: { errors: [{ place: 'query.limit' }] },
  });
});

test('the four answers of a read keep apart', async () => {
  const { url, verbs } = await startApi();
  const client = createClient({ url });
  verbs.put('profile:denver', '"Denver"');
  const { body } = await client.readEntry({ key: 'profile:denver' });
  expect(body).toBe('Denver');
  expect(await failureOf(client.readEntry({ key: 'profile:gone' }))).toMatchObject({
    status: 404,
    problem: { reason: 'missing' },
  });
  verbs.silent.push({ tier: 'redis', reason: 'it hangs' });
  expect(await failureOf(client.readEntry({ key: 'profile:gone' }))).toMatchObject({
    code: 'E_TIER_UNAVAILABLE',
    retryAfter: 1_000,
    problem: { reason: 'unavailable', tiers: [{ tier: 'redis' }] },
  });
});

test.each(['a/b', '%', '%2F', 'ü ?#&', 'profile:New%20York', '...', ' '])(
  'the key %j stands in a path as it is',
  async (key) => {
    const { url, verbs } = await startApi();
    verbs.put(key, '1');
    expect((await createClient({ url }).readEntry({ key })).head.key).toBe(key);
  },
);

test.each(['.', '..', '', '\ud800'])(
  'the key %j, which no path can hold, is refused before it is sent',
  async (key) => {
    const server = await startScriptedServer();
    const error = await failureOf(createClient({ url: server.url }).readEntry({ key }));
    expect(error).toMatchObject({ code: 'E_REQUEST_INVALID', message: expect.stringContaining('in a path') });
    expect(server.asked).toEqual([]);
  },
);

test('a number of 64 bits keeps its digits on the way there and back', async () => {
  const { url, verbs } = await startApi();
  const client = createClient({ url });
  verbs.put('profile:denver', '{"id":9007199254740993,"share":0.1}');
  const { body } = await client.readEntry({ key: 'profile:denver' });
  expect(JSON.stringify(body)).toBe('{"id":9007199254740993,"share":0.1}');
  const server = await startScriptedServer();
  server.answer(json({ id: 'one' }));
  await createClient({ url: server.url }).createRun({
    body: { source: 'profile', rows: [body as Record<string, never>] },
  });
  expect(server.asked[0]?.body).toContain('{"id":9007199254740993,"share":0.1}');
});

test('lines are a body of their own, with the options in the query', async () => {
  const server = await startScriptedServer();
  server.answer(json({ id: 'one' }));
  const rows = async function* () {
    for (const market of ['denver', 'boulder']) yield JSON.stringify({ market });
  };
  await createClient({ url: server.url }).createRun({ source: 'profile', force: true, lines: rows() });
  expect(server.asked).toMatchObject([
    {
      url: '/v1/runs?source=profile&force=true',
      headers: { 'content-type': 'application/x-ndjson' },
      body: '{"market":"denver"}\n{"market":"boulder"}\n',
    },
  ]);
});

test('the response itself has headers and bytes, and may be "not modified"', async () => {
  const { url, verbs } = await startApi();
  const client = createClient({ url });
  verbs.put('profile:denver', 'bytes');
  const headers = { accept: '*/*' };
  const answer = await client.respond('readEntry', { key: 'profile:denver' }, { headers });
  expect([answer.headers.get('x-forewarm-state'), await answer.text()]).toEqual(['value', 'bytes']);
  const known = { ...headers, 'if-none-match': answer.headers.get('etag') ?? '' };
  const again = await client.respond('readEntry', { key: 'profile:denver' }, { headers: known });
  expect(again.status).toBe(304);
});

test('nothing that answers is an error that names the address and the reason', async () => {
  const server = await startScriptedServer();
  await server.close();
  const error = await failureOf(createClient({ url: server.url }).readStats());
  expect(error).toMatchObject({ code: 'E_API_UNANSWERED', status: undefined });
  expect(String(error)).toMatch(/GET \/v1\/stats: no answer from http:.*ECONNREFUSED/);
});

test.each([
  ['a page of a proxy', status(502)],
  ['a page in place of JSON', (response) => response.end('<html>')],
  ['JSON that is cut off', (response) => response.end('{"processes": [')],
  ['a redirect', status(302, { location: 'http://127.0.0.1:1/' })],
] as const satisfies [string, Parameters<Awaited<ReturnType<typeof startScriptedServer>>['answer']>[0]][])(
  '%s is no answer of a control API',
  async (_, script) => {
    const server = await startScriptedServer();
    server.answer(script);
    expect(await failureOf(createClient({ url: server.url }).readStats())).toMatchObject({
      code: 'E_API_UNANSWERED',
    });
  },
);

test('a token follows no redirect to another server', async () => {
  const [one, other] = [await startScriptedServer(), await startScriptedServer()];
  one.answer(status(307, { location: `${other.url}/v1/stats` }));
  await failureOf(createClient({ url: one.url, token: 'secret' }).readStats());
  expect(other.asked).toEqual([]);
});

test.each(['before the answer', 'in the middle of the answer'])(
  'a server that hangs %s is given up in time',
  async (when) => {
    const clock = new FakeClock();
    const server = await startScriptedServer();
    const left = Promise.withResolvers<void>();
    server.answer((response) => {
      response.on('close', () => left.resolve());
      if (when !== 'before the answer') response.write('{');
    });
    const calling = failureOf(createClient({ url: server.url, clock, timeout: 5_000 }).readStats());
    await server.arrival();
    await clock.advance(5_000);
    expect(await calling).toMatchObject({
      code: 'E_API_UNANSWERED',
      message: expect.stringContaining('within 5000 ms'),
    });
    await left.promise;
    expect(clock.timers).toBe(0);
  },
);

test.each(['of the client', 'of the call'])(
  'a signal %s ends the call, and closes its connection',
  async (whose) => {
    const clock: Clock = new FakeClock();
    const server = await startScriptedServer();
    const { promise: hanging, resolve } = Promise.withResolvers<import('node:http').ServerResponse>();
    server.answer(resolve);
    const { signal, abort } = abortable();
    const client = createClient({ url: server.url, clock, ...(whose === 'of the client' && { signal }) });
    const calling = failureOf(client.readStats({}, whose === 'of the call' ? { signal } : {}));
    const response = await hanging;
    const closed = once(response, 'close');
    abort(new Error('enough'));
    expect(await calling).toEqual(new Error('enough'));
    await closed;
  },
);

test.each([
  ['user:secret@127.0.0.1:7077', {}],
  ['http://user:secret@127.0.0.1:7077', {}],
  ['http://127.0.0.1:7077/?token=secret', {}],
  ['ftp://secret', {}],
  [undefined, {}],
  ['http://127.0.0.1:7077', { token: 'secret\n' }],
  ['http://127.0.0.1:7077', { token: '' }],
])('a client of %j is refused when it is made, without a word of secrets (%#)', (url, more) => {
  const made = () => createClient({ url: url as string, ...more });
  expect(made).toThrow(
    expect.objectContaining({ code: 'E_REQUEST_INVALID', message: expect.not.stringContaining('secret') }),
  );
});

test('a header that cannot be sent is named, and its value is not shown', async () => {
  const server = await startScriptedServer();
  const headers = { cookie: 'secret\r\n' };
  const error = await failureOf(createClient({ url: server.url }).readStats({}, { headers }));
  expect(error).toMatchObject({ code: 'E_REQUEST_INVALID', message: expect.stringContaining('"cookie"') });
  expect(String(error)).not.toContain('secret');
  expect(server.asked).toEqual([]);
});

test('a name that an operation does not take is refused, and never left out', async () => {
  const server = await startScriptedServer();
  const wrong = { limt: 5 } as { limit?: number };
  const error = await failureOf(createClient({ url: server.url }).listRuns(wrong));
  expect(error).toMatchObject({
    code: 'E_REQUEST_INVALID',
    message: expect.stringContaining('listRuns: "limt" is not known here; it takes limit, cursor, '),
  });
  expect(server.asked).toEqual([]);
});

function abortable() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: (why: Error) => controller.abort(why) };
}
