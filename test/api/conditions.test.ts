import type { IncomingHttpHeaders } from 'node:http';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judge, type Verdict } from '../../src/api/conditions.ts';
import { formatHttpDate, parseHttpDate } from '../../src/core/http-date.ts';
import { type ApiServer, callRaw, startApi } from '../support/api-server.ts';

const NOW = Date.UTC(2026, 0, 1, 12);
const MODIFIED = Date.UTC(1994, 10, 6, 8, 49, 37);
const AT = formatHttpDate(MODIFIED);
const BEFORE = formatHttpDate(MODIFIED - 1_000);
const AFTER = formatHttpDate(MODIFIED + 1_000);

describe('a condition', () => {
  test.each<[IncomingHttpHeaders, Verdict]>([
    [{}, 'send'],
    [{ 'if-match': '"a"' }, 'send'],
    [{ 'if-match': '"b"' }, 'failed'],
    [{ 'if-match': '"b", "a"' }, 'send'],
    [{ 'if-match': '*' }, 'send'],
    [{ 'if-match': 'W/"a"' }, 'failed'],
    [{ 'if-match': '' }, 'failed'],
    [{ 'if-match': '"x,\\"a"' }, 'failed'],
    [{ 'if-none-match': '"a"' }, 'not modified'],
    [{ 'if-none-match': 'W/"a"' }, 'not modified'],
    [{ 'if-none-match': 'W/"b" , W/"a"' }, 'not modified'],
    [{ 'if-none-match': '*' }, 'not modified'],
    [{ 'if-none-match': '"b"' }, 'send'],
    [{ 'if-none-match': '"A"' }, 'send'],
    [{ 'if-unmodified-since': AT }, 'send'],
    [{ 'if-unmodified-since': AFTER }, 'send'],
    [{ 'if-unmodified-since': BEFORE }, 'failed'],
    [{ 'if-unmodified-since': 'soon' }, 'send'],
    [{ 'if-modified-since': AT }, 'not modified'],
    [{ 'if-modified-since': AFTER }, 'not modified'],
    [{ 'if-modified-since': BEFORE }, 'send'],
    [{ 'if-modified-since': '0' }, 'send'],
    [{ 'if-match': '"a"', 'if-unmodified-since': BEFORE }, 'send'],
    [{ 'if-match': '"b"', 'if-none-match': '"a"' }, 'failed'],
    [{ 'if-match': '"a"', 'if-none-match': '"a"' }, 'not modified'],
    [{ 'if-unmodified-since': BEFORE, 'if-modified-since': AFTER }, 'failed'],
    [{ 'if-none-match': '"b"', 'if-modified-since': AFTER }, 'send'],
    [{ 'if-none-match': '"a"', 'if-modified-since': BEFORE }, 'not modified'],
  ])('%o of a value with the tag "a", changed in 1994, means: %s', (headers, verdict) => {
    expect(judge(headers, { etag: '"a"', lastModified: MODIFIED }, NOW)).toBe(verdict);
  });

  test('by date is ignored for a value whose date is not known', () => {
    for (const field of ['if-modified-since', 'if-unmodified-since'])
      expect(judge({ [field]: BEFORE }, { etag: '"a"', lastModified: undefined }, NOW)).toBe('send');
  });
});

describe('a date of HTTP', () => {
  test.each([
    ['Sun, 06 Nov 1994 08:49:37 GMT', MODIFIED],
    ['Sunday, 06-Nov-94 08:49:37 GMT', MODIFIED],
    ['Sun Nov  6 08:49:37 1994', MODIFIED],
    ['Thursday, 01-Jan-76 00:00:00 GMT', Date.UTC(2076, 0, 1)],
    ['Thursday, 01-Jan-77 00:00:00 GMT', Date.UTC(1977, 0, 1)],
    ['Sat, 31 Dec 2016 23:59:60 GMT', Date.UTC(2016, 11, 31, 23, 59, 59)],
    ['Sun, 31 Feb 2016 00:00:00 GMT', undefined],
    ['Sun, 06 Nov 1994 24:00:00 GMT', undefined],
    ['Sun, 06 Nov 1994 08:49:37 +0000', undefined],
    ['1994-11-06T08:49:37Z', undefined],
    ['', undefined],
  ])('%s is read as %s', (text, time) => {
    expect(parseHttpDate(text, NOW)).toBe(time);
  });

  test('is read in each of its three forms as it was meant', () => {
    const seconds = fc.integer({ min: Date.UTC(1977, 0, 1) / 1_000, max: Date.UTC(2075, 11, 31) / 1_000 });
    const long = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
    fc.assert(
      fc.property(seconds, (second) => {
        const at = new Date(second * 1_000);
        const [short = '', day = '', month = '', year = '', time = ''] = at.toUTCString().split(/,? /);
        const forms = [
          `${short}, ${day} ${month} ${year} ${time} GMT`,
          `${long[at.getUTCDay()]}, ${day}-${month}-${year.slice(2)} ${time} GMT`,
          `${short} ${month} ${day.replace(/^0/, ' ')} ${time} ${year}`,
        ];
        for (const form of forms) expect(parseHttpDate(form, NOW)).toBe(at.getTime());
      }),
    );
  });
});

describe('a value', () => {
  const path = '/v1/entries/a';
  const of = async (server: ApiServer, headers: Record<string, string>, method = 'GET') => {
    const { status, headers: sent, body } = await callRaw(server.url, { path, method, headers });
    return { status, sent, body: body.toString() };
  };
  const start = async () => {
    const server = await startApi();
    server.verbs.put('a', 'body', { lastModified: AT });
    const etag = (await server.call(path)).headers.get('etag') ?? '';
    return { server, etag };
  };

  test('that changed is refused to whoever wants the old one, and is whole for the others', async () => {
    const { server, etag } = await start();
    for (const method of ['GET', 'HEAD']) {
      expect((await of(server, { 'if-match': etag }, method)).status).toBe(200);
      expect((await of(server, { 'if-match': '"old"' }, method)).status).toBe(412);
      expect((await of(server, { 'if-modified-since': AT }, method)).status).toBe(304);
      expect((await of(server, { 'if-unmodified-since': BEFORE }, method)).status).toBe(412);
    }
    const { body, sent } = await of(server, { 'if-match': '"old"' });
    expect([JSON.parse(body).code, sent['cache-control']]).toEqual(['E_PRECONDITION_FAILED', 'no-store']);
  });

  test('that does not exist is not found, whatever the condition', async () => {
    const server = await startApi();
    for (const headers of [{ 'if-match': '*' }, { 'if-none-match': '*' }, { 'if-modified-since': AFTER }]) {
      server.verbs.expect(['a']);
      expect((await of(server, headers)).status).toBe(404);
    }
  });

  test('changed no later than it was fetched, whatever its origin says', async () => {
    const server = await startApi();
    server.verbs.put('a', 'body', { lastModified: formatHttpDate(server.clock.now() + 86_400_000) });
    const modified = (await server.call(path)).headers.get('last-modified') ?? '';
    expect(Date.parse(modified)).toBeLessThanOrEqual(server.clock.now());
  });

  test.each(['0', '-1', '2026-11-28', 'yesterday', '1'])(
    'has no time of change where its origin says "%s"',
    async (lastModified) => {
      const server = await startApi();
      server.verbs.put('a', 'body', { lastModified });
      const year2000 = { 'if-modified-since': 'Sat, 01 Jan 2000 00:00:00 GMT' };
      const { status, sent } = await of(server, year2000);
      expect([status, sent['last-modified']]).toEqual([200, undefined]);
    },
  );

  test('has one tag for each form, whatever the tier and the time', async () => {
    const accept = 'application/vnd.forewarm.entry+json';
    const tags = new Set<string | undefined>();
    for (const tier of ['memory', 'redis', 'disk']) {
      const server = await startApi({
        over: (verbs) => ({
          get: async (key) => {
            const value = await verbs.get(key);
            return value.state === 'value' ? { ...value, body: Buffer.from(value.body), tier } : value;
          },
        }),
      });
      server.verbs.put('a', 'body', { stamp: 7 });
      if (tier === 'disk') await server.clock.advance(70_000);
      for (const headers of [{}, { accept }]) tags.add((await of(server, headers)).sent.etag);
    }
    expect(tags.size).toBe(2);
    for (const tag of tags) expect(tag).toMatch(/^"/);
  });

  test('comes whole, also where only a range of it is asked for', async () => {
    const { server } = await start();
    for (const range of ['bytes=0-1', 'bytes=-1', 'bytes=9-', 'x']) {
      const { status, sent, body } = await of(server, { range, 'if-range': '"x"' });
      expect([status, sent['accept-ranges'], body]).toEqual([200, 'none', 'body']);
    }
  });
});
