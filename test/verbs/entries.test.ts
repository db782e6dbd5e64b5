import { describe, expect, test } from 'vitest';
import { LONGEST_VALUE } from '../../src/core/key.ts';
import { type EntryView, entryPage } from '../../src/verbs/entry-shapes.ts';
import { inspection } from '../../src/verbs/inspection-shapes.ts';
import { invalidateReport, invalidateRequest } from '../../src/verbs/invalidation-shapes.ts';
import { endOfRun, startWorkers } from '../jobs/run.steps.ts';
import { buildJobs, buildLiveJobs, type Jobs, type JobsOptions } from '../support/build-jobs.ts';
import { entryOf, FETCHED_AT, tombstoneOf } from '../support/entries.ts';
import { found } from '../support/entry-reads.ts';
import { bodyOf, failing } from '../support/scripted-origin.ts';
import { GRACE, keysOf, marketsCsv, sourceWith, TTL } from '../support/sources.ts';
import { inTiers, NEVER, ONE, warm } from '../warming/warm.steps.ts';
import { type TestedVerbs, verbsOf } from './verbs.steps.ts';

const [KEY = ''] = ONE;
const QUOTE = sourceWith({ name: 'quote', temperature: 'hot' });
const PROFILE = sourceWith();

/** Ten keys in the catalog, warm. */
async function warmed(options: JobsOptions = {}): Promise<{ jobs: Jobs; verbs: TestedVerbs }> {
  const jobs = buildJobs(options);
  await jobs.catalog.track('profile', keysOf(10), 0);
  await warm(jobs, { keys: keysOf(10) });
  return { jobs, verbs: verbsOf(jobs) };
}

describe('get', () => {
  test('returns the value, its head and the tier that has it', async () => {
    const { verbs } = await warmed();
    const value = found(await verbs.get(KEY, false));
    expect(value && Buffer.from(value.body).toString()).toBe(`"${KEY}"`);
    expect(value).toMatchObject({ tier: 'memory', head: { key: KEY, freshness: 'fresh', etag: null } });
  });

  test.each([
    ['memory', []],
    ['redis', ['memory']],
    ['disk', ['memory', 'redis']],
  ] as const)('answers from %s when no tier before it can', async (tier, down) => {
    const { jobs, verbs } = await warmed();
    const chaos = { memory: jobs.memory, redis: jobs.shared };
    for (const name of down) chaos[name].chaos.down = true;
    expect(await verbs.get(KEY, false)).toMatchObject({ tier });
  });

  test('offline asks no shared tier, and survives one that is down', async () => {
    const { jobs, verbs } = await warmed();
    const { calls } = jobs.shared;
    expect(await verbs.get(KEY, true)).toMatchObject({ tier: 'memory' });
    jobs.memory.chaos.down = true;
    expect(await verbs.get(KEY, true)).toMatchObject({ tier: 'disk' });
    jobs.disk.chaos.down = true;
    const tiers = [{ tier: 'memory' }, { tier: 'disk' }];
    expect(await verbs.get(KEY, true)).toMatchObject({ state: 'unavailable', tiers });
    expect(jobs.shared.calls).toBe(calls);
  });

  test('returns a stale value, and none that is gone, dropped or unknown', async () => {
    const { jobs, verbs } = await warmed();
    expect(await verbs.get('profile:elsewhere', false)).toEqual({ state: 'missing' });
    await jobs.clock.advance(TTL);
    expect(await verbs.get(KEY, false)).toMatchObject({ head: { freshness: 'stale' } });
    const dropped = tombstoneOf('profile:m1', jobs.clock.now() * 1_000);
    await jobs.stack.putMany([{ kind: 'put', entry: dropped }], NEVER);
    expect(await verbs.get('profile:m1', false)).toEqual({ state: 'missing' });
    await jobs.clock.advance(GRACE);
    expect(await verbs.get(KEY, false)).toEqual({ state: 'missing' });
  });

  test('is unavailable while a tier that may have it does not answer, and absent where the origin said so', async () => {
    const { jobs, verbs } = await warmed();
    const absent = entryOf('profile:none', '', { kind: 'absent', stamp: jobs.clock.now() * 1_000 });
    await jobs.stack.putMany([{ kind: 'put', entry: absent }], NEVER);
    jobs.shared.chaos.down = true;
    const reads = await verbs.getMany([KEY, 'profile:none', 'profile:elsewhere']);
    expect(reads).toMatchObject([
      { state: 'value' },
      { state: 'absent' },
      { state: 'unavailable', tiers: [{ tier: 'redis', reason: expect.stringMatching(/./) }] },
    ]);
    for (const [key, state] of [
      [KEY, 'value'],
      ['profile:none', 'absent'],
      ['profile:elsewhere', 'unavailable'],
    ])
      expect(await verbs.inspect(`${key}`)).toMatchObject({ state });
    const { entries } = entryPage.parse(
      await verbs.list(`key=${KEY},profile:none,profile:elsewhere`, 10, undefined),
    );
    expect(Object.fromEntries(entries.map(({ key, state }) => [key, state]))).toEqual({
      [KEY]: 'value',
      'profile:none': 'absent',
      'profile:elsewhere': 'unavailable',
    });
  });

  test('never calls the origin', async () => {
    const { jobs, verbs } = await warmed();
    await verbs.get('profile:elsewhere', false);
    expect(jobs.origin.asked).toHaveLength(10);
  });

  test('of a key that fits no source is refused', async () => {
    const { verbs } = await warmed();
    await expect(verbs.get('nowhere', false)).rejects.toMatchObject({ code: 'E_SELECTOR_INVALID' });
  });
});

describe('list', () => {
  async function all(verbs: TestedVerbs, selector: string, limit: number) {
    const pages: EntryView[][] = [];
    let cursor: string | undefined;
    do {
      const page = entryPage.parse(await verbs.list(selector, limit, cursor));
      pages.push(page.entries);
      cursor = page.cursor ?? undefined;
    } while (cursor !== undefined && pages.length < 1_000);
    return pages;
  }

  const keysIn = (pages: readonly (readonly EntryView[])[]) => pages.flat().map(({ key }) => key);

  test('pages over every key of the catalog, source by source', async () => {
    const jobs = buildJobs({ sources: [QUOTE, PROFILE] });
    await jobs.catalog.track('quote', keysOf(700, 'quote'), 0);
    await jobs.catalog.track('profile', keysOf(700), 0);
    const pages = await all(verbsOf(jobs), '', 100);
    expect(pages.length).toBeGreaterThan(5);
    const keys = keysIn(pages);
    expect(new Set(keys)).toEqual(new Set([...keysOf(700, 'quote'), ...keysOf(700)]));
    expect(keys.lastIndexOf('quote:m0')).toBeLessThan(keys.indexOf('profile:m0'));
  });

  test.each([1, 3, 7, 10, 11, 100])('pages over a selection in pages of %i', async (limit) => {
    const { verbs } = await warmed({ entities: { markets: marketsCsv(10) } });
    const pages = await all(verbs, 'entities=markets', limit);
    expect(keysIn(pages)).toEqual(keysOf(10));
    for (const page of pages) expect(page.length).toBeLessThanOrEqual(limit);
    expect(keysIn(await all(verbs, `key=${keysOf(10).join(',')}`, limit))).toEqual(keysOf(10));
  });

  test('says of each key how fresh it is, when it is due, and why it is not warm', async () => {
    const { jobs, verbs } = await warmed();
    await jobs.clock.advance(90_000);
    jobs.origin.answer(failing('permanent', 'no such market'));
    await warm(jobs, { keys: ['profile:m1'] });
    await jobs.catalog.track('profile', ['profile:new'], 5);
    const { entries } = await verbs.list('source=profile', 100, undefined);
    const byKey = new Map(entries.map((entry) => [entry.key, entry]));
    expect(byKey.get('profile:m0')).toEqual({
      ...{ key: 'profile:m0', source: 'profile', temperature: 'warm' },
      ...{ state: 'value', freshness: 'due', bodyBytes: 12 },
      ...{ dueAt: FETCHED_AT + 0.8 * TTL, checkedAt: FETCHED_AT, lacking: [], failure: null },
    });
    expect(byKey.get('profile:m1')).toMatchObject({ failure: 'failed: no such market' });
    expect(byKey.get('profile:new')).toMatchObject({
      state: 'missing',
      freshness: null,
      dueAt: 5,
      bodyBytes: 0,
    });
  });

  test('narrows by prefix and age', async () => {
    const { jobs, verbs } = await warmed();
    await jobs.clock.advance(60_000);
    await warm(jobs, { keys: ['profile:m3'], options: { reason: 'force' } });
    expect(keysIn(await all(verbs, 'prefix=profile:m4', 100))).toEqual(['profile:m4']);
    expect(keysIn(await all(verbs, 'age<30s', 100))).toEqual(['profile:m3']);
    expect(keysIn(await all(verbs, 'age>30s', 100))).toHaveLength(9);
  });

  test.each(['profile', 'profile|x', 'nowhere|0', '|0', '', 'selected|3'])(
    'refuses the cursor "%s", which no page gave',
    async (cursor) => {
      const { verbs } = await warmed();
      for (const selector of ['', 'entities=markets']) {
        await expect(verbs.list(selector, 10, cursor)).rejects.toMatchObject({ code: 'E_REQUEST_INVALID' });
      }
    },
  );
});

describe('inspect', () => {
  test('shows a key in each tier, with the catalog’s word on it', async () => {
    const { jobs, verbs } = await warmed();
    jobs.shared.chaos.down = true;
    await jobs.memory.sweep(Number.MAX_SAFE_INTEGER, 100, NEVER);
    const seen = inspection.parse(await verbs.inspect(KEY));
    expect(seen).toMatchObject({
      ...{ key: KEY, source: 'profile', params: { market: 'm0' }, catalogued: true, failure: null },
      dueAt: FETCHED_AT + 0.8 * TTL,
      tiers: [
        { tier: 'memory', head: null, error: null },
        { tier: 'redis', head: null, error: 'chaos: down' },
        { tier: 'disk', head: { key: KEY, freshness: 'fresh' }, error: null },
      ],
    });
  });

  test('shows the params of a key that holds a hash', async () => {
    const market = 'x'.repeat(LONGEST_VALUE + 1);
    const key = PROFILE.key.build({ market });
    const jobs = buildJobs();
    await jobs.catalog.remember('profile', new Map([[key, { market }]]));
    expect(await verbsOf(jobs).inspect(key)).toMatchObject({ params: { market }, catalogued: false });
  });

  test('of a key that fits no source is refused', async () => {
    await expect(verbsOf(buildJobs()).inspect('nowhere')).rejects.toMatchObject({
      code: 'E_SELECTOR_INVALID',
    });
  });
});

describe('invalidate', () => {
  const ask = (change: Record<string, unknown>) =>
    invalidateRequest.parse({ selector: `key=${keysOf(10).join()}`, ...change });

  test('drops at once, and leaves a job behind that finishes it should the process die', async () => {
    const { jobs, verbs } = await warmed();
    const report = invalidateReport.parse(await verbs.invalidate(ask({ mode: 'drop' }), 'api'));
    expect(report).toMatchObject({ keys: 10, bySource: { profile: 10 }, dryRun: false, run: null });
    expect(report.samples).toHaveLength(10);
    for (const key of keysOf(10)) expect(await verbs.get(key, false)).toEqual({ state: 'missing' });
    expect(jobs.added).toMatchObject([
      { id: `invalidate-${report.stamp}`, lane: 'control', delayMs: 60_000, payload: { mode: 'drop' } },
    ]);
    // The net has nothing left to do, and does no harm.
    await warm(jobs, { keys: keysOf(10) });
    await jobs.invalidate.run(jobs.invalidate.parse(jobs.added[0]?.payload), {
      id: '',
      signal: NEVER,
    });
    for (const key of keysOf(10)) expect(await verbs.get(key, false)).toMatchObject({ state: 'value' });
  });

  test('has its job queued before anything is invalidated', async () => {
    const { jobs, verbs } = await warmed();
    jobs.shared.chaos.down = true;
    jobs.disk.chaos.down = true;
    await expect(verbs.invalidate(ask({ mode: 'drop' }), 'api')).rejects.toMatchObject({
      code: 'E_TIER_UNAVAILABLE',
    });
    jobs.shared.chaos.down = false;
    jobs.disk.chaos.down = false;
    await jobs.invalidate.run(jobs.invalidate.parse(jobs.added[0]?.payload), {
      id: '',
      signal: NEVER,
    });
    for (const key of keysOf(10)) expect(await verbs.get(key, false)).toEqual({ state: 'missing' });
  });

  test('to stale, which is the default, serves the old value on', async () => {
    const { verbs } = await warmed();
    await verbs.invalidate(ask({ selector: `key=${KEY}` }), 'cli');
    expect(await verbs.get(KEY, false)).toMatchObject({ head: { freshness: 'stale' } });
    expect(await verbs.get('profile:m1', false)).toMatchObject({ head: { freshness: 'fresh' } });
  });

  test('in a dry run shows the blast radius and touches nothing', async () => {
    const { jobs, verbs } = await warmed();
    const before = await inTiers(jobs);
    const report = await verbs.invalidate(ask({ mode: 'drop', dryRun: true, rewarm: true }), 'api');
    expect(report).toMatchObject({ keys: 10, dryRun: true, stamp: null, run: null });
    expect(await inTiers(jobs)).toEqual(before);
    expect(jobs.added).toEqual([]);
  });

  test('that warms again makes a run of the same selector, which fetches again', async () => {
    const jobs = buildLiveJobs();
    await jobs.catalog.track('profile', keysOf(10), 0);
    await warm(jobs, { keys: keysOf(10) });
    const verbs = verbsOf(jobs);
    jobs.origin.answerEach(() => bodyOf('"new"'));
    await startWorkers(jobs);
    for (const mode of ['drop', 'stale'] as const) {
      const { run } = await verbs.invalidate(ask({ mode, rewarm: true }), 'api');
      expect(await endOfRun(jobs, run ?? '')).toMatchObject({
        counts: { warmed: 10 },
        selector: `key=${keysOf(10).join()}`,
      });
    }
    const value = found(await verbs.get(KEY, false));
    expect(value && Buffer.from(value.body).toString()).toBe('"new"');
  });

  test('of nothing reports that nothing was', async () => {
    const { verbs } = await warmed();
    const report = await verbs.invalidate(ask({ selector: 'prefix=nothing', rewarm: true }), 'api');
    expect(report).toMatchObject({ keys: 0, bySource: {}, samples: [], run: null });
  });

  test.each(['source=nothing', 'key=nowhere'])('refuses "%s" and queues nothing', async (selector) => {
    const { jobs, verbs } = await warmed();
    await expect(verbs.invalidate(ask({ selector }), 'api')).rejects.toMatchObject({
      code: 'E_SELECTOR_INVALID',
    });
    expect(jobs.added).toEqual([]);
  });

  test('refuses to invalidate everything without naming it', async () => {
    const { verbs } = await warmed();
    await expect(verbs.invalidate(ask({ selector: ' ' }), 'api')).rejects.toMatchObject({
      code: 'E_SELECTOR_INVALID',
      message: expect.stringContaining('name every source'),
    });
  });
});

test('an entry of another kind is never taken for a value: a dropped key is missing from the list', async () => {
  const { jobs, verbs } = await warmed();
  const newer = jobs.clock.now() * 1_000 + 500_000;
  const writes = [tombstoneOf(KEY, newer), entryOf('profile:m1', '', { kind: 'absent', stamp: newer })];
  await jobs.stack.putMany(
    writes.map((entry) => ({ kind: 'put', entry })),
    NEVER,
  );
  const { entries } = await verbs.list(`key=${KEY},profile:m1`, 10, undefined);
  expect(entries).toMatchObject([
    { state: 'missing', freshness: null },
    { freshness: 'fresh', bodyBytes: 0 },
  ]);
});
