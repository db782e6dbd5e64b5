import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cacheTimes } from '../../src/api/caching.ts';
import { wantsDocument } from '../../src/api/negotiation.ts';
import { type ApiServer, startApi } from '../support/api-server.ts';

const at = (key: string) => `/v1/entries/${encodeURIComponent(key)}`;
const DOCUMENT = 'application/vnd.forewarm.entry+json';

/** What a client's cache reads out of an answer (RFC 9111, 4.2; RFC 5861), in seconds. */
function timesIn(answer: Response) {
  const field = answer.headers.get('cache-control') ?? '';
  const seconds = (name: string) => Number(new RegExp(`(?:^|, )${name}=(\\d+)`).exec(field)?.[1] ?? 0);
  return {
    age: Number(answer.headers.get('age')),
    maxAge: seconds('max-age'),
    grace: seconds('stale-while-revalidate'),
  };
}

type CacheTimesOf = typeof cacheTimes;

const lives = fc.record({
  ttl: fc.nat(1e8),
  grace: fc.nat(1e8),
  /** Where the value is in its life, as a fraction: above 1 it is gone. */
  at: fc.double({ min: 0, max: 0.9999, noNaN: true }),
  longest: fc.option(fc.nat(1e8), { nil: undefined }),
});

/** Whoever keeps to the headers uses a value no longer than Forewarm would, and within two seconds as long. */
function checkTimes(timesOf: CacheTimesOf): void {
  const checkedAt = Date.UTC(2026, 0, 1, 12, 34, 56, 789);
  fc.assert(
    fc.property(lives, ({ ttl, grace, at: share, longest }) => {
      const [staleAt, goneAt] = [checkedAt + ttl, checkedAt + ttl + grace];
      const now = checkedAt + Math.floor(share * (ttl + grace));
      const times = timesOf({ checkedAt, staleAt, goneAt }, now, longest);
      const bound = now + (longest ?? Number.POSITIVE_INFINITY);
      const freshUntil = now + (times.maxAge - times.age) * 1_000;
      const servedUntil = freshUntil + times.grace * 1_000;
      expect(freshUntil).toBeLessThanOrEqual(Math.max(now, Math.min(staleAt, bound)));
      expect(freshUntil).toBeGreaterThan(Math.min(staleAt, bound) - 2_000);
      expect(servedUntil).toBeLessThanOrEqual(Math.max(now, Math.min(goneAt, bound)));
      expect(servedUntil).toBeGreaterThan(Math.min(goneAt, bound) - 3_000);
      for (const seconds of Object.values(times))
        expect(Number.isInteger(seconds) && seconds >= 0).toBe(true);
    }),
    { numRuns: 1_000 },
  );
}

describe('Age and Cache-Control', () => {
  test('agree with the times of the value', () => checkTimes(cacheTimes));

  test.each<[string, CacheTimesOf]>([
    [
      'rounds the age down',
      (...args) => ({ ...cacheTimes(...args), age: Math.floor((args[1] - args[0].checkedAt) / 1_000) }),
    ],
    ['forgets the age', (...args) => ({ ...cacheTimes(...args), age: 0 })],
    ['forgets the bound', (head, now) => cacheTimes(head, now)],
    [
      'counts the grace in full',
      ({ goneAt, staleAt, ...head }, ...rest) => ({
        ...cacheTimes({ goneAt, staleAt, ...head }, ...rest),
        grace: Math.ceil((goneAt - staleAt) / 1_000),
      }),
    ],
  ])('of a server that %s would be caught', (_, timesOf) => {
    expect(() => checkTimes(timesOf)).toThrow('Property failed');
  });

  test('stand in the answer, fresh, stale and bounded', async () => {
    const server = await startApi();
    server.verbs.put('a', '1');
    expect(timesIn(await server.call(at('a')))).toEqual({ age: 0, maxAge: 60, grace: 600 });
    await server.clock.advance(59_001);
    expect(timesIn(await server.call(at('a')))).toEqual({ age: 60, maxAge: 60, grace: 600 });
    await server.clock.advance(100_000);
    expect(timesIn(await server.call(at('a')))).toEqual({ age: 160, maxAge: 60, grace: 600 });
    const bounded = await startApi({ maxAge: 10_000 });
    bounded.verbs.put('a', '1');
    await bounded.clock.advance(30_000);
    expect(timesIn(await bounded.call(at('a')))).toEqual({ age: 30, maxAge: 40, grace: 0 });
  });

  test('of a value that was made stale let no cache use it as fresh', async () => {
    const server = await startApi();
    server.verbs.put('a', '1');
    await server.clock.advance(5_000);
    await server.call('/v1/invalidations', { json: { selector: 'key=a', mode: 'stale' } });
    const { age, maxAge } = timesIn(await server.call(at('a')));
    expect(maxAge).toBeLessThanOrEqual(age);
  });

  test('are private, with tokens and without', async () => {
    for (const tokens of [[], [{ name: 'app', token: 'secret', scopes: ['read'] } as const]]) {
      const server = await startApi({ tokens });
      server.verbs.put('a', '1');
      const answer = await server.call(at('a'), { headers: { authorization: 'Bearer secret' } });
      expect(answer.headers.get('cache-control')).toMatch(/^private, max-age=60/);
    }
  });

  test('let an absence be believed for a minute at the most, and nothing else that is not there', async () => {
    const server = await startApi();
    server.verbs.put('none', '', { kind: 'absent' });
    await server.clock.advance(1_000);
    const absent = await server.call(at('none'));
    expect([absent.status, absent.headers.get('content-type')]).toEqual([
      404,
      'application/problem+json; charset=utf-8',
    ]);
    expect(timesIn(absent)).toEqual({ age: 1, maxAge: 60, grace: 0 });
    await server.clock.advance(60_000);
    expect(timesIn(await server.call(at('none')))).toMatchObject({ age: 61, maxAge: 60 });
    expect((await server.call(at('missing'))).headers.get('cache-control')).toBe('no-store');
    expect((await server.call(at('missing'))).headers.get('age')).toBeNull();
  });
});

async function etagAt(server: ApiServer, headers: Record<string, string> = {}): Promise<string> {
  return (await server.call(at('a'), { headers })).headers.get('etag') ?? '';
}

describe('a conditional request for a value', () => {
  test.each([
    [(etag: string) => etag, 304],
    [(etag: string) => `W/${etag}`, 304],
    [(etag: string) => `"v0", ${etag}`, 304],
    [() => '*', 304],
    [() => '"v2"', 200],
    [(etag: string) => etag.slice(1, -1), 200],
    [(etag: string) => etag.slice(0, -1), 200],
  ])('If-None-Match: %s is answered %i', async (known, status) => {
    const server = await startApi();
    server.verbs.put('a', 'body', { etag: 'W/"of the origin"' });
    const etag = await etagAt(server);
    expect(etag).toMatch(/^"[\w-]{27}"$/);
    const answer = await server.call(at('a'), { headers: { 'if-none-match': known(etag) } });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('etag')).toBe(etag);
    expect(timesIn(answer)).toEqual({ age: 0, maxAge: 60, grace: 600 });
    expect(answer.headers.get('vary')).toBe('accept, accept-encoding');
    expect(await answer.text()).toBe(status === 304 ? '' : 'body');
    if (status === 304) expect(answer.headers.get('content-type')).toBeNull();
  });

  test('sees a new value, and no change where the origin confirmed the old one', async () => {
    const server = await startApi();
    server.verbs.put('a', 'one');
    const again = { headers: { 'if-none-match': await etagAt(server) } };
    await server.clock.advance(70_000);
    server.verbs.put('a', 'one');
    const same = await server.call(at('a'), again);
    expect([same.status, same.headers.get('age')]).toEqual([304, '0']);
    server.verbs.put('a', 'two');
    expect((await server.call(at('a'), again)).status).toBe(200);
  });

  test('knows the two forms of a value apart', async () => {
    const server = await startApi();
    server.verbs.put('a', '{}');
    const etags = new Set([await etagAt(server), await etagAt(server, { accept: DOCUMENT })]);
    expect(etags.size).toBe(2);
    for (const etag of etags) {
      const headers = { 'if-none-match': etag, accept: DOCUMENT };
      const bytes = await server.call(at('a'), { headers: { 'if-none-match': etag } });
      const document = await server.call(at('a'), { headers });
      expect([bytes.status, document.status].sort()).toEqual([200, 304]);
    }
  });
});

describe('the form of a value', () => {
  test('is its bytes, or on demand a document with its head, in its own characters', async () => {
    const server = await startApi();
    const body = '{"id": 12345678901234567890, "id": 2.50}';
    server.verbs.put('a', body, { etag: 'W/"o"' });
    expect(await (await server.call(at('a'), { headers: { accept: 'application/json' } })).text()).toBe(body);
    const answer = await server.call(at('a'), { headers: { accept: DOCUMENT } });
    expect(answer.headers.get('content-type')).toBe(DOCUMENT);
    const text = await answer.text();
    expect(text).toContain(`"encoding":"json","body":${body}}`);
    expect(JSON.parse(text)).toMatchObject({
      head: { key: 'a', etag: 'W/"o"' },
    });
    expect(answer.headers.get('x-forewarm-tier')).toBe('memory');
  });

  test.each([
    [undefined, false],
    ['*/*', false],
    ['application/*', false],
    ['application/json', false],
    [DOCUMENT, true],
    ['Application/VND.forewarm.entry+JSON', true],
    [`${DOCUMENT}, */*;q=0.5`, true],
    [`${DOCUMENT};q=0.5, */*;q=0.9`, false],
    [`${DOCUMENT};q=0.5, */*;q=0.9, application/json;q=0.1`, true],
    [`${DOCUMENT};q=0`, false],
    [`${DOCUMENT};q=high`, false],
    ['image/png', false],
  ])('for Accept: %s is a document: %s', (accept, document) => {
    expect(wantsDocument(accept, 'application/json; charset=utf-8')).toBe(document);
  });
});

describe('a batch of keys', () => {
  const read = async (server: ApiServer, json: unknown) => {
    const answer = await server.call('/v1/reads', { json });
    return { status: answer.status, text: await answer.text(), type: answer.headers.get('content-type') };
  };

  test('is answered key by key, in order, each once', async () => {
    const server = await startApi();
    server.verbs.put('a/b%2F', '{"n": 1.0}');
    server.verbs.put('text', 'plain "words"');
    server.verbs.put('bytes', Buffer.from([255, 0]));
    server.verbs.put('empty', '');
    server.verbs.put('none', '', { kind: 'absent' });
    server.verbs.put('gone', 'old', { goneAt: server.clock.now() });
    await server.clock.advance(1_500);
    const keys = ['text', 'a/b%2F', 'profile:lost', 'none', 'bytes', 'empty', 'gone', 'text'];
    const { status, text, type } = await read(server, { keys });
    expect([status, type]).toEqual([200, 'application/json; charset=utf-8']);
    expect(text).toContain('"body":{"n": 1.0}}');
    const times = { age: 2, maxAge: 60, tier: 'memory' };
    const words = { key: 'text', state: 'value', encoding: 'text', body: 'plain "words"', ...times };
    expect(JSON.parse(text).entries).toMatchObject([
      words,
      { key: 'a/b%2F', state: 'value', encoding: 'json', body: { n: 1 }, head: { key: 'a/b%2F' }, ...times },
      { key: 'profile:lost', state: 'missing' },
      { key: 'none', state: 'absent', ...times },
      { key: 'bytes', state: 'value', encoding: 'base64', body: '/wA=' },
      { key: 'empty', state: 'value', encoding: 'none', body: null },
      { key: 'gone', state: 'missing' },
    ]);
  });

  test('leaves out the bodies that the client has, by the same entity tags as a single read', async () => {
    const server = await startApi();
    server.verbs.put('a', 'one');
    server.verbs.put('b', 'two');
    const known = { a: await etagAt(server), b: '"of another value"', __proto__: '' };
    const { text } = await read(server, { keys: ['a', 'b'], known });
    const [a, b] = JSON.parse(text).entries;
    expect(a).toMatchObject({ state: 'unchanged', etag: known.a, head: { key: 'a' } });
    expect(a).not.toHaveProperty('body');
    expect(b).toMatchObject({ state: 'value', body: 'two' });
  });

  test.each([
    [{ keys: [] }],
    [{ keys: [''] }],
    [{}],
    [{ keys: ['a'], key: 'a' }],
    [{ keys: Array(1_001).fill('a') }],
  ])('is refused when it is none', async (json) => {
    const { status, text } = await read(await startApi(), json);
    expect([status, JSON.parse(text).code]).toEqual([400, 'E_REQUEST_INVALID']);
  });
});
