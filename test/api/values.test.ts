import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { callRaw, startApi } from '../support/api-server.ts';

const at = (key: string) => `/v1/entries/${encodeURIComponent(key)}`;

/** What keys are made of: separators, escapes of their own, and any character at all. */
const keys = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '/',
        '%',
        '%2F',
        '%25',
        '%20',
        ':',
        '?',
        '#',
        '&',
        '+',
        ';',
        '*',
        '..',
        '//',
        ' ',
        '\\',
      ),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }),
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((parts) => parts.join('').toWellFormed())
  // A URL parser takes these away as path segments, however they are escaped.
  .filter((key) => key !== '.' && key !== '..');

describe('the value of a key', () => {
  test('comes back for any key, and says what it is', async () => {
    const server = await startApi();
    await fc.assert(
      fc.asyncProperty(keys, async (key) => {
        server.verbs.put(key, key);
        const value = await server.call(at(key));
        expect({ status: value.status, body: await value.text() }).toEqual({ status: 200, body: key });
        const inspected = await server.call(`/v1/inspections/${encodeURIComponent(key)}`);
        expect(await inspected.json()).toMatchObject({ key, catalogued: true });
      }),
      { numRuns: 150 },
    );
  });

  test('is not found when the path is decoded once too often or too rarely', async () => {
    const server = await startApi();
    server.verbs.put('profile:a%2Fb', 'escaped');
    server.verbs.put('profile:a/b', 'plain');
    expect(await (await server.call('/v1/entries/profile:a%252Fb')).text()).toBe('escaped');
    expect(await (await server.call('/v1/entries/profile:a%2Fb')).text()).toBe('plain');
    expect(await (await server.call('/v1/entries/profile:a/b')).text()).toBe('plain');
    expect((await server.call('/v1/entries/profile:a%25252Fb')).status).toBe(404);
  });

  test('is found although the segments before it are escaped, and for the keys that URL parsers take away', async () => {
    const { url, verbs } = await startApi();
    for (const key of ['.', '..', 'a/../b']) {
      verbs.put(key, key);
      expect((await callRaw(url, { path: `/v1/entries/${key}` })).body.toString()).toBe(key);
    }
    expect((await callRaw(url, { path: '/%761/entr%69es/a/../b' })).body.toString()).toBe('a/../b');
  });

  test('is its own bytes, with what its origin said of it', async () => {
    const server = await startApi();
    const body = Buffer.from([0, 255, 128, 10, 13]);
    const checked = server.clock.now();
    server.verbs.put('logo', body, {
      contentType: 'image/png',
      etag: 'W/"v7"',
      lastModified: 'Tue, 01 Jul 2025 10:00:00 GMT',
    });
    await server.clock.advance(50_900);
    const answer = await server.call(at('logo'));
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(body);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-length': '5',
      etag: expect.stringMatching(/^"[\w-]{27}"$/),
      'last-modified': 'Tue, 01 Jul 2025 10:00:00 GMT',
      age: '51',
      'cache-control': 'private, max-age=60, stale-while-revalidate=600, stale-if-error=600',
      vary: 'accept, accept-encoding',
      'x-forewarm-freshness': 'due',
      'x-forewarm-tier': 'memory',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining('sandbox'),
    });
    expect(server.clock.now() - checked).toBe(50_900);
  });

  test('is served stale with its age, and not once it is gone', async () => {
    const server = await startApi();
    server.verbs.put('a', '1');
    await server.clock.advance(60_000);
    const stale = await server.call(at('a'));
    expect([stale.status, stale.headers.get('x-forewarm-freshness'), stale.headers.get('age')]).toEqual([
      200,
      'stale',
      '60',
    ]);
    await server.clock.advance(600_000);
    const gone = await server.call(at('a'));
    expect(gone.status).toBe(404);
    expect(await gone.json()).toMatchObject({ code: 'E_NOT_FOUND', detail: expect.stringContaining('"a"') });
  });

  test('whose origin says there is none is not found, and says who says so', async () => {
    const server = await startApi();
    server.verbs.put('nothing', '', { kind: 'absent' });
    const answer = await server.call(at('nothing'));
    expect([answer.status, answer.headers.get('x-forewarm-tier')]).toEqual([404, 'memory']);
    expect(await answer.json()).toMatchObject({ detail: expect.stringContaining('the origin says') });
  });

  test('may be empty', async () => {
    const server = await startApi();
    server.verbs.put('empty', '');
    const answer = await server.call(at('empty'));
    expect([answer.status, await answer.text(), answer.headers.get('content-length')]).toEqual([
      200,
      '',
      '0',
    ]);
  });

  test('answers HEAD with the same headers and no body', async () => {
    const server = await startApi();
    server.verbs.put('a', 'four');
    const answer = await server.call(at('a'), { method: 'HEAD' });
    expect([answer.status, answer.headers.get('content-length'), await answer.text()]).toEqual([
      200,
      '4',
      '',
    ]);
  });

  test('keeps metadata that could not stand in a header from breaking the answer', async () => {
    const server = await startApi();
    server.verbs.put('odd', 'x', {
      contentType: 'text/html\r\nset-cookie: a=b',
      etag: 'not quoted',
      lastModified: 'yesterday\r\n',
    });
    const answer = await server.call(at('odd'));
    expect(answer.headers.get('content-type')).toBe('application/octet-stream');
    expect(answer.headers.get('etag')).toMatch(/^"[\w-]{27}"$/);
    expect([answer.headers.get('last-modified'), answer.headers.get('set-cookie')]).toEqual([null, null]);
  });

  test('needs a key in the path', async () => {
    const server = await startApi();
    expect((await server.call('/v1/entries/')).status).toBe(404);
    expect((await server.call('/v1/inspections/')).status).toBe(404);
  });
});
