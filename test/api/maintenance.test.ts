import { describe, expect, test } from 'vitest';
import { startApi } from '../support/api-server.ts';

const NDJSON = { 'content-type': 'application/x-ndjson' };

describe('export', () => {
  test('returns one line per entry, with bodies or without', async () => {
    const { verbs, call } = await startApi();
    for (const key of ['a:1', 'a:2', 'b:1']) verbs.put(key, key);
    const answer = await call('/v1/export?selector=prefix%3Da:');
    expect(answer.headers.get('content-type')).toBe('application/x-ndjson');
    const lines = (await answer.text()).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { key: 'a:1', body: 'a:1' },
      { key: 'a:2', body: 'a:2' },
    ]);
    expect(await (await call('/v1/export?bodies=false')).text()).not.toContain('body');
  });

  test('of a wrong selector is a problem, not a stream', async () => {
    const { call } = await startApi();
    const answer = await call('/v1/export?selector=colour%3Dred');
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: 'E_SELECTOR_INVALID' });
  });

  test('that breaks in the middle is cut off, so that it is not taken for whole', async () => {
    const over = () => ({
      async *export() {
        yield ['{}'];
        throw new Error('broken');
      },
    });
    const { call } = await startApi({ over });
    await expect(call('/v1/export').then((answer) => answer.text())).rejects.toThrow();
  });

  test('ends its work when the client goes', async () => {
    const ended = Promise.withResolvers<unknown>();
    const over = () => ({
      async *export(_: unknown, signal: AbortSignal) {
        signal.addEventListener('abort', () => ended.resolve(undefined));
        yield ['{}'];
        await ended.promise;
      },
    });
    const { call } = await startApi({ over });
    const client = new AbortController();
    await call('/v1/export', { signal: client.signal });
    client.abort();
    await ended.promise;
  });
});

describe('import', () => {
  const line = (key: string) => `${JSON.stringify({ key, stamp: 9, encoding: 'text', body: '{}' })}\n`;

  test('takes lines, however many bytes they are', async () => {
    const { call } = await startApi();
    const body = Array.from({ length: 1_000 }, (_, i) => line(`profile:${i}`)).join('');
    const answer = await call('/v1/import', { method: 'POST', headers: NDJSON, body });
    expect(await answer.json()).toMatchObject({ lines: 1_000, written: 1_000 });
  });

  test('in a dry run writes nothing', async () => {
    const { call, verbs } = await startApi();
    const init = { method: 'POST', headers: NDJSON, body: line('profile:1') };
    expect(await (await call('/v1/import?dryRun=true', init)).json()).toMatchObject({
      dryRun: true,
      written: 1,
    });
    expect(await verbs.get('profile:1')).toEqual({ state: 'missing' });
  });

  test('is done again under the same Idempotency-Key, since the lines may be others', async () => {
    const { call } = await startApi();
    const headers = { ...NDJSON, 'idempotency-key': 'k' };
    for (const key of ['profile:1', 'profile:2']) {
      const answer = await call('/v1/import', { method: 'POST', headers, body: line(key) });
      expect(await answer.json()).toMatchObject({ written: 1 });
    }
  });

  test('wants lines, and nothing else takes them', async () => {
    const { call } = await startApi();
    expect((await call('/v1/import', { json: {} })).status).toBe(415);
    expect((await call('/v1/purges', { method: 'POST', headers: NDJSON, body: '{}' })).status).toBe(415);
  });
});

test('a purge says what it would remove, and removes it', async () => {
  const { call, verbs } = await startApi();
  for (const key of ['a:1', 'a:2', 'b:1']) verbs.put(key, key);
  const json = { selector: 'prefix=a:', dryRun: true };
  expect(await (await call('/v1/purges', { json })).json()).toMatchObject({ keys: 2, dryRun: true });
  expect(await (await call('/v1/purges', { json: { ...json, dryRun: false } })).json()).toMatchObject({
    keys: 2,
  });
  expect(await verbs.get('a:1')).toEqual({ state: 'missing' });
  expect((await call('/v1/purges', { json: {} })).status).toBe(400);
});

test('a validation answers its report', async () => {
  const { call, verbs } = await startApi();
  verbs.put('a:1', '1');
  const answer = await call('/v1/validations', { json: { selector: 'prefix=a:', repair: true } });
  expect(await answer.json()).toMatchObject({ sound: true, repair: true, entries: 1 });
  expect((await call('/v1/validations', { json: { mend: true } })).status).toBe(400);
});
