import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { httpOriginOptions, httpRequestOptions } from '../../../src/origins/http/options.ts';
import {
  batchCall,
  compileRequest,
  type HttpRequest,
  singleCall,
} from '../../../src/origins/http/request.ts';
import { stepsOut } from '../../../src/origins/http/steps-out.ts';

const AGENT = `forewarm/${manifest.version}`;

function compiled(request: Record<string, unknown>, origin: Record<string, unknown> = {}): HttpRequest {
  const options = httpOriginOptions.parse({ kind: 'http', url: 'http://127.0.0.1:1/api/', ...origin });
  return compileRequest(options, httpRequestOptions.parse(request));
}

function pathOf(request: HttpRequest, params: Record<string, string>): string {
  const { single } = request;
  if (single === undefined) throw new Error('no path');
  return singleCall(single, params, undefined).path;
}

function batchOf(batch: Record<string, unknown>, values: readonly string[]) {
  const request = compiled({ batch }).batch;
  if (request === undefined) throw new Error('no batch');
  return batchCall(request, values);
}

describe('the call for one key', () => {
  it('puts path and query behind the path of the URL, with what the origin adds', () => {
    const request = compiled(
      { path: '/markets/{market}/profile', query: { year: '{year}', 'a b': 'x&y' } },
      { query: { key: 's3 cret' } },
    );
    expect(pathOf(request, { market: '7', year: '2026' })).toBe(
      '/api/markets/7/profile?key=s3%20cret&year=2026&a%20b=x%26y',
    );
  });

  it('goes on with a query that the path begins', () => {
    const request = compiled({ path: '/values?id={id}', query: { v: '2' } });
    expect(pathOf(request, { id: 'a/b?c' })).toBe('/api/values?id=a%2Fb%3Fc&v=2');
  });

  it('keeps what the path has encoded, and encodes what it has not', () => {
    expect(pathOf(compiled({ path: '/a%20b/é/{id}' }), { id: 'ü %' })).toBe('/api/a%20b/%C3%A9/%C3%BC%20%25');
  });

  it('gives back any params through any server that decodes, and nothing else moves', () => {
    const request = compiled({ path: '/v/{a}/x', query: { q: '{b}' } });
    const param = fc.string({ unit: 'binary', minLength: 1 }).filter((text) => !stepsOut(text));
    fc.assert(
      fc.property(param, param, (a, b) => {
        const url = new URL(pathOf(request, { a, b }), 'http://h');
        expect(url.pathname.split('/').map(decodeURIComponent)).toEqual(['', 'api', 'v', a, 'x']);
        expect([...url.searchParams]).toEqual([['q', b]]);
      }),
    );
  });

  it.each(['.', '..'])('refuses "%s" where it would be a step in the path', (id) => {
    expect(() => pathOf(compiled({ path: '/v/{id}' }), { id })).toThrow('a step out of the path');
    expect(() => pathOf(compiled({ path: '/v/{id}/x' }), { id })).toThrow('a step out of the path');
    expect(pathOf(compiled({ path: '/v/{id}.json' }), { id })).toBe(`/api/v/${id}.json`);
    expect(pathOf(compiled({ path: '/v', query: { q: '{id}' } }), { id })).toBe(`/api/v?q=${id}`);
  });

  it.each([
    '../secret.json',
    'a/../../b',
    '..%2Fsecret.json',
    '%2e%2e/x',
    '%252e%252e%252fx',
    '..\\x',
    'a\\..\\b',
    '..;/x',
    '../',
    './x',
    '．．／x',
    '\u2025/x',
    '%c0%ae%c0%ae%c0%afx',
    '..\u0000/x',
    ' ../x',
  ])('refuses %j, which leads out of the path, unless the source allows it', (id) => {
    expect(() => pathOf(compiled({ path: '/v/{id}' }), { id })).toThrow('a step out of the path');
    expect(() => pathOf(compiled({ path: '/v/{id}/x' }), { id })).toThrow('`traversal: allow`');
    const free = compiled({ path: '/v/{id}', traversal: 'allow' });
    expect(pathOf(free, { id })).toBe(`/api/v/${encodeURIComponent(id)}`);
    expect(pathOf(compiled({ path: '/v', query: { q: '{id}' } }), { id })).toContain('/api/v?q=');
  });

  it.each(['a..b', '...', 'a/b', 'v1.2', '.hidden', 'x..', '..x', '100%', 'a/.b', '…'])(
    'takes %j for a value like any other',
    (id) => {
      expect(pathOf(compiled({ path: '/v/{id}' }), { id })).toBe(`/api/v/${encodeURIComponent(id)}`);
    },
  );

  it('refuses two params that make a step together', () => {
    const request = compiled({ path: '/v/{a}{b}/x' });
    expect(() => pathOf(request, { a: '.', b: '.' })).toThrow('a step out of the path');
  });

  it('refuses params that lack one', () => {
    expect(() => pathOf(compiled({ path: '/v/{id}' }), { other: 'x' })).toThrow('needs a param "id"');
  });

  it('sends the headers of origin and source, the latter winning, and conditions only when known', () => {
    const { single } = compiled(
      { path: '/v', headers: { Accept: 'text/csv' } },
      { headers: { accept: 'text/html', 'x-a': '1' } },
    );
    const headers = ['accept', 'text/csv', 'user-agent', AGENT, 'x-a', '1', 'accept-encoding', 'identity'];
    if (single === undefined) throw new Error('no path');
    const headersFor = (known: object | undefined) => singleCall(single, {}, known).headers;
    expect(headersFor(undefined)).toEqual(headers);
    expect(headersFor({ version: '1' })).toEqual(headers);
    expect(headersFor({ etag: '"1"', lastModified: 'L' })).toEqual([
      ...headers,
      'if-none-match',
      '"1"',
      'if-modified-since',
      'L',
    ]);
  });

  it.each(['"a\r\nx: y"', '"\u00e9"', '"\u2019"', '', '*', `"${'x'.repeat(2_000)}"`, '"\u0000"'])(
    'has no condition made of the ETag %j, which no header can carry or which is true of any value',
    (etag) => {
      const { single } = compiled({ path: '/v' });
      if (single === undefined) throw new Error('no path');
      expect(singleCall(single, {}, { etag, lastModified: etag }).headers).not.toContain('if-none-match');
    },
  );

  it('says who is calling, unless the configuration says otherwise', () => {
    const { single } = compiled({ path: '/v' }, { headers: { 'User-Agent': 'shop/2' } });
    expect(single?.headers).toContain('shop/2');
    expect(single?.headers).not.toContain(AGENT);
  });
});

describe('the call for many keys', () => {
  it('joins the values in the query', () => {
    expect(batchOf({ path: '/q', query: { ids: '{id...}', v: '1' } }, ['a', 'b c'])).toMatchObject({
      method: 'GET',
      path: '/api/q?ids=a,b%20c&v=1',
      body: undefined,
    });
  });

  it.each([
    [',', 'a,b'],
    [';', 'a;b'],
    ['|', 'a%7Cb'],
    [' ', 'a%20b'],
  ])('joins by "%s" as %s', (join, text) => {
    expect(batchOf({ path: '/q/{id...}', join }, ['a', 'b']).path).toBe(`/api/q/${text}`);
  });

  it('puts the values into a JSON body as a list', () => {
    const body = { ids: '{id...}', lang: 'en', deep: { all: ['{id...}'] } };
    const call = batchOf({ path: '/q', method: 'POST', body }, ['a', '"b"']);
    expect(call.method).toBe('POST');
    expect(JSON.parse(call.body ?? '')).toEqual({
      ids: ['a', '"b"'],
      lang: 'en',
      deep: { all: [['a', '"b"']] },
    });
    const types = call.headers.filter((_, i) => call.headers[i - 1] === 'content-type');
    expect(types).toEqual(['application/json']);
  });
});
