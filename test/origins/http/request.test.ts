import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { httpOriginOptions, httpRequestOptions } from '../../../src/origins/http/options.ts';
import {
  batchCall,
  compileRequest,
  type HttpRequest,
  singleCall,
} from '../../../src/origins/http/request.ts';

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
    const param = fc.string({ unit: 'binary', minLength: 1 }).filter((text) => text !== '.' && text !== '..');
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

  it('refuses params that lack one', () => {
    expect(() => pathOf(compiled({ path: '/v/{id}' }), { other: 'x' })).toThrow('needs a param "id"');
  });

  it('sends the headers of origin and source, the latter winning, and conditions only when known', () => {
    const { single } = compiled(
      { path: '/v', headers: { Accept: 'text/csv' } },
      { headers: { accept: 'text/html', 'x-a': '1' } },
    );
    const headers = ['accept', 'text/csv', 'x-a', '1', 'accept-encoding', 'identity'];
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
    expect(call.headers.slice(-2)).toEqual(['content-type', 'application/json']);
  });
});
