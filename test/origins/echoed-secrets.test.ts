/** A server that repeats, in any part of any answer, the credentials that it was sent: nothing that is said of it shows them. */
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { Breath } from '../../src/flow/breath.ts';
import { judge } from '../../src/origins/guard.ts';
import { openOrigins } from '../../src/origins/kinds.ts';
import { loadSettings } from '../../src/settings/load.ts';
import { requestOf, SIGNAL } from '../contract/origin.steps.ts';
import { type Script, startScriptedServer } from '../support/scripted-server.ts';
import { LIMITS } from './http/list.steps.ts';

/** A call's Authorization, of the origin; a header, of the source; and the parameter of a query. */
interface Credentials {
  readonly bearer: string;
  readonly header: string;
  readonly query: string;
}

async function opened(url: string, { bearer, header, query }: Credentials) {
  const source = {
    ...{ origin: 'quotes', key: 'quote:{id}', guard: { contentTypes: ['application/json'], error: 'error' } },
    request: {
      ...{ path: '/quote/{id}', headers: { 'x-api-token': header }, version: 'version' },
      batch: { path: '/quotes', query: { ids: '{id...}' }, version: 'version', etag: 'etag' },
      versionProbe: { path: '/edition', version: 'edition' },
    },
  };
  const headers = { authorization: `Bearer ${bearer}` };
  const origins = { quotes: { kind: 'http', url, headers, query: { apikey: query } } };
  const settings = await loadSettings({ env: {}, config: { origins, sources: { quote: source } } });
  const made = await openOrigins(settings.origins, {
    clock: systemClock,
    env: {},
    secrets: settings.secrets,
  });
  const [origin, quote] = [made.get('quotes'), settings.sources.get('quote')];
  if (origin === undefined || quote === undefined) throw new Error('there is no such origin');
  return { origin, quote };
}

/** What is stored, recorded or logged when everything is asked of this origin once; of a value without its body. */
async function everythingSaid({ origin, quote }: Awaited<ReturnType<typeof opened>>): Promise<string> {
  const list = { set: 'all', options: { path: '/all' }, known: undefined, limits: LIMITS };
  const one = origin.fetchMany(quote, [requestOf('a')], SIGNAL);
  const two = origin.fetchMany(quote, [requestOf('a'), requestOf('b')], SIGNAL);
  const others = [origin.versionOf(quote, SIGNAL), origin.probe(SIGNAL)];
  const pages = origin.listPages(list).next(SIGNAL);
  const said: unknown[] = [];
  for (const ended of await Promise.allSettled([one, two, ...others, pages])) {
    if (ended.status === 'rejected') said.push(ended.reason, ended.reason.message, ended.reason.stack);
    else if (typeof ended.value === 'string') said.push(ended.value);
    else if (Array.isArray(ended.value)) {
      for (const fetched of ended.value) {
        const {
          body: ___,
          parsed: _,
          secrets: __,
          ...beside
        } = { body: undefined, parsed: 0, secrets: 0, ...fetched };
        said.push(beside);
        const breath = new Breath({ clock: systemClock });
        if (fetched.kind === 'body')
          said.push(await judge(quote.guard, quote.format, fetched.body, breath, fetched));
      }
    }
  }
  return said.map((each) => (typeof each === 'string' ? each : inspect(each, { depth: 9 }))).join('\n');
}

const json = { 'content-type': 'application/json' };
const send = (status: number, headers: Record<string, string>, body: unknown): Script => {
  return (response) =>
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
};

/** Where an answer may repeat a text. */
const PLACES: Readonly<Record<string, (text: string) => Script>> = {
  'the reason of the status': (text) => (response) => response.writeHead(500, text, json).end(),
  'a content type': (text) => send(200, { 'content-type': `text/${text}` }, '{}'),
  'a content type with 404': (text) => send(404, { 'content-type': `text/${text}` }, 'none'),
  'a content type that is taken': (text) =>
    send(200, { 'content-type': `application/json; of=${text}` }, { a: 1 }),
  'a content encoding': (text) => send(200, { ...json, 'content-encoding': text }, '{}'),
  'a long content encoding': (text) =>
    send(200, { ...json, 'content-encoding': `${'x'.repeat(64)}${text}` }, '{}'),
  'an ETag': (text) => send(200, { ...json, etag: `"${text}"` }, { a: 1 }),
  'a Last-Modified': (text) => send(200, { ...json, 'last-modified': text }, { a: 1 }),
  'a header that nobody reads': (text) => send(400, { ...json, [`x-${text}`]: text }, { message: text }),
  'a Retry-After': (text) => send(429, { ...json, 'retry-after': text }, ''),
  'a redirect elsewhere': (text) => send(302, { location: `http://${text}.example/${text}` }, ''),
  'a redirect by a name and a password': (text) =>
    send(302, { location: `http://${text}:${text}@other.example/` }, ''),
  'a link': (text) => send(200, { ...json, link: `<http://${text}.example/>; rel="next"` }, []),
  'the version of a value': (text) => send(200, json, { version: text, edition: text, a: 1 }),
  'a failure in a body of success': (text) => send(200, json, { error: { message: text } }),
  'a failure': (text) => send(422, json, { message: `${text} is not known` }),
  'a body that is no JSON': (text) => send(200, json, `${text} is not known`),
  'a member that stands twice': (text) => send(200, json, `{"${text}":1,"${text}":2}`),
  'the ids of items': (text) => send(200, json, [{ id: text, a: 1 }]),
  'the ids of items, at the end': (text) => send(200, json, [{ id: `${'x'.repeat(50)}${text}`, a: 1 }]),
  'the ids of a map': (text) => send(200, json, { a: { id: text }, b: { id: `b${text}` } }),
  'the versions of items': (text) => send(200, json, [{ id: 'a', version: text, etag: text }]),
  'the count of items': (text) => send(200, json, { total: text, next: text, items: [] }),
  'a trailer': (text) => (response) => {
    response.writeHead(200, { ...json, trailer: 'x-note' });
    response.write('{"a"');
    response.addTrailers({ 'x-note': text });
    response.end();
  },
  'no HTTP at all': (text) => (response) => void response.socket?.end(`HTTP/1.1 ${text} ${text}\r\n\r\n`),
  'a header that is none': (text) => (response) =>
    void response.socket?.end(`HTTP/1.1 200 OK\r\n${text}\r\n\r\n`),
};

/** Ways to spell a token that headers, ids and paths can hold. */
const SPELLINGS: Readonly<Record<string, (text: string) => string>> = {
  'as it is': (text) => text,
  'in capitals': (text) => text.toUpperCase(),
  'in hexadecimal': (text) => Buffer.from(text).toString('hex'),
  'in base64 for URLs': (text) => Buffer.from(text).toString('base64url'),
  'in base64 behind others': (text) => Buffer.from(`me:${text}`).toString('base64url'),
};

const token = fc.string({ unit: fc.constantFrom(...'abcdefXYZ0189'), minLength: 12, maxLength: 200 });

describe.each(Object.entries(PLACES))('in %s', (_, place) => {
  test('credentials are repeated in vain, however they are spelt', async () => {
    const server = await startScriptedServer();
    const which = fc.constantFrom<keyof Credentials>('bearer', 'header', 'query');
    const spelling = fc.constantFrom(...Object.values(SPELLINGS));
    const property = fc.asyncProperty(token, which, spelling, async (secret, kind, spell) => {
      const credentials = {
        bearer: 'b-0123456789ab',
        header: 'h-0123456789ab',
        query: 'q-0123456789ab',
        [kind]: secret,
      };
      const [repeating, silent] = [place(spell(secret)), place('nothing-at-all')];
      // What is no call of a source carries only what the origin says.
      server.answer((response, request) => {
        const carries = kind !== 'header' || 'x-api-token' in request.headers;
        return (carries ? repeating : silent)(response, request);
      });
      const bench = await opened(server.url, credentials);
      const said = (await everythingSaid(bench)).toLowerCase();
      await bench.origin.close();
      const spelt = spell(secret).toLowerCase();
      // Of what is cut, less than a half may be left, and never much.
      const telling = spelt.slice(4, 4 + Math.min(40, Math.ceil(spelt.length * 0.6)));
      expect(said).not.toContain(telling);
    });
    await fc.assert(property, { numRuns: 2 });
  });
});

test('a year in the query takes no date and no version out of an answer', async () => {
  const server = await startScriptedServer();
  const headers = { ...json, etag: '"2026-7"', 'last-modified': 'Thu, 01 Jan 2026 09:00:00 GMT' };
  server.answer(send(200, headers, { id: 'a', version: '2026' }));
  const { origin, quote } = await opened(server.url, {
    bearer: 'b'.repeat(20),
    header: 'h'.repeat(20),
    query: '2026',
  });
  const [fetched] = await origin.fetchMany(quote, [requestOf('a')], SIGNAL);
  expect(fetched).toMatchObject({
    etag: headers.etag,
    lastModified: headers['last-modified'],
    version: '2026',
  });
});
