/** Reads that wait for an origin that is busy, and what those get that can wait no longer. */
import { expect, test } from 'vitest';
import { json, type Script, startScriptedServer, status } from '../support/scripted-server.ts';
import { type Changes, newPlace, openReader, PROFILE } from './reader.steps.ts';

const KEY = 'profile:denver';
const NAMED = json({ name: 'somewhere' });

/** As many readers as `count`, of one origin that does as it is told. */
async function readers(count: number, source: Changes = {}, origin: Changes = {}) {
  const server = await startScriptedServer();
  const place = newPlace();
  const changes = {
    origins: { markets: { kind: 'http', url: server.url, ...origin } },
    sources: { profile: { ...PROFILE, miss: 'origin', hardDeadline: '8s', ...source } },
  };
  const opened = await Promise.all(Array.from({ length: count }, () => openReader(place, changes)));
  return { server, readers: opened };
}

/** The first answers as they come, then `last` for ever. */
function answers(...scripts: readonly Script[]): Script {
  let calls = 0;
  return (response, asked) => {
    const script = scripts[Math.min(calls, scripts.length - 1)] ?? NAMED;
    calls += 1;
    script(response, asked);
  };
}

test.each([
  ['429 with a second', [status(429, { 'retry-after': '1' })]],
  ['503 with a second', [status(503, { 'retry-after': '1' })]],
  ['429 without a time', [status(429)]],
  ['429 twice', [status(429, { 'retry-after': '1' }), status(429, { 'retry-after': '1' })]],
])('%s is waited for by every reader, and costs one call more each time', async (_, first) => {
  const { server, readers: both } = await readers(2);
  server.answer(answers(...first, NAMED));
  const values = await Promise.all(both.flatMap((reader) => [reader.get(KEY), reader.get(KEY)]));
  expect(values).toEqual(values.map(() => ({ name: 'somewhere' })));
  expect(server.asked.length).toBe(first.length + 1);
});

test('a budget that is used up is waited for, too', async () => {
  const {
    server,
    readers: [reader],
  } = await readers(1, {}, { rate: '2/s' });
  server.answer(NAMED);
  const keys = Array.from({ length: 10 }, (_, i) => `profile:m${i}`);
  const lookups = (await reader?.lookupMany(keys)) ?? [];
  expect(lookups.map(({ state }) => state)).toEqual(keys.map(() => 'value'));
  expect(server.asked.length).toBe(10);
});

test('a read that has a stale value does not wait longer than its soft deadline', async () => {
  const {
    server,
    readers: [reader],
  } = await readers(1, { softDeadline: '50ms' });
  server.answer(status(429, { 'retry-after': '1' }));
  await reader?.set(KEY, 'old');
  await reader?.invalidate(KEY, { mode: 'stale' });
  const began = performance.now();
  expect(await reader?.lookup(KEY)).toMatchObject({ state: 'value', value: 'old', freshness: 'stale' });
  expect(performance.now() - began).toBeLessThan(900);
});

test('a signal ends the wait of one read, and the others get the value', async () => {
  const {
    server,
    readers: [reader],
  } = await readers(1);
  server.answer(answers(status(429, { 'retry-after': '1' }), NAMED));
  const enough = new AbortController();
  const mine = reader?.lookup(KEY, { signal: enough.signal });
  const theirs = reader?.lookup(KEY);
  const ended = expect(mine).rejects.toThrow('enough');
  await server.arrival();
  enough.abort(new Error('enough'));
  await ended;
  expect(await theirs).toMatchObject({ state: 'value' });
});

test('a reader that is closed while it waits says so, and waits no longer', async () => {
  const {
    server,
    readers: [reader],
  } = await readers(1);
  server.answer(status(429, { 'retry-after': '5' }));
  const waiting = reader?.lookup(KEY);
  await server.arrival();
  const began = performance.now();
  await reader?.close();
  expect(await waiting).toMatchObject({ state: 'unavailable', reason: expect.stringContaining('closed') });
  expect(performance.now() - began).toBeLessThan(4_000);
});

test('what no worker brings is unavailable, and says that the workers did not', async () => {
  const {
    readers: [reader],
  } = await readers(1, { miss: 'request', hardDeadline: '300ms' });
  expect(await reader?.lookup(KEY)).toMatchObject({
    state: 'unavailable',
    origin: { origin: 'markets', reason: expect.stringMatching(/within 300 ms/) },
  });
});

test('what another process fetches, and is past its ttl as it lands, is given to the readers here as well', async () => {
  const { server, readers: both } = await readers(2, { ttl: '300ms', grace: '1h' });
  server.answer((response, asked) => void setTimeout(() => NAMED(response, asked), 600));
  const lookups = await Promise.all(both.map((reader) => reader.lookup(KEY)));
  expect(lookups).toMatchObject([{ state: 'value' }, { state: 'value' }]);
  expect(server.asked.length).toBe(1);
});

test('what is past its grace as it lands is given to nobody, and the reason says so', async () => {
  const {
    server,
    readers: [reader],
  } = await readers(1, { ttl: '100ms', grace: '100ms' });
  server.answer((response, asked) => void setTimeout(() => NAMED(response, asked), 600));
  expect(await reader?.lookup(KEY)).toMatchObject({
    state: 'unavailable',
    reason: expect.stringContaining('longer than ttl and grace'),
  });
});
