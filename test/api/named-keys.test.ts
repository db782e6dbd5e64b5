/** Runs of rows and keys, as JSON and line by line. */
import { describe, expect, test } from 'vitest';
import { startApi } from '../support/api-server.ts';

const NDJSON = { 'content-type': 'application/x-ndjson' };
const rows = (count: number) => Array.from({ length: count }, (_, i) => ({ market: `x${i}` }));
const lines = (items: readonly unknown[]) => items.map((item) => `${JSON.stringify(item)}\n`).join('');
const post = (body: string | Buffer) => ({ method: 'POST', headers: NDJSON, body });

describe('a run of named keys', () => {
  test('is made of rows or of keys in JSON, with the options of any run', async () => {
    const { call } = await startApi();
    const json = { source: 'profile', rows: rows(3), id: 'mine', force: true, keep: 60_000 };
    const answer = await call('/v1/runs', { json });
    expect(answer.status).toBe(202);
    expect(answer.headers.get('location')).toBe('/v1/runs/mine');
    expect(await answer.json()).toMatchObject({ named: { keys: 3, sources: ['profile'] }, cause: 'api' });
    const byKey = await call('/v1/runs', { json: { keys: ['profile:a', 'profile:b'] } });
    expect(await byKey.json()).toMatchObject({ named: { keys: 2 } });
  });

  test('is made of 100,000 lines, however many bytes they are, while others are answered', async () => {
    const { call } = await startApi();
    const made = call('/v1/runs?source=profile&id=big&limit=5', post(lines(rows(100_000))));
    expect((await call('/v1/runs')).status).toBe(200);
    const answer = await made;
    expect(answer.status).toBe(202);
    const text = await answer.text();
    expect(JSON.parse(text)).toMatchObject({ id: 'big', named: { keys: 100_000 } });
    expect(text.length).toBeLessThan(1_000);
  });

  test('is made of lines that are keys, where no source is named', async () => {
    const { call } = await startApi();
    const answer = await call('/v1/runs', post(lines(['profile:a', 'profile:b', 'profile:a'])));
    expect(await answer.json()).toMatchObject({ named: { keys: 2 } });
  });

  test.each([
    [
      'a row is wrong',
      '?source=profile',
      lines([{ market: 'a' }, { town: 'b' }]),
      400,
      'rows.1: param "market"',
    ],
    ['a line is no JSON', '?source=profile', '{"market":"a"}\n{market}\n', 400, 'line 2 is not JSON'],
    [
      'a line is no UTF-8',
      '?source=profile',
      Buffer.from([0x7b, 0xff, 0x0a]),
      400,
      'line 1: it is not UTF-8',
    ],
    ['there is no line', '?source=profile', '\n\n', 400, 'rows: must have at least 1 item'],
    ['there are too many', '?source=profile', lines(rows(100_001)), 413, 'more than 100,000 rows'],
    ['an option is unknown', '?source=profile&fource=true', lines(rows(1)), 400, 'fource'],
    ['the source is unknown', '?source=profil', lines(rows(1)), 404, 'did you mean "profile"?'],
  ])('is refused where %s, and none is made', async (_, query, body, status, detail) => {
    const { call } = await startApi();
    const answer = await call(`/v1/runs${query}`, post(body));
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ detail: expect.stringContaining(detail) });
    expect(await (await call('/v1/runs')).json()).toMatchObject({ runs: [] });
  });

  test('says each wrong place of its rows, and refuses options that stand in the query of JSON', async () => {
    const { call } = await startApi();
    const wrong = await call('/v1/runs', { json: { source: 'profile', rows: [{ market: 'a' }, {}, []] } });
    expect(await wrong.json()).toMatchObject({
      ...{ code: 'E_REQUEST_INVALID', status: 400 },
      errors: [{ place: 'rows.1' }, { place: 'rows.2' }],
    });
    expect((await call('/v1/runs?force=true', { json: {} })).status).toBe(400);
  });

  test('answers an Idempotency-Key in JSON as any run does', async () => {
    const { call } = await startApi();
    const headers = { 'idempotency-key': 'k1' };
    const json = { source: 'profile', rows: rows(2) };
    const first = await (await call('/v1/runs', { json, headers })).json();
    const again = await call('/v1/runs', { json, headers });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await again.json()).toEqual(first);
  });
});
