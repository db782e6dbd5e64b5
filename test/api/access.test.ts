import { describe, expect, test } from 'vitest';
import { isLoopback, SCOPES, type Scope, type Token } from '../../src/api/access.ts';
import { callRaw, startApi } from '../support/api-server.ts';

const tokens: Token[] = SCOPES.map((scope) => ({ name: scope, token: `secret-${scope}`, scopes: [scope] }));

interface Route {
  readonly route: string;
  /** `any`: a token, whatever it may do. */
  readonly needs: Scope | 'open' | 'any';
  /** Its answer goes on until the client leaves. */
  readonly endless?: true;
  readonly json?: unknown;
  /** A body of lines. */
  readonly lines?: string;
}

const ROUTES: readonly Route[] = [
  { route: 'POST /v1/runs', needs: 'warm', json: {} },
  { route: 'GET /v1/runs', needs: 'read' },
  { route: 'GET /v1/runs/one', needs: 'read' },
  { route: 'GET /v1/runs/one/events', needs: 'read' },
  { route: 'POST /v1/runs/one/stop', needs: 'warm' },
  { route: 'POST /v1/invalidations', needs: 'invalidate', json: { selector: 'key=a:1' } },
  { route: 'POST /v1/clear', needs: 'admin', json: {} },
  { route: 'GET /v1/entries', needs: 'read' },
  { route: 'GET /v1/entries/a:1', needs: 'read' },
  { route: 'HEAD /v1/entries/a:1', needs: 'read' },
  { route: 'POST /v1/reads', needs: 'read', json: { keys: ['a:1'] } },
  { route: 'GET /v1/inspections/a:1', needs: 'read' },
  { route: 'GET /v1/coverage', needs: 'read' },
  { route: 'GET /v1/export', needs: 'admin' },
  { route: 'POST /v1/import', needs: 'admin', lines: '\n' },
  { route: 'POST /v1/purges', needs: 'admin', json: { selector: 'key=a:1' } },
  { route: 'POST /v1/validations', needs: 'admin', json: {} },
  { route: 'GET /v1/schedules', needs: 'read' },
  { route: 'GET /v1/schedules/nightly', needs: 'read' },
  { route: 'GET /v1/schedules/nightly/preview', needs: 'read' },
  { route: 'GET /v1/schedules/nightly/ticks', needs: 'read' },
  { route: 'POST /v1/schedules/nightly/pause', needs: 'warm', json: {} },
  { route: 'POST /v1/schedules/nightly/resume', needs: 'warm' },
  { route: 'POST /v1/schedules/nightly/skip', needs: 'warm', json: {} },
  { route: 'POST /v1/schedules/nightly/backfill', needs: 'warm', json: { from: 0, to: 1 } },
  { route: 'POST /v1/schedules/pause', needs: 'warm', json: { which: { all: true } } },
  { route: 'POST /v1/schedules/resume', needs: 'warm', json: { which: { all: true } } },
  { route: 'POST /v1/schedules/nightly/trigger', needs: 'warm' },
  { route: 'GET /v1/explanations/K', needs: 'read' },
  { route: 'GET /v1/counts', needs: 'read' },
  { route: 'GET /v1/previews/K', needs: 'read' },
  { route: 'GET /v1/runs/X/failures', needs: 'read' },
  { route: 'GET /v1/runs/X/diff', needs: 'read' },
  { route: 'GET /v1/runs/X/report', needs: 'read' },
  { route: 'GET /v1/worth', needs: 'read' },
  { route: 'POST /v1/plans', needs: 'read' },
  { route: 'GET /v1/stats', needs: 'read' },
  { route: 'GET /v1/overview', needs: 'read' },
  { route: 'GET /v1/budget', needs: 'read' },
  { route: 'GET /v1/processes', needs: 'read' },
  { route: 'GET /v1/lanes', needs: 'read' },
  { route: 'GET /v1/history', needs: 'read' },
  { route: 'GET /v1/clock-changes', needs: 'read' },
  { route: 'POST /v1/gc', needs: 'admin' },
  { route: 'GET /v1/dead-letters', needs: 'read' },
  { route: 'GET /v1/quarantine', needs: 'read' },
  { route: 'POST /v1/dead-letters/redrive', needs: 'admin', json: {} },
  { route: 'POST /v1/quarantine/release', needs: 'admin', json: {} },
  { route: 'GET /v1/doctor', needs: 'read' },
  { route: 'GET /v1/audit', needs: 'read' },
  { route: 'GET /v1/caller', needs: 'any' },
  { route: 'POST /bull-board/session', needs: 'read' },
  { route: 'DELETE /bull-board/session', needs: 'open' },
  { route: 'GET /v1/changes', needs: 'read', endless: true },
  { route: 'GET /v1/schedule-results', needs: 'read' },
  { route: 'GET /v1/log-level', needs: 'read' },
  { route: 'PUT /v1/log-level', needs: 'admin', json: { level: 'debug' } },
  { route: 'GET /healthz', needs: 'open' },
  { route: 'GET /livez', needs: 'open' },
  { route: 'GET /metrics', needs: 'read' },
  { route: 'GET /readyz', needs: 'open' },
  { route: 'GET /v1/openapi.json', needs: 'open' },
  { route: 'GET /v1/errors', needs: 'open' },
  { route: 'GET /v1/errors/E_CONFLICT', needs: 'open' },
];

/** Of routes that ask for no scope. */
const CALLERS: Readonly<Record<string, string>> = { open: 'any caller', any: 'any token' };

function linesInit(body: string, headers: Record<string, string>): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/x-ndjson', ...headers }, body };
}

describe('scopes', () => {
  for (const { route, needs, json, lines, endless } of ROUTES) {
    test(`${route} takes ${CALLERS[needs] ?? `${needs}, admin and no other scope`}`, async () => {
      const server = await startApi({ tokens });
      server.verbs.put('a:1', '1');
      const { run } = await server.verbs.warm(
        { selector: '', id: 'one', force: false, missing: false },
        'cli',
      );
      server.verbs.work(run.id, 1);
      const [method = '', path = ''] = route.split(' ');
      const status = async (headers: Record<string, string>) => {
        const plain = lines === undefined ? { method, headers } : linesInit(lines, headers);
        const answer = await server.call(path, json === undefined ? plain : { json, method, headers });
        if (endless === true) await answer.body?.cancel();
        else await answer.text();
        return answer.status;
      };
      for (const scope of SCOPES) {
        const allowed = needs in CALLERS || scope === needs || scope === 'admin';
        const got = await status({ authorization: `Bearer secret-${scope}` });
        // What was let in may still be refused: the first caller has stopped the run.
        expect({ scope, refused: got === 403 }).toEqual({ scope, refused: !allowed });
      }
      expect((await status({})) < 300).toBe(needs === 'open');
    });
  }

  test('the table above has every route that is served', async () => {
    const server = await startApi();
    const document: unknown = await (await server.call('/v1/openapi.json')).json();
    const paths = Object(document).paths;
    const served = Object.keys(paths).flatMap((path) =>
      Object.keys(paths[path]).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const parts = (route: string) =>
      route.replace(/\{key\}|a:1/, 'K').replace(/\{\w+\}|\bone\b|\bnightly\b|E_CONFLICT/, 'X');
    const tabled = ROUTES.filter(({ route }) => !route.startsWith('HEAD')).map(({ route }) => parts(route));
    expect(served.map(parts).sort()).toEqual(tabled.sort());
  });

  test('rewarming with an invalidation needs the scope warm as well', async () => {
    const both: Token = { name: 'both', token: 'two', scopes: ['invalidate', 'warm'] };
    const server = await startApi({ tokens: [...tokens, both] });
    const json = { selector: 'prefix=a', rewarm: true };
    const refused = await server.call('/v1/invalidations', { json, headers: bearer('secret-invalidate') });
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({
      code: 'E_FORBIDDEN',
      detail: expect.stringContaining('"warm"'),
    });
    expect((await server.call('/v1/invalidations', { json, headers: bearer('two') })).status).toBe(200);
  });
});

describe('tokens', () => {
  test.each([
    ['no header', undefined],
    ['another scheme', 'Basic c2VjcmV0LXJlYWQ='],
    ['an unknown token', 'Bearer secret-rea'],
    ['a longer one', 'Bearer secret-reads'],
    ['an empty one', 'Bearer '],
    ['two tokens', 'Bearer secret-read secret-read'],
  ])('%s is answered 401 with a challenge, and the token is not repeated', async (_, authorization) => {
    const server = await startApi({ tokens });
    const answer = await server.call(
      '/v1/stats',
      authorization === undefined ? {} : { headers: { authorization } },
    );
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    const text = await answer.text();
    expect(JSON.parse(text)).toMatchObject({ code: 'E_UNAUTHENTICATED', status: 401 });
    expect(text).not.toContain('secret');
  });

  test('the scheme is read in any case, and the last token configured works as the first does', async () => {
    const server = await startApi({ tokens });
    expect(
      (await server.call('/v1/stats', { headers: { authorization: 'bearer secret-read' } })).status,
    ).toBe(200);
    expect(
      (await server.call('/v1/stats', { headers: { authorization: 'BEARER secret-admin' } })).status,
    ).toBe(200);
  });

  test('an empty token grants no access', async () => {
    const server = await startApi({ tokens: [{ name: 'empty', token: '', scopes: ['admin'] }] });
    expect((await server.call('/v1/stats')).status).toBe(401);
    expect((await server.call('/v1/stats', { headers: { authorization: 'Bearer ' } })).status).toBe(401);
  });

  test('a body is not read before the caller is known', async () => {
    const server = await startApi({ tokens });
    const answer = await server.call('/v1/runs', { json: { filler: 'x'.repeat(20_000) } });
    expect(answer.status).toBe(401);
  });
});

describe('without tokens', () => {
  test.each([
    ['a host name that points here', { host: 'rebound.example:7077' }],
    ['a Host with a user in it', { host: 'rebound.example@127.0.0.1' }],
    ['an address in other digits', { host: '2130706433' }],
    ['a page of another origin', { host: '127.0.0.1', origin: 'https://evil.example' }],
    ['a page without an origin', { host: '127.0.0.1', origin: 'null' }],
    ['another port on this machine', { host: '127.0.0.1:1', origin: 'http://127.0.0.1:2' }],
    ['a proxy', { host: '127.0.0.1', 'x-forwarded-for': '203.0.113.9' }],
    ['a proxy that says so by the standard', { host: '127.0.0.1', forwarded: 'for=203.0.113.9' }],
    ['a proxy that names only itself', { host: '127.0.0.1', via: '1.1 squid' }],
    ['a proxy with a header of its own', { host: '127.0.0.1', 'x-real-ip': '203.0.113.9' }],
    ['a network of proxies', { host: '127.0.0.1', 'cf-connecting-ip': '203.0.113.9' }],
    ['a proxy that says by which protocol', { host: '127.0.0.1', 'x-forwarded-proto': 'https' }],
  ])('%s is refused, also on what is open', async (_, headers) => {
    const { url } = await startApi();
    for (const path of ['/v1/stats', '/readyz', '/nowhere']) {
      const answer = await callRaw(url, { path, headers });
      expect(answer.status).toBe(403);
      expect(JSON.parse(answer.body.toString())).toMatchObject({ code: 'E_FORBIDDEN' });
    }
  });

  test.each([['localhost'], ['LOCALHOST:80'], ['127.0.0.1:7077'], ['127.8.9.1'], ['[::1]:7077'], ['[::1]']])(
    'the host %s is this machine',
    async (host) => {
      const { url } = await startApi();
      expect((await callRaw(url, { path: '/v1/stats', headers: { host } })).status).toBe(200);
      const page = { host, origin: `http://${host}` };
      expect((await callRaw(url, { path: '/v1/stats', headers: page })).status).toBe(200);
    },
  );

  test('a token configured lifts the limit to this machine', async () => {
    const { url } = await startApi({ tokens });
    const headers = { host: 'forewarm.example', 'x-forwarded-for': '203.0.113.9', ...bearer('secret-read') };
    expect((await callRaw(url, { path: '/v1/stats', headers })).status).toBe(200);
  });

  test('loopback is distinguished from everything else', () => {
    const here = ['127.0.0.1', '127.255.0.3', '::1', '::ffff:127.0.0.1', 'localhost', 'LocalHost'];
    const elsewhere = [
      '',
      '0.0.0.0',
      '::',
      '10.0.0.1',
      '::ffff:10.0.0.1',
      '128.0.0.1',
      'localhost.evil.example',
    ];
    expect(here.filter((host) => !isLoopback(host))).toEqual([]);
    expect(elsewhere.filter(isLoopback)).toEqual([]);
  });
});

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

describe('a page of another origin in a browser', () => {
  test.each([
    ['POST', '/v1/runs'],
    ['POST', '/v1/reads'],
    ['POST', '/v1/schedules/nightly/trigger'],
    ['GET', '/v1/doctor'],
    ['HEAD', '/v1/doctor'],
  ])('cannot make it work: %s %s', async (method, path) => {
    const server = await startApi();
    for (const site of ['cross-site', 'same-site']) {
      const answer = await server.call(path, { method, headers: { 'sec-fetch-site': site } });
      await answer.text();
      expect(answer.status).toBe(403);
    }
    for (const site of ['same-origin', 'none']) {
      const answer = await server.call(path, { method, headers: { 'sec-fetch-site': site } });
      await answer.text();
      expect(answer.status).not.toBe(403);
    }
  });
});
