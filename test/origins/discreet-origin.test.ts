import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { REDACTED } from '../../src/core/secrets.ts';
import type { Source } from '../../src/core/source.ts';
import { Breath } from '../../src/flow/breath.ts';
import { DiscreetOrigin } from '../../src/origins/discreet-origin.ts';
import { judge } from '../../src/origins/guard.ts';
import { openOrigins } from '../../src/origins/kinds.ts';
import type { Fetched } from '../../src/origins/origin.ts';
import { loadSettings } from '../../src/settings/load.ts';
import { isUnreached } from '../../src/warming/calls/unreached.ts';
import { failureOf, requestOf, SIGNAL } from '../contract/origin.steps.ts';
import { HTTP_SYSTEM } from '../contract/origin.system.ts';
import { describeOrigin } from '../contract/origin.ts';
import { type Script, startScriptedServer } from '../support/scripted-server.ts';
import { contractOrigin } from './http/http.steps.ts';
import { LIMITS } from './http/list.steps.ts';

describeOrigin('a discreet origin', HTTP_SYSTEM, ({ url }, clock) => {
  const { origin: inner, ...made } = contractOrigin(url, clock);
  return { ...made, origin: new DiscreetOrigin({ inner, secrets: ['s3cr3t-t0ken'] }) };
});

/** An API that is called with this text in its path, by a configuration that has it from a variable. */
async function opened(url: string, secret: string) {
  const source = {
    ...{ origin: 'quotes', key: 'quote:{id}' },
    request: {
      ...{ path: '/quote/{id}', batch: { path: '/quotes', query: { ids: '{id...}' } } },
      versionProbe: { path: '/edition' },
    },
  };
  const origins = { quotes: { kind: 'http', url: `${url}/v1/\${QUOTES_TOKEN}` } };
  const config = { origins, sources: { quote: source } };
  const settings = await loadSettings({ env: { QUOTES_TOKEN: secret }, config });
  const { secrets } = settings;
  const made = await openOrigins(settings.origins, { clock: systemClock, env: {}, secrets });
  const [origin, quote] = [made.get('quotes'), settings.sources.get('quote')];
  if (origin === undefined || quote === undefined) throw new Error('there is no such origin');
  return { settings, origin, quote };
}

/** What people may be shown when everything is asked of this origin once. */
async function everythingSaid({ origin, quote }: Awaited<ReturnType<typeof opened>>): Promise<string[]> {
  const list = { set: 'all', options: { path: '/all' }, known: undefined, limits: LIMITS };
  const keys = (...ids: string[]) =>
    origin.fetchMany(
      quote,
      ids.map((id) => requestOf(id)),
      SIGNAL,
    );
  const asked = [keys('a'), keys('a', 'b'), origin.versionOf(quote, SIGNAL), origin.probe(SIGNAL)];
  const ended = await Promise.allSettled([...asked, origin.listPages(list).next(SIGNAL)]);
  const said = ended.map(async (one) => {
    if (one.status === 'rejected') return [inspect(one.reason), one.reason.message];
    return Array.isArray(one.value) ? Promise.all(one.value.map((fetched) => saidOf(fetched, quote))) : [];
  });
  return (await Promise.all(said)).flat();
}

async function saidOf(fetched: Fetched, { guard, format }: Source): Promise<string> {
  const breath = new Breath({ clock: systemClock });
  if (fetched.kind === 'body') return (await judge(guard, format, fetched.body, breath, fetched)) ?? '';
  return inspect(fetched);
}

/** Answers that quote what was asked for, as servers, gateways and proxies do. */
const ECHOES: Readonly<Record<string, Script>> = {
  'a failure that names the path': (response, { url }) => response.writeHead(500).end(`no route ${url}`),
  'a failure that names it decoded': (response, { url }) =>
    response.writeHead(400).end(JSON.stringify({ message: `bad ${decoded(url)}` })),
  'a page that names it': (response, { url }) =>
    response.writeHead(404, { 'content-type': 'text/html' }).end(`<title>Cannot GET ${url}</title>`),
  'a value that is none': (response, { url }) => response.writeHead(200).end(`${decoded(url)} is gone`),
  'a redirect': (response, { url }) => response.writeHead(302, { location: `http://elsewhere${url}` }).end(),
  'a list that names other ids': (response, { url }) => response.end(JSON.stringify([{ id: url }])),
  'nothing at all': (response) => response.destroy(),
};

function decoded(url: string): string {
  return decodeURIComponent(url);
}

/** As it may stand in a path: what has a meaning there is percent-encoded. */
const written = fc
  .string({ unit: fc.constantFrom(...'abcXYZ019-._~/%+ :@!é?#'), minLength: 6, maxLength: 24 })
  .filter((text) => /^[a-zA-Z0-9].{4,}[a-zA-Z0-9]$/.test(text) && /[a-z].*\d|\d.*[a-z]/.test(text))
  // Dots between slashes make a step in a path, which is refused before anything is asked.
  .filter((text) => !text.includes('/') || !text.includes('.'))
  .map(encodeURIComponent);

describe('a secret in the path of an origin', () => {
  test('is in nothing that is said of any call, however it is spelt and repeated', async () => {
    const server = await startScriptedServer();
    const property = fc.asyncProperty(
      written,
      fc.constantFrom(...Object.values(ECHOES)),
      async (secret, script) => {
        server.answer(script);
        const bench = await opened(server.url, secret);
        const said = await everythingSaid(bench);
        await bench.origin.close();
        expect(server.asked.at(-1)?.url).toContain(secret);
        for (const text of said) {
          expect(text).not.toContain(secret);
          expect(text).not.toContain(decoded(secret));
        }
        expect(said.join()).toContain(REDACTED);
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });

  test('leaves the rest of the message, so that it says which call failed', async () => {
    const server = await startScriptedServer();
    server.answer((response) => response.writeHead(503, { 'retry-after': '7' }).end('maintenance'));
    const bench = await opened(server.url, 'c4n4ry-5ecret');
    const error = await failureOf(bench.origin.fetchMany(bench.quote, [requestOf('a')], SIGNAL));
    await bench.origin.close();
    expect(error.message).toMatch(/^GET \/v1\/\[redacted\]\/quote\/a answered 503.*: maintenance$/);
    expect(error).toMatchObject({ class: 'throttled', details: { status: 503 } });
    expect(error.retryAt).toBeGreaterThan(0);
  });

  test('does not keep it from being seen that nothing was reached', async () => {
    const server = await startScriptedServer();
    await server.close();
    const bench = await opened(server.url, 'c4n4ry-5ecret');
    const error = await failureOf(bench.origin.fetchMany(bench.quote, [requestOf('a')], SIGNAL));
    await bench.origin.close();
    expect(isUnreached(error)).toBe(true);
  });
});
