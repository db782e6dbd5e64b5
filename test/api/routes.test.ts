import { describe, expect, test } from 'vitest';
import { startApi } from '../support/api-server.ts';

describe('runs', () => {
  test('a run is created, followed, listed and stopped', async () => {
    const { verbs, call } = await startApi();
    for (const key of ['a:1', 'a:2', 'b:1']) verbs.put(key, key);
    const created = await call('/v1/runs', { json: { selector: 'prefix=a:', limit: 5, force: true } });
    expect([created.status, created.headers.get('location')]).toEqual([202, '/v1/runs/run-1']);
    expect(await created.json()).toMatchObject({
      id: 'run-1',
      cause: 'api',
      state: 'planning',
    });

    verbs.work('run-1', 1);
    const location = created.headers.get('location') ?? '';
    expect(await (await call(location)).json()).toMatchObject({ pending: 1, counts: { warmed: 1 } });

    const stopped = await call(`${location}/stop`, { method: 'POST' });
    expect(await stopped.json()).toMatchObject({
      endedReason: 'stopped',
      pending: 0,
      counts: { cancelled: 1 },
    });
    const again = await call(`${location}/stop`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    expect([again.status, await again.json()]).toMatchObject([409, { code: 'E_CONFLICT' }]);
  });

  test('the same id returns the same run, and says that it existed', async () => {
    const { call } = await startApi();
    const json = { id: 'release-7' };
    expect((await call('/v1/runs', { json })).status).toBe(202);
    const second = await call('/v1/runs', { json });
    expect([second.status, second.headers.get('location')]).toEqual([200, '/v1/runs/release-7']);
  });

  test('pages of runs follow each other without a gap', async () => {
    const { call } = await startApi();
    for (let i = 0; i < 5; i += 1) await call('/v1/runs', { json: {} });
    const ids: string[] = [];
    let cursor: string | null = null;
    do {
      const from: string = cursor === null ? '' : `&cursor=${cursor}`;
      const page = Object(await (await call(`/v1/runs?limit=2${from}`)).json());
      ids.push(...page.runs.map(({ id }: { id: string }) => id));
      cursor = page.cursor;
    } while (cursor !== null);
    expect(ids).toEqual(['run-5', 'run-4', 'run-3', 'run-2', 'run-1']);
  });
});

describe('entries', () => {
  test('are listed by selector, page by page', async () => {
    const { verbs, call } = await startApi();
    for (const key of ['a:1', 'a:2', 'b:1']) verbs.put(key, key);
    const first = Object(await (await call('/v1/entries?selector=prefix%3Da:&limit=1')).json());
    expect(first).toMatchObject({ entries: [{ key: 'a:1', freshness: 'fresh', bodyBytes: 3 }] });
    const second = await call(`/v1/entries?selector=prefix%3Da:&limit=1&cursor=${first.cursor}`);
    expect(await second.json()).toMatchObject({ entries: [{ key: 'a:2' }], cursor: null });
  });

  test('coverage and inspection are answered as the verbs give them', async () => {
    const { verbs, call } = await startApi();
    verbs.put('a:1', '1');
    const coverage = await call('/v1/coverage?selector=key%3Da:1&samples=0');
    expect(await coverage.json()).toMatchObject({
      selector: 'key=a:1',
      total: 1,
      tiers: [{ tier: 'memory', fresh: 1 }],
    });
    expect(await (await call('/v1/inspections/profile:2')).json()).toMatchObject({
      key: 'profile:2',
      catalogued: false,
    });
  });

  test('an invalidation makes stale, drops, or only says what it would do', async () => {
    const { verbs, call } = await startApi();
    const freshness = async () => (await call('/v1/entries/a:1')).headers.get('x-forewarm-freshness');
    verbs.put('a:1', '1');
    const dry = await call('/v1/invalidations', {
      json: { selector: 'key=a:1', dryRun: true, mode: 'drop' },
    });
    expect(await dry.json()).toMatchObject({ keys: 1, stamp: null, samples: ['a:1'] });
    expect(await freshness()).toBe('fresh');
    const stale = await call('/v1/invalidations', { json: { selector: 'key=a:1', rewarm: true } });
    expect(await stale.json()).toMatchObject({ keys: 1, mode: 'stale', run: 'run-1' });
    expect(await freshness()).toBe('stale');
    await call('/v1/invalidations', { json: { selector: 'key=a:1', mode: 'drop' } });
    expect((await call('/v1/entries/a:1')).status).toBe(404);
  });

  test('clearing drops everything, and may warm it again', async () => {
    const { verbs, call } = await startApi();
    for (const key of ['a:1', 'a:2']) verbs.put(key, '1');
    const cleared = await call('/v1/clear', { json: { rewarm: true } });
    expect(await cleared.json()).toMatchObject({ keys: 2, mode: 'drop', run: 'run-1' });
    expect((await call('/v1/entries/a:1')).status).toBe(404);
  });

  test('an invalidation of everything has to be said', async () => {
    const { call } = await startApi();
    expect((await call('/v1/invalidations', { json: { selector: '' } })).status).toBe(400);
    expect((await call('/v1/invalidations', { json: {} })).status).toBe(400);
  });
});

describe('operations', () => {
  test('times for schedules are taken in ms and as text, and refused with the place', async () => {
    const { call } = await startApi();
    for (const json of [{ for: 0 }, { until: 'soon' }, { until: true }, { until: 5, for: 60_000 }]) {
      expect((await call('/v1/schedules/nightly/pause', { json })).status, JSON.stringify(json)).toBe(400);
    }
    const until = new Date(Date.now() + 86_400_000).toISOString();
    const ended = await call('/v1/schedules/nightly/pause', { json: { until } });
    expect(await ended.json()).toMatchObject({ paused: { until: Date.parse(until) } });
    const since = { from: '2020-01-01T00:00Z', to: '2020-01-01', dryRun: true };
    expect(await (await call('/v1/schedules/nightly/backfill', { json: since })).json()).toMatchObject({
      times: [{ state: 'would-make' }],
    });
    const many = await call('/v1/schedules/nightly/backfill', { json: { from: 0 } });
    // Until now.
    expect(await many.json()).toMatchObject({ detail: expect.stringMatching(/too many|more than 200/) });
    const [local, instant] = await Promise.all(
      ['2027-01-10T06:00', '2027-01-10T06:00Z'].map(async (from) =>
        (await call(`/v1/schedules/nightly/preview?from=${from}&count=1`)).json(),
      ),
    );
    expect(local).toEqual(instant);
  });

  test('a schedule is listed, and triggered into a run', async () => {
    const { call } = await startApi();
    expect(await (await call('/v1/schedules')).json()).toMatchObject({
      schedules: [
        { name: 'nightly', kind: 'run' },
        { name: 'warm', kind: 'refresh' },
      ],
    });
    const preview = await call('/v1/schedules/nightly/preview?from=2027-01-10T00:00:00Z&count=1');
    expect(await preview.json()).toMatchObject({ times: [{ note: null }] });
    expect((await call('/v1/schedules/nightly/preview?from=soon')).status).toBe(400);
    expect((await call('/v1/schedules/unknown/preview')).status).toBe(404);
    expect(await (await call('/v1/schedules/nightly/ticks?limit=5')).json()).toEqual({ ticks: [] });
    const paused = await call('/v1/schedules/nightly/pause', { json: { why: 'moving', for: 60_000 } });
    expect(await paused.json()).toMatchObject({ name: 'nightly', paused: { why: 'moving' } });
    expect((await call('/v1/schedules/nightly/pause', { json: { for: -1 } })).status).toBe(400);
    const resumed = await call('/v1/schedules/nightly/resume', { method: 'POST' });
    expect(await resumed.json()).toMatchObject({ name: 'nightly', paused: null });
    for (const many of ['night*', '*']) {
      const refused = await call(`/v1/schedules/${many}/pause`, { json: { why: 'freeze' } });
      expect(refused.status).toBe(404);
    }
    const none = (await (await call('/v1/schedules')).json()) as { schedules: { paused: unknown }[] };
    expect(none.schedules.filter(({ paused }) => paused !== null)).toEqual([]);
    const all = await call('/v1/schedules/pause', { json: { which: { names: ['night*'] }, why: 'freeze' } });
    expect(await all.json()).toMatchObject({ schedules: [{ name: 'nightly', paused: { why: 'freeze' } }] });
    expect((await call('/v1/schedules/pause', { json: { which: {} } })).status).toBe(400);
    const resumedAll = await call('/v1/schedules/resume', { json: { which: { all: true } } });
    expect(await resumedAll.json()).toMatchObject({ schedules: [{ paused: null }, { paused: null }] });
    const skipped = await call('/v1/schedules/nightly/skip', { json: { why: 'moving' } });
    expect(await skipped.json()).toMatchObject({ asked: [{ why: 'moving' }] });
    const range = { from: Date.UTC(2020, 0, 1), to: Date.UTC(2020, 0, 2) };
    const filled = await call('/v1/schedules/nightly/backfill', { json: { ...range, dryRun: true } });
    expect(await filled.json()).toMatchObject({ dryRun: true, times: [{ state: 'would-make', run: null }] });
    expect((await call('/v1/schedules/unknown')).status).toBe(404);
    expect((await call('/v1/schedules/nightly?limit=0')).status).toBe(400);
    const shown = await call('/v1/schedules/nightly');
    expect(await shown.json()).toMatchObject({
      ...{ name: 'nightly', ticks: [], next: [{}, {}, {}], asked: [{ why: 'moving' }] },
      byHand: [
        { kind: 'left-out', by: 'loopback' },
        { kind: 'resumed' },
        { kind: 'paused' },
        { kind: 'resumed' },
        { kind: 'paused', why: 'moving' },
      ],
    });
    const fired = await call('/v1/schedules/nightly/trigger', { method: 'POST' });
    expect([fired.status, fired.headers.get('location')]).toEqual([202, '/v1/runs/run-1']);
    expect(await fired.json()).toEqual({ schedule: 'nightly', run: 'run-1' });
  });

  test('a pause without a body, or without an end, lasts until it is resumed', async () => {
    const { call } = await startApi();
    for (const init of [{ method: 'POST' }, { json: {} }, { json: { until: null } }]) {
      const paused = await call('/v1/schedules/nightly/pause', init);
      expect(await paused.json()).toMatchObject({ paused: { until: null } });
    }
  });

  test('dead letters are listed and redriven, of one run or of all', async () => {
    const { call, verbs } = await startApi();
    verbs.bury('profile:2', 'r1');
    expect(await (await call('/v1/dead-letters?run=r1')).json()).toMatchObject({
      total: 1,
      letters: [{ run: 'r1' }],
    });
    const ofRun = await call('/v1/dead-letters/redrive', { json: { run: 'r1' } });
    expect(await ofRun.json()).toMatchObject({ matching: 1, redriven: 1, left: 0 });
    expect(await (await call('/v1/dead-letters?limit=5')).json()).toMatchObject({
      total: 1,
      letters: [{ id: 'letter-1' }],
    });
    const redrive = async (ids: string[]) =>
      (await call('/v1/dead-letters/redrive', { json: { ids } })).json();
    expect(await redrive(['another'])).toEqual({ matching: 1, redriven: 0, left: 1, run: null, until: null });
    expect(await redrive(['letter-1'])).toMatchObject({ redriven: 1 });
    expect(await (await call('/v1/dead-letters')).json()).toEqual({ total: 0, letters: [], cursor: null });
  });

  test('what is past everything is collected, and statistics and the doctor answer', async () => {
    const { verbs, clock, call } = await startApi();
    verbs.put('a:1', '12345');
    await clock.advance(3_600_000);
    expect(await (await call('/v1/gc', { method: 'POST' })).json()).toMatchObject({ removed: 1, bytes: 5 });
    expect(await (await call('/v1/gc', { json: {} })).json()).toMatchObject({ removed: 0 });
    expect(await (await call('/v1/stats')).json()).toMatchObject({ tiers: [{ tier: 'memory', entries: 0 }] });
    expect(await (await call('/v1/doctor')).json()).toMatchObject({
      level: 'ok',
      findings: [{ check: 'memory', level: 'ok' }],
    });
    expect(await (await call('/v1/doctor?checks=process,memory')).json()).toMatchObject({
      findings: [{ check: 'memory' }],
    });
    expect((await call('/v1/doctor?checks=no-such')).status).toBe(400);
  });

  test('every answer forbids caching, sniffing and framing, and no other origin may read it', async () => {
    const { call } = await startApi();
    for (const path of ['/v1/stats', '/v1/runs', '/healthz', '/nowhere']) {
      const { headers } = await call(path);
      expect(Object.fromEntries(headers)).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
      });
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
  });
});
