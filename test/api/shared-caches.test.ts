import { describe, expect, onTestFinished, test } from 'vitest';
import { sharedTimes } from '../../src/api/caching.ts';
import { consoleOptions } from '../../src/api/console-options.ts';
import { ControlApi } from '../../src/api/control-api.ts';
import { apiOptions } from '../../src/api/options.ts';
import { systemClock } from '../../src/core/clock.ts';
import { Events } from '../../src/core/events.ts';
import { startApi } from '../support/api-server.ts';
import { type Proxied, startNginx, startVarnish } from '../support/caching-proxies.ts';
import { type VerbsInMemory, verbsInMemory } from '../support/in-memory/verbs.ts';
import { toldBy } from '../support/process-health.ts';

const TOKEN = 'of-the-proxy';

/** Proxies have clocks of their own, so this API goes by the real one. */
async function startShared(startProxy: typeof startNginx) {
  const verbs = verbsInMemory(systemClock);
  const asked = { count: 0 };
  const counted = {
    ...verbs,
    get: (key: string) => {
      asked.count += 1;
      return verbs.get(key);
    },
  };
  const tokens = [{ name: 'proxy', token: TOKEN, scopes: ['read'] }];
  const api = new ControlApi({
    ...{ verbs: counted, ...toldBy(verbs, systemClock) },
    clock: systemClock,
    events: new Events(),
    options: apiOptions.parse({ port: 0, cache: 'public', tokens }),
    console: consoleOptions.parse({}),
    board: undefined,
    idempotency: { begin: async () => 'new', finish: async () => {}, fail: async () => {} },
  });
  await api.start();
  const proxy = await startProxy({ port: Number(new URL(api.url ?? '').port), token: TOKEN });
  onTestFinished(async () => {
    await proxy.stop();
    await api.stop(systemClock.now());
  });
  return { verbs, proxy, api, asked };
}

interface Seen {
  readonly at: number;
  readonly status: number;
  readonly etag: string;
  readonly body: string;
}

/** Asks without a pause until the time comes, now and then on a condition. */
async function ask(proxy: Proxied, key: string, until: number): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (let i = 0; systemClock.now() < until; i += 1) {
    const at = systemClock.now();
    const known = i % 3 === 2 ? (seen.at(-1)?.etag ?? '') : '';
    const headers: Record<string, string> = known === '' ? {} : { 'if-none-match': known };
    const answer = await fetch(`${proxy.url}/v1/entries/${key}`, { headers });
    const etag = answer.headers.get('etag') ?? '';
    seen.push({ at, status: answer.status, etag, body: await answer.text() });
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return seen;
}

/** A value that is stale and gone so many seconds after its fetch, which was some time ago. */
function put(verbs: VerbsInMemory, key: string, body: string, { age = 0, stale = 3, gone = 5 }) {
  const checkedAt = systemClock.now() - age * 1_000;
  const [staleAt, goneAt] = [checkedAt + stale * 1_000, checkedAt + gone * 1_000];
  verbs.put(key, body, { fetchedAt: checkedAt, checkedAt, dueAt: staleAt, staleAt, goneAt });
  return goneAt;
}

const isServed = ({ status }: Seen) => status === 200 || status === 304;

describe.each([
  ['nginx', startNginx],
  ['Varnish', startVarnish],
] as const)('behind %s', (_, startProxy) => {
  test('nothing is served past gone, however old it was when it came and however often it was confirmed', async () => {
    const { verbs, proxy, asked } = await startShared(startProxy);
    const ends = {
      young: put(verbs, 'young', 'a', {}),
      old: put(verbs, 'old', 'b', { age: 30, stale: 33, gone: 35 }),
      stale: put(verbs, 'stale', 'c', { age: 10, stale: 5, gone: 13 }),
    };
    const began = systemClock.now();
    const seen = await Promise.all(
      Object.entries(ends).map(async ([key, goneAt]) => ({
        key,
        goneAt,
        all: await ask(proxy, key, goneAt + 4_000),
      })),
    );
    for (const { key, goneAt, all } of seen) {
      const late = all.filter((each) => isServed(each) && each.at > goneAt);
      expect(late, `${key}, gone ${goneAt - began} ms after the start`).toEqual([]);
      expect(all.filter(isServed).length, key).toBeGreaterThan(20);
      expect(all.at(-1)?.status).toBe(404);
    }
    const requests = seen.flatMap(({ all }) => all.filter(isServed)).length;
    const passedOn = asked.count - seen.flatMap(({ all }) => all.filter((each) => !isServed(each))).length;
    // The last second or two of each of these short lives is not kept.
    expect(passedOn, `of ${requests} requests that found a value`).toBeLessThan(0.7 * requests);
  });

  test('what is confirmed goes on, and what is new comes in the time that was said', async () => {
    const { verbs, proxy, asked } = await startShared(startProxy);
    put(verbs, 'a', 'one', { stale: 3, gone: 60 });
    const first = await ask(proxy, 'a', systemClock.now() + 2_000);
    const before = asked.count;
    put(verbs, 'a', 'one', { stale: 4, gone: 60 });
    const second = await ask(proxy, 'a', systemClock.now() + 2_000);
    expect(second.every(isServed)).toBe(true);
    const staleAt = systemClock.now() + 2_000;
    put(verbs, 'a', 'two', { stale: 60, gone: 120 });
    const third = await ask(proxy, 'a', staleAt + 2_000);
    const bodies = third.filter(({ at, status }) => at > staleAt && status === 200).map(({ body }) => body);
    expect(new Set(bodies)).toEqual(new Set(['two']));
    expect(first.every(isServed) && before < 5 && asked.count < 12).toBe(true);
  });
});

test('nginx answers while Forewarm does not, until the value is gone', async () => {
  const { verbs, proxy, api } = await startShared(startNginx);
  const goneAt = put(verbs, 'a', 'kept', { stale: 2, gone: 5 });
  expect((await fetch(`${proxy.url}/v1/entries/a`)).status).toBe(200);
  await api.stop(systemClock.now() + 500);
  const seen = await ask(proxy, 'a', goneAt + 2_000);
  expect(seen.filter((each) => isServed(each) && each.at > goneAt)).toEqual([]);
  expect(seen.filter(({ at }) => at < goneAt - 2_500).every(isServed)).toBe(true);
  expect(seen.at(-1)?.status).toBe(502);
});

describe('public answers', () => {
  const at = '/v1/entries/a';

  test('count from now, and leave clients to ask again', async () => {
    const server = await startApi({ configured: { cache: 'public' } });
    server.verbs.put('a', '1');
    await server.clock.advance(10_500);
    const { headers } = await server.call(at);
    expect(headers.get('cache-control')).toBe(
      'public, max-age=0, s-maxage=48, stale-while-revalidate=0, stale-if-error=600',
    );
    expect(headers.get('age')).toBeNull();
  });

  test('that are about to be gone come whole, so that no cache renews what it has', async () => {
    const server = await startApi({ configured: { cache: 'public' } });
    server.verbs.put('a', '1');
    const known = { headers: { 'if-none-match': (await server.call(at)).headers.get('etag') ?? '' } };
    await server.clock.advance(657_000);
    expect((await server.call(at, known)).status).toBe(304);
    await server.clock.advance(1_500);
    const last = await server.call(at, known);
    expect([last.status, last.headers.get('cache-control')]).toEqual([
      200,
      'public, max-age=0, s-maxage=0, stale-while-revalidate=0, stale-if-error=0',
    ]);
  });

  test('are bounded by api.maxAge, and say so of an absence too', async () => {
    const server = await startApi({ configured: { cache: 'public' }, maxAge: 10_000 });
    server.verbs.put('a', '1');
    server.verbs.put('none', '', { kind: 'absent' });
    for (const path of [at, '/v1/entries/none'])
      expect((await server.call(path)).headers.get('cache-control')).toContain('s-maxage=9,');
    expect((await server.call('/v1/entries/missing')).headers.get('cache-control')).toBe('no-store');
  });

  test('end before the value does, for a cache that counts whole seconds from their beginning', () => {
    for (let left = 0; left < 10_000; left += 37) {
      const { fresh, onError } = sharedTimes({ checkedAt: 0, staleAt: left - 3_000, goneAt: left }, 0);
      for (let fraction = 0; fraction < 1_000; fraction += 111) {
        const keptUntil = Math.floor(fraction / 1_000) * 1_000 + (fresh + onError + 1) * 1_000 - fraction;
        if (fresh > 0) expect(keptUntil).toBeLessThanOrEqual(left);
      }
    }
  });
});
