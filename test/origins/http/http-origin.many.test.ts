import { describe, expect, it } from 'vitest';
import { failureOf, fetchOne, textOf } from '../../contract/origin.steps.ts';
import { json, status } from '../../support/scripted-server.ts';
import { BATCH, fetchBatch, setup } from './http.steps.ts';

describe('an HTTP origin, of versions and batches', () => {
  it('takes a body with the version that is known as unchanged', async () => {
    const bench = await setup({ request: { path: '/values/{id}', version: 'meta.version' } });
    bench.server.answer(json({ meta: { version: 7 } }));
    expect(await fetchOne(bench, { version: '7' })).toEqual({ kind: 'unchanged' });
    expect(await fetchOne(bench, { version: '6' })).toMatchObject({ kind: 'body', version: '7' });
    bench.server.answer((response) => response.end('not JSON'));
    expect(textOf(await fetchOne(bench, { version: '6' }))).toBe('not JSON');
  });

  it('asks for one key of a batch source by its own path, with conditions', async () => {
    const bench = await setup({ request: { path: '/values/{id}', batch: BATCH } });
    const lastModified = 'Thu, 01 Jan 2026 00:00:00 GMT';
    bench.server.answer(status(304));
    expect(await fetchOne(bench, { lastModified })).toEqual({ kind: 'unchanged' });
    expect(bench.server.asked[0]).toMatchObject({
      url: '/values/a',
      headers: { 'if-modified-since': lastModified },
    });
  });

  it('asks for one key by the batch when there is no path for it', async () => {
    const bench = await setup({ request: { batch: BATCH } });
    bench.server.answer(json({ items: [{ id: 'a', value: 'x' }] }));
    expect(textOf(await fetchOne(bench))).toBe('x');
    expect(bench.server.asked[0]?.url).toBe('/values?ids=a');
  });

  it('refuses a batch answer that is not JSON, or not found', async () => {
    const bench = await setup({ request: { batch: BATCH } });
    bench.server.answer((response) => response.end('<html>'));
    expect(await failureOf(fetchBatch(bench))).toMatchObject({ class: 'permanent' });
    bench.server.answer(status(404));
    expect(await failureOf(fetchBatch(bench))).toMatchObject({ class: 'permanent' });
  });

  it('refuses more keys than one call can ask for, without a call', async () => {
    const bench = await setup({ request: { path: '/values/{id}', batch: { ...BATCH, size: 2 } } });
    expect(await failureOf(fetchBatch(bench, ['a', 'b', 'c']))).toMatchObject({ class: 'permanent' });
    const single = await setup();
    expect(await failureOf(fetchBatch(single))).toMatchObject({ class: 'permanent' });
    expect(bench.server.asked).toHaveLength(0);
  });

  it('fails only the key whose value would be taken for two', async () => {
    const bench = await setup({ request: { batch: BATCH } });
    bench.server.answer(json({ items: [{ id: 'b', value: 'x' }] }));
    const fetched = await fetchBatch(bench, ['a,1', 'b']);
    expect(fetched).toMatchObject([{ kind: 'error', error: { class: 'permanent' } }, { kind: 'body' }]);
    expect(bench.server.asked.map(({ url }) => url)).toEqual(['/values?ids=b']);
    expect(await fetchBatch(bench, ['a,1', ','])).toMatchObject([{ kind: 'error' }, { kind: 'error' }]);
    expect(bench.server.asked).toHaveLength(1);
  });

  it('asks for any value in a JSON body', async () => {
    const batch = { ...BATCH, query: {}, method: 'POST', body: { ids: '{id...}' } };
    const bench = await setup({ request: { batch } });
    bench.server.answer(json({ items: [{ id: 'a,1', value: 'x' }] }));
    expect(await fetchBatch(bench, ['a,1', 'b'])).toMatchObject([{ kind: 'body' }, { kind: 'absent' }]);
    expect(bench.server.asked[0]).toMatchObject({ method: 'POST', body: '{"ids":["a,1","b"]}' });
  });

  it('fails only the key that would lead out of the path', async () => {
    const bench = await setup({ request: { batch: { ...BATCH, path: '/values/{id...}', query: {} } } });
    bench.server.answer(json({ items: [{ id: 'b', value: 'x' }] }));
    const fetched = await fetchBatch(bench, ['../c', 'b']);
    expect(fetched).toMatchObject([{ kind: 'error', error: { class: 'permanent' } }, { kind: 'body' }]);
    expect(bench.server.asked.map(({ url }) => url)).toEqual(['/values/b']);
  });
});
