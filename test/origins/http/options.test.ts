import { describe, expect, it } from 'vitest';
import {
  httpKeysPerCall,
  httpOriginOptions,
  httpRequestOptions,
  httpRequestProblem,
} from '../../../src/origins/http/options.ts';

const URL_ONLY = { kind: 'http', url: 'https://api.example.com/v2' };
const BATCH = { path: '/q', query: { ids: '{id...}' } };

function problems(schema: typeof httpOriginOptions | typeof httpRequestOptions, value: unknown): string {
  const { error } = schema.safeParse(value);
  return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n') ?? 'none';
}

describe('the options of an HTTP origin', () => {
  it('have defaults for everything but the URL', () => {
    expect(httpOriginOptions.parse(URL_ONLY)).toEqual({
      ...URL_ONLY,
      ...{ adapt: true, burst: 1, reserve: 0.2 },
      timeout: 5_000,
      headers: {},
      query: {},
      maxBodyBytes: 10_000_000,
      redirects: 0,
      probe: '/',
      throttledBy: [],
      concurrency: 8,
      absence: 0.1,
    });
  });

  it.each([
    ['ftp://example.com', 'url: must be an http:// or https:// URL'],
    ['example.com', 'url: must be'],
    ['http://user:pw@example.com', 'url: has a user'],
    ['http://example.com/?key=1', 'put credentials into `headers`'],
    ['http://example.com/#x', 'url: has a user, a query or a fragment'],
  ])('refuse the URL %s', (url, says) => {
    expect(problems(httpOriginOptions, { kind: 'http', url })).toContain(says);
  });

  it.each([
    [{ 'bad name': 'x' }, 'is not a header name'],
    [{ Host: 'x' }, 'is set by Forewarm'],
    [{ 'If-None-Match': 'x' }, 'is set by Forewarm'],
    [{ 'content-length': '1' }, 'is set by Forewarm'],
    [{ 'If-Range': '"x"' }, 'is set by Forewarm'],
    [{ 'if-unmodified-since': 'x' }, 'is set by Forewarm'],
    [{ 'Proxy-Connection': 'close' }, 'is set by Forewarm'],
    [{ Range: 'bytes=0-1' }, 'asks for something else than the whole value'],
    [{ 'A-IM': 'vcdiff' }, 'asks for something else than the whole value'],
    [{ authorization: 's3cret\r\nx: y' }, 'U+000D at place 7'],
    [{ 'x-name': 'caf\u00e9 \u2019' }, 'U+2019 at place 6; write it in Latin-1'],
    [{ 'x-name': 'a\u0000b' }, 'U+0000'],
  ])('refuse the headers %j', (headers, says) => {
    const found = problems(httpOriginOptions, { ...URL_ONLY, headers });
    expect(found).toContain(says);
    expect(found).not.toContain('s3cret');
  });

  it('leave out the line break that a secret read from a file ends in', () => {
    const parsed = httpOriginOptions.parse({
      ...URL_ONLY,
      headers: { a: ' t\u00e9\r\n' },
      query: { key: 'k\n' },
    });
    expect(parsed).toMatchObject({ headers: { a: 't\u00e9' }, query: { key: 'k' } });
  });

  it.each(['proxy:3128', 'socks5://proxy', 'ftp://proxy', ''])('refuse the proxy %j', (proxy) => {
    expect(problems(httpOriginOptions, { ...URL_ONLY, proxy })).toContain(
      'neither an http:// or https:// URL',
    );
  });

  it.each([{ redirects: 6 }, { timeout: '5' }, { maxBodyBytes: '10' }, { surprise: 1 }, { probe: 'x' }])(
    'refuse %j',
    (change) => {
      expect(httpOriginOptions.safeParse({ ...URL_ONLY, ...change }).success).toBe(false);
    },
  );
});

describe('the request of a source at an HTTP origin', () => {
  it('has defaults for everything but the path', () => {
    expect(httpRequestOptions.parse({ path: '/v/{id}' })).toEqual({
      path: '/v/{id}',
      query: {},
      traversal: 'refuse',
      headers: {},
    });
    expect(httpRequestOptions.parse({ batch: BATCH }).batch).toEqual({
      ...BATCH,
      method: 'GET',
      join: ',',
      size: 100,
      items: '',
      id: '',
      value: '',
      missing: 'doubt',
    });
  });

  it('is the same when it is parsed again', () => {
    const once = httpRequestOptions.parse({ path: '/v/{id}', batch: BATCH });
    expect(httpRequestOptions.parse(once)).toEqual(once);
  });

  it.each([
    [{}, 'needs a `path`, a `batch`, or both'],
    [{ path: 'v' }, 'path: a path begins with "/"'],
    [{ path: '/a b' }, 'no spaces'],
    [{ path: '/v/{id' }, 'has a broken param near'],
    [{ path: `/${'a'.repeat(10_000)}` }, 'has 10001 characters; a template has at most 10000'],
    [{ path: `/${'{a}'.repeat(101)}` }, 'has more than 100 params'],
    [{ path: '/v', query: { a: 'a'.repeat(10_001) } }, 'query.a: has a broken param, or is too long'],
    [{ path: '/v/{2}' }, 'has a broken param near "2"'],
    [{ path: '/v', query: { a: '{}' } }, 'query.a: has a broken param'],
    [{ path: '/v/{id...}' }, 'belongs below `batch`'],
    [{ batch: { path: '/q' } }, 'needs `{name...}` of exactly one param'],
    [{ batch: { path: '/q/{a...}', query: { b: '{b...}' } } }, 'exactly one param'],
    [{ batch: { ...BATCH, path: '/q/{year}' } }, 'cannot use {year}'],
    [{ batch: { ...BATCH, body: { ids: '{id...}' } } }, '`batch.body` needs `method: POST`'],
    [{ batch: { ...BATCH, join: '&' } }, 'batch.join'],
  ])('refuses %j', (request, says) => {
    expect(problems(httpRequestOptions, request)).toContain(says);
  });

  it('tells how many keys one call can answer', () => {
    expect(httpKeysPerCall(httpRequestOptions.parse({ path: '/v' }))).toBe(1);
    expect(httpKeysPerCall(httpRequestOptions.parse({ batch: { ...BATCH, size: 7 } }))).toBe(7);
  });

  it('tells whether it fits the params of a key', () => {
    const one = httpRequestOptions.parse({ path: '/v/{id}', query: { y: '{year}' } });
    expect(httpRequestProblem(one, ['id', 'year', 'more'])).toBeUndefined();
    expect(httpRequestProblem(one, ['id'])).toBe('uses {year}; the key has only {id}');
    const many = httpRequestOptions.parse({ batch: BATCH });
    expect(httpRequestProblem(many, ['id'])).toBeUndefined();
    expect(httpRequestProblem(many, ['market'])).toContain('uses {id}');
    expect(httpRequestProblem(many, ['id', 'year'])).toContain('the key also has {year}');
  });
});
