/** The beginning of a value, as a page shows it. */
import { describe, expect, test } from 'vitest';
import { beginningOf } from '../../src/api/routes/preview-routes.ts';
import { startApi } from '../support/api-server.ts';

async function preview(body: string | Uint8Array, query = '') {
  const server = await startApi();
  server.verbs.put('profile:a/b', body);
  return (await server.call(`/v1/previews/profile:a%2Fb${query}`)).json();
}

describe('a preview', () => {
  test('is the value, its head and where it was found', async () => {
    expect(await preview('{"a":1}')).toMatchObject({
      ...{
        key: 'profile:a/b',
        state: 'value',
        tier: 'memory',
        head: { key: 'profile:a/b', freshness: 'fresh' },
      },
      ...{ encoding: 'text', body: '{"a":1}', shown: 7, bytes: 7, tiers: [] },
    });
  });

  test('is cut where it was asked to be, and says how much there is', async () => {
    expect(await preview('0123456789', '?bytes=4')).toMatchObject({ body: '0123', shown: 4, bytes: 10 });
    expect(await preview('x'.repeat(20_000))).toMatchObject({ shown: 16_384, bytes: 20_000 });
  });

  test('says that there is no value, and why', async () => {
    const server = await startApi();
    const missing = await (await server.call('/v1/previews/profile:none')).json();
    expect(missing).toMatchObject({ state: 'missing', tier: null, head: null, body: '', bytes: 0 });
    server.verbs.silent.push({ tier: 'redis', reason: 'it is down' });
    const silent = await (await server.call('/v1/previews/profile:none')).json();
    expect(silent).toMatchObject({ state: 'unavailable', tiers: [{ tier: 'redis' }] });
  });

  test.each(['0', '-1', '1.5', 'all', '1048577'])('is refused for %s bytes', async (bytes) => {
    const server = await startApi();
    expect((await server.call(`/v1/previews/profile:a?bytes=${bytes}`)).status).toBe(400);
  });
});

describe('the beginning of a body', () => {
  test('never has a part of a character', () => {
    const text = 'a€😀é';
    const bytes = new TextEncoder().encode(text);
    const cuts = Array.from({ length: bytes.length }, (_, i) => beginningOf(bytes, i + 1));
    for (const { encoding, body, shown } of cuts) {
      if (encoding === 'text') expect(text.startsWith(body) && Buffer.byteLength(body) === shown).toBe(true);
      expect(encoding).toBe('text');
    }
    expect(cuts.map(({ shown }) => shown)).toEqual([1, 1, 1, 4, 4, 4, 4, 8, 8, 10]);
  });

  test('that is no text is base64, cut at the byte', () => {
    const bytes = Uint8Array.from([0xff, 0xfe, 0x00, 0x80, 0x81]);
    expect(beginningOf(bytes, 2)).toEqual({ encoding: 'base64', body: '//4=', shown: 2, bytes: 5 });
    expect(beginningOf(bytes, 9)).toMatchObject({ encoding: 'base64', shown: 5 });
    const broken = Uint8Array.from([0x61, 0xe2, 0x82]);
    expect(beginningOf(broken, 3)).toMatchObject({ encoding: 'base64', shown: 3 });
  });

  test('keeps a byte order mark, and may be empty', () => {
    const marked = new TextEncoder().encode('\ufeffa');
    expect(beginningOf(marked, 10)).toMatchObject({ body: '\ufeffa', shown: 4 });
    expect(beginningOf(new Uint8Array(), 5)).toMatchObject({
      encoding: 'text',
      body: '',
      shown: 0,
      bytes: 0,
    });
  });
});
