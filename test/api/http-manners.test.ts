/** What HTTP asks of every route: HEAD, `Accept`, parameters that are given once, names that are not repeated whole. */
import { describe, expect, test } from 'vitest';
import type { Problem } from '../../src/api/problem.ts';
import { callRaw, startApi } from '../support/api-server.ts';

const NDJSON = { 'content-type': 'application/x-ndjson' };

describe('every GET', () => {
  test('has a HEAD with the same status and type, and no body', async () => {
    const { url, verbs, call } = await startApi();
    verbs.put('profile:1', '{}', { contentType: 'application/json' });
    await call('/v1/runs', { json: { selector: '', id: 'r1' } });
    const document = (await (await call('/v1/openapi.json')).json()) as {
      paths: Record<string, { get?: object }>;
    };
    const { paths } = document;
    const gets = Object.keys(paths).filter((path) => paths[path]?.get !== undefined);
    expect(gets.length).toBeGreaterThan(12);
    for (const template of gets) {
      const path = template.replace('/entries/{key}', '/entries/profile:1').replace('{id}', 'r1');
      const head = await callRaw(url, { path, method: 'HEAD' });
      expect(head.body, path).toHaveLength(0);
      // A stream goes on, so its GET is not compared.
      if (['/v1/runs/r1/events', '/v1/changes'].includes(path))
        expect(head.headers['content-type']).toBe('text/event-stream');
      else {
        const get = await callRaw(url, { path });
        expect([path, head.status, head.headers['content-type']]).toEqual([
          path,
          get.status,
          get.headers['content-type'],
        ]);
      }
    }
    expect((await callRaw(url, { path: '/v1/runs/none/events', method: 'HEAD' })).status).toBe(404);
  });
});

describe('a request whose Accept takes nothing that is sent', () => {
  test.each([
    ['/v1/runs', 'application/xml', 406],
    ['/v1/runs', 'application/json;q=0', 406],
    ['/v1/runs', '*/*;q=0', 406],
    ['/v1/runs', 'text/html, application/json;q=0.1', 200],
    ['/v1/runs', 'application/*', 200],
    ['/v1/runs', '', 200],
    ['/v1/runs/r1/events', 'application/json', 406],
    ['/v1/export', 'text/csv', 406],
    ['/v1/export', 'application/x-ndjson', 200],
    ['/v1/entries/profile:1', 'image/png', 406],
    ['/v1/entries/profile:1', 'application/json', 200],
    ['/v1/entries/profile:1', 'application/vnd.forewarm.entry+json', 200],
    // Nobody knows its type.
    ['/v1/entries/profile:2', 'image/png', 200],
    // There is none: 404 says more.
    ['/v1/entries/profile:3', 'image/png', 404],
  ])('gets 406, and any other what it asks for: %s as %s', async (path, accept, status) => {
    const { url, verbs, call } = await startApi();
    await call('/v1/runs', { json: { selector: '', id: 'r1' } });
    verbs.put('profile:1', '{}', { contentType: 'application/json' });
    verbs.put('profile:2', '{}', { contentType: null });
    const answer = await callRaw(url, { path, headers: { accept } });
    expect(answer.status).toBe(status);
    if (status === 406)
      expect(JSON.parse(answer.body.toString())).toMatchObject({ code: 'E_NOT_ACCEPTABLE' });
  });

  test('is refused before anything is done', async () => {
    const { call } = await startApi();
    const headers = { accept: 'application/xml' };
    expect((await call('/v1/runs', { json: { selector: '' }, headers })).status).toBe(406);
    expect(await (await call('/v1/runs')).json()).toMatchObject({ runs: [] });
  });
});

describe('a query', () => {
  test.each(['limit=1&limit=2', 'cursor=a&cursor=b&cursor=c', 'limit=1&limit=1'])(
    'that gives a parameter twice is refused, and says so: %s',
    async (query) => {
      const { call } = await startApi();
      const answer = await call(`/v1/runs?${query}`);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({
        code: 'E_REQUEST_INVALID',
        detail: expect.stringMatching(/^query\.(limit|cursor) is given [23] times; give it once$/),
      });
    },
  );

  const long = 'x'.repeat(9_000);
  const many = Array.from({ length: 500 }, (_, i) => `k${i}=1`).join('&');
  test.each([
    ['of a long name that nobody knows', `/v1/runs?${long}=1`],
    ['of a long name, twice', `/v1/runs?${long}=1&${long}=2`],
    ['of hundreds of names', `/v1/runs?${many}`],
    ['on a long path', `/v1/${long}`],
    ['for a key that is not percent-encoded', `/v1/entries/${long}%ff`],
  ])('%s is not repeated whole in the detail', async (_, path) => {
    const { call } = await startApi();
    const { detail, errors = [] } = (await (await call(path)).json()) as Problem;
    expect(detail.length).toBeLessThan(1_200);
    expect(errors.length).toBeLessThanOrEqual(20);
  });
});

describe('JSON lines of rows', () => {
  const send = async (body: string) => {
    const { call } = await startApi();
    const answer = await call('/v1/runs?source=profile', { method: 'POST', body, headers: NDJSON });
    return [answer.status, ((await answer.json()) as Problem).detail];
  };

  test('may begin with a byte order mark, each of them: files are put together', async () => {
    expect(await send('\ufeff{"market":"a"}\n\ufeff{"market":"b"}\n')).toEqual([202, undefined]);
  });

  test('are refused where one names a member twice', async () => {
    const [status, detail] = await send('{"market":"a"}\n{"market":"b","market":"c"}\n');
    expect(status).toBe(400);
    expect(detail).toContain('line 2: a member "market" stands twice');
  });
});

describe('an Idempotency-Key of lines', () => {
  const send = (server: Awaited<ReturnType<typeof startApi>>, body: string, query = '?source=profile') =>
    server.call(`/v1/runs${query}`, {
      ...{ method: 'POST', body },
      headers: { ...NDJSON, 'idempotency-key': 'once' },
    });

  test('makes one run of the same lines, and refuses others', async () => {
    const server = await startApi();
    const first = await send(server, '{"market":"a"}\n');
    expect(first.status).toBe(202);
    const again = await send(server, '{"market":"a"}\n');
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([202, 'true']);
    expect(await again.json()).toEqual(await first.json());
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect((await send(server, '{"market":"b"}\n')).status).toBe(422);
    expect((await send(server, '{"market":"a"}\n', '?source=profile&force=true')).status).toBe(422);
    expect(await (await server.call('/v1/runs')).json()).toMatchObject({ runs: [{ id: 'run-1' }] });
  });

  test('is free again after lines that could not be read', async () => {
    const server = await startApi();
    expect((await send(server, '{"market":')).status).toBe(400);
    expect((await send(server, '{"market":"a"}\n')).status).toBe(202);
  });
});
