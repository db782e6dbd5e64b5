import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { codingFor } from '../../src/api/compression.ts';
import { callRaw, startApi } from '../support/api-server.ts';

const JSON_TYPE = 'application/json';
const LONG = JSON.stringify(Array.from({ length: 300 }, (_, i) => `row ${i}`));
const DECODERS = { br: brotliDecompressSync, gzip: gunzipSync, zstd: zstdDecompressSync } as const;

describe('the coding of an answer', () => {
  test.each([
    [undefined, undefined],
    ['', undefined],
    ['identity', undefined],
    ['deflate', undefined],
    ['gzip', 'gzip'],
    ['x-gzip', 'gzip'],
    ['GZip', 'gzip'],
    ['gzip, deflate, br', 'br'],
    ['gzip, deflate, br, zstd', 'zstd'],
    ['*', 'zstd'],
    ['*, zstd;q=0', 'br'],
    ['gzip;q=0', undefined],
    ['gzip;q=0.000, *;q=0', undefined],
    ['gzip;q=1.0, br;q=0.5', 'gzip'],
    ['br;q=0.3, identity;q=0.8', undefined],
    ['br;q=0.3, identity;q=0', 'br'],
    ['gzip;q=much', undefined],
  ])('for Accept-Encoding: %s is %s', (field, coding) => {
    expect(codingFor(field, JSON_TYPE, 2_000)).toBe(coding);
  });

  test.each([
    ['text/html; charset=utf-8', 'gzip'],
    ['application/problem+json', 'gzip'],
    ['application/vnd.forewarm.entry+json', 'gzip'],
    ['image/svg+xml', 'gzip'],
    ['text/event-stream', undefined],
    ['image/png', undefined],
    ['application/octet-stream', undefined],
  ])('of %s is %s', (type, coding) => {
    expect(codingFor('gzip', type, 2_000)).toBe(coding);
    expect(codingFor('gzip', type, 1_000)).toBeUndefined();
    expect(codingFor('gzip', type, 2 ** 30)).toBeUndefined();
  });
});

describe('a compressed answer', () => {
  test.each(['br', 'gzip', 'zstd'] as const)(
    'in %s is the same value under a tag of its own',
    async (coding) => {
      const { url, verbs } = await startApi();
      verbs.put('a', LONG);
      const path = '/v1/entries/a';
      const plain = await callRaw(url, { path });
      const headers = { 'accept-encoding': coding };
      const coded = await callRaw(url, { path, headers });
      expect(coded.headers).toMatchObject({
        'content-encoding': coding,
        'content-length': String(coded.body.length),
        vary: 'accept, accept-encoding',
        etag: `${plain.headers.etag?.slice(0, -1)}-${coding}"`,
      });
      expect(DECODERS[coding](coded.body).toString()).toBe(LONG);
      const head = await callRaw(url, { path, headers, method: 'HEAD' });
      const { date: _, ...same } = coded.headers;
      expect(head.headers).toMatchObject(same);
      const known = String(coded.headers.etag);
      expect((await callRaw(url, { path, headers: { ...headers, 'if-none-match': known } })).status).toBe(
        304,
      );
      expect((await callRaw(url, { path, headers: { 'if-none-match': known } })).status).toBe(200);
    },
  );

  test('is made of every kind of JSON, and of nothing short', async () => {
    const { url, verbs } = await startApi();
    for (let i = 0; i < 50; i += 1) verbs.put(`key:${i}`, 'x');
    const headers = { 'accept-encoding': 'gzip' };
    const encodingOf = async (path: string) =>
      (await callRaw(url, { path, headers })).headers['content-encoding'];
    expect(await encodingOf('/v1/openapi.json')).toBe('gzip');
    expect(await encodingOf('/v1/entries?limit=50')).toBe('gzip');
    expect(await encodingOf('/v1/entries?limit=1')).toBeUndefined();
    expect((await callRaw(url, { path: '/v1/entries?limit=50' })).headers.vary).toBe('accept-encoding');
  });

  test('is kept under its Idempotency-Key as it was made, and sent as each client allows', async () => {
    const { call, verbs } = await startApi();
    for (let i = 0; i < 100; i += 1) verbs.put(`long-name-of-a-key:${i}`, 'x');
    const json = { selector: 'prefix=long', mode: 'drop', dryRun: true, rewarm: false, note: undefined };
    const texts = [];
    for (const coding of ['gzip', 'identity']) {
      const headers = { 'idempotency-key': 'once', 'accept-encoding': coding };
      texts.push(await (await call('/v1/invalidations', { json, headers })).text());
    }
    expect(texts[1]).toBe(texts[0]);
  });

  test('of a batch has values that are known by the tag of any coding', async () => {
    const { call, verbs, url } = await startApi();
    verbs.put('a', LONG);
    const headers = { 'accept-encoding': 'br' };
    const { etag } = (await callRaw(url, { path: '/v1/entries/a', headers })).headers;
    const answer = await call('/v1/reads', { json: { keys: ['a'], known: { a: etag } } });
    expect(Object(await answer.json()).entries[0].state).toBe('unchanged');
  });
});
