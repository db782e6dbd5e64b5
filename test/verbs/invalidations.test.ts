/** Invalidations that raise fences in place of walking keys. */

import { describe, expect, test } from 'vitest';
import { KeyTemplate } from '../../src/core/key.ts';
import { parseSelector } from '../../src/core/selector/selector-grammar.ts';
import { fenceTargets } from '../../src/verbs/fence-targets.ts';
import { clearRequest, invalidateReport, invalidateRequest } from '../../src/verbs/invalidation-shapes.ts';
import { type AnyJobs, endOfRun, startWorkers } from '../jobs/run.steps.ts';
import { buildJobs, buildLiveJobs, type Jobs } from '../support/build-jobs.ts';
import { found } from '../support/entry-reads.ts';
import { bodyOf, ScriptedOrigin } from '../support/scripted-origin.ts';
import { keysOf, sourceWith } from '../support/sources.ts';
import { NEVER, warm } from '../warming/warm.steps.ts';
import { type TestedVerbs, verbsOf } from './verbs.steps.ts';

const MARKET = KeyTemplate.parse('market:{market}');
const PROFILE = sourceWith({ tags: [MARKET] });
const QUOTE = sourceWith({ name: 'quote', origin: 'exchange', temperature: 'hot', tags: [MARKET] });
const NEWS = sourceWith({ name: 'news', template: 'news:{market}:{day}', tags: [MARKET] });
const SOURCES = [PROFILE, QUOTE, NEWS];

const OPTIONS = () => ({ sources: SOURCES, origins: [new ScriptedOrigin(), new ScriptedOrigin('exchange')] });

/** Ten profiles and ten quotes, warm. */
async function warmIn<J extends AnyJobs>(jobs: J) {
  for (const source of ['profile', 'quote']) {
    await jobs.catalog.track(source, keysOf(10, source), 0);
    await warm(jobs, { source, keys: keysOf(10, source) });
  }
  return { jobs, verbs: verbsOf(jobs) };
}

const warmed = () => warmIn(buildJobs(OPTIONS()));

const ask = (selector: string, mode: 'drop' | 'stale' = 'drop', rewarm = false) =>
  invalidateRequest.parse({ selector, mode, rewarm });

/** Which of the twenty keys have a value, and how fresh it is. */
async function freshness({ verbs }: { readonly verbs: TestedVerbs }) {
  const keys = ['profile', 'quote'].flatMap((source) => keysOf(10, source));
  const reads = await Promise.all(keys.map((key) => verbs.get(key, false)));
  return Object.fromEntries(keys.map((key, i) => [key, found(reads[i])?.head.freshness ?? 'none']));
}

const only = (fresh: Record<string, string>, which: string) =>
  Object.keys(fresh).filter((key) => fresh[key] === which);

const context = { id: 'job', signal: NEVER };

/** Does what was queued. */
async function work({ added, invalidate }: Jobs): Promise<void> {
  for (const { kind, payload } of added)
    if (kind === 'invalidate') await invalidate.run(invalidate.parse(payload), context);
}

const dueNow = async (jobs: Jobs, source: string) =>
  (await jobs.catalog.get(source, keysOf(10, source))).filter(
    (record) => record !== undefined && record.dueAt <= jobs.clock.now(),
  ).length;

test('what no run could be kept with is refused before it is invalidated', async () => {
  const { jobs, verbs } = await warmed();
  const tags = Array.from({ length: 10_000 }, (_, i) => `market:${i}`).join(',');
  const refused = verbs.invalidate(ask(`tag=${tags}`, 'drop', true), 'api');
  await expect(refused).rejects.toMatchObject({ code: 'E_SELECTOR_INVALID' });
  expect(jobs.added).toEqual([]);
  expect(only(await freshness({ verbs }), 'fresh')).toHaveLength(20);
});

describe('what has to be fenced', () => {
  test.each([
    ['tag=market:1', ['tag:market:1']],
    ['tag=a,b', ['tag:a', 'tag:b']],
    ['source=quote', ['source:quote']],
    ['temperature=hot', ['source:quote']],
    ['temperature=hot,warm,cold', ['source:profile', 'source:quote', 'source:news']],
    ['source=profile temperature=hot', []],
    ['tag=a source=quote', undefined],
    ['tag=a temperature=hot', undefined],
    ['tag=a age>1h', undefined],
    ['source=quote age<1h', undefined],
    ['prefix=quote:1', ['prefix:quote:1']],
    ['prefix=quote:1,profile:', ['prefix:quote:1', 'prefix:profile:']],
    ['prefix=q', ['prefix:q']],
    ['prefix=quote:1,nothing', ['prefix:quote:1']],
    ['source=quote prefix=quote:1', ['prefix:quote:1']],
    ['temperature=hot prefix=quote:', ['prefix:quote:']],
    ['source=quote prefix=q,n', ['prefix:q']],
    ['source=quote,profile prefix=n,q', ['prefix:q']],
    ['source=news prefix=quote:', undefined],
    ['prefix=nothing', undefined],
    ['prefix=quote:1 tag=a', undefined],
    ['prefix=quote:1 age>1h', undefined],
    ['prefix=quote:1 key=quote:12', undefined],
    ['key=quote:1', undefined],
    ['entities=markets', undefined],
  ])('for %j is %j', (text, targets) => {
    const sources = new Map(SOURCES.map((source) => [source.name, source]));
    expect(fenceTargets(parseSelector(text), sources)).toEqual(targets);
  });
});

describe('an invalidation by tag', () => {
  test('drops what carries it, of every source and origin, and nothing else', async () => {
    const setup = await warmed();
    const report = invalidateReport.parse(
      await setup.verbs.invalidate(ask('tag=market:m3,market:m4'), 'api'),
    );
    expect(report).toMatchObject({
      keys: null,
      bySource: {},
      run: null,
      selector: 'tag=market:m3,market:m4',
    });
    const gone = ['profile:m3', 'profile:m4', 'quote:m3', 'quote:m4'];
    expect(only(await freshness(setup), 'none')).toEqual(gone);
  });

  test('writes to no tier, however many carry it', async () => {
    const { jobs, verbs } = await warmed();
    const calls = () => [jobs.memory, jobs.shared, jobs.disk].map(({ calls: count }) => count);
    const before = calls();
    await verbs.invalidate(ask('tag=market:m3'), 'api');
    expect(calls()).toEqual(before);
  });

  test('makes its keys due, once its job has run, and leaves those alone that were fetched since', async () => {
    const { jobs, verbs } = await warmed();
    await verbs.invalidate(ask('tag=market:m3,market:m4', 'stale'), 'api');
    expect(jobs.added).toMatchObject([{ lane: 'control', delayMs: 0, payload: { fenced: true } }]);
    await jobs.clock.advance(1_000);
    await warm(jobs, { keys: ['profile:m4'] });
    await work(jobs);
    expect([await dueNow(jobs, 'profile'), await dueNow(jobs, 'quote')]).toEqual([1, 2]);
  });

  test('in a dry run counts the keys that carry it, and touches nothing', async () => {
    const setup = await warmed();
    const request = { ...ask('tag=market:m3'), dryRun: true };
    const report = invalidateReport.parse(await setup.verbs.invalidate(request, 'api'));
    expect(report).toMatchObject({ keys: 2, bySource: { profile: 1, quote: 1 }, stamp: null });
    expect(report.samples.sort()).toEqual(['profile:m3', 'quote:m3']);
    expect(only(await freshness(setup), 'fresh')).toHaveLength(20);
  });

  test('that warms again makes a run of the keys that carry it', async () => {
    const setup = await warmIn(buildLiveJobs(OPTIONS()));
    const { jobs, verbs } = setup;
    for (const origin of jobs.origins.values()) origin.answerEach(() => bodyOf('"new"'));
    await startWorkers(jobs);
    const { run } = await verbs.invalidate(ask('tag=market:m3', 'drop', true), 'api');
    expect(await endOfRun(jobs, run ?? '')).toMatchObject({ total: 2, counts: { warmed: 2 } });
    expect(only(await freshness(setup), 'fresh')).toHaveLength(20);
  });

  test('narrowed by a source goes key by key', async () => {
    const setup = await warmed();
    const report = await setup.verbs.invalidate(ask('tag=market:m3 source=quote'), 'api');
    expect(report).toMatchObject({ keys: 1, bySource: { quote: 1 } });
    expect(only(await freshness(setup), 'none')).toEqual(['quote:m3']);
  });

  test('of a tag that no source gives says so, and binds what was set with it', async () => {
    const { jobs, verbs } = await warmed();
    const selector = 'tag=town:1,market:m3';
    const report = await verbs.invalidate(ask(selector, 'drop', true), 'api');
    expect(report).toMatchObject({ selector, unknownTags: ['town:1'] });
    expect(report.run).not.toBeNull();
    expect(await verbs.invalidate(ask('tag=town:1', 'drop', true), 'api')).toMatchObject({
      ...{ unknownTags: ['town:1'], run: null },
    });
    await jobs.clock.advance(1_000);
    await work(jobs);
    expect(await dueNow(jobs, 'profile')).toBe(1);
  });

  test('finds nothing to warm, check or list by a tag that no source gives', async () => {
    const { verbs } = await warmed();
    const refused = {
      code: 'E_SELECTOR_INVALID',
      message: expect.stringContaining('tags look like market:'),
    };
    await expect(verbs.check('tag=town:1', 0)).rejects.toMatchObject(refused);
    await expect(verbs.list('tag=town:1', 10, undefined)).rejects.toMatchObject(refused);
  });
});

describe('an invalidation of whole sources', () => {
  test('hides them at once, and says how many keys they have', async () => {
    const setup = await warmed();
    const report = await setup.verbs.invalidate(ask('source=profile', 'stale'), 'api');
    expect(report).toMatchObject({ keys: 10, bySource: { profile: 10 } });
    expect(only(await freshness(setup), 'stale')).toEqual(keysOf(10));
    await work(setup.jobs);
    expect(await dueNow(setup.jobs, 'profile')).toBe(10);
  });

  test('shows in coverage, in lists, and when a key is inspected', async () => {
    const { verbs } = await warmed();
    await verbs.invalidate(ask('source=profile'), 'api');
    const { tiers, sources } = await verbs.check('source=profile entities=markets', 3);
    for (const tier of tiers) expect(tier).toMatchObject({ total: 10, missing: 10 });
    expect(sources).toMatchObject([{ total: 10, warm: 0 }]);
    const { entries } = await verbs.list('source=profile', 100, undefined);
    expect(new Set(entries.map(({ state }) => state))).toEqual(new Set(['missing']));
    const { tiers: seen } = await verbs.inspect('profile:m1');
    expect(seen.map(({ head }) => head?.kind)).toEqual(['dropped', 'dropped', 'dropped']);
    expect(await verbs.get('profile:m1', true)).toEqual({ state: 'missing' });
  });
});

describe('clear', () => {
  test('drops everything, and makes it due', async () => {
    const setup = await warmed();
    const report = invalidateReport.parse(await setup.verbs.clear(clearRequest.parse({}), 'cli'));
    expect(report).toMatchObject({ mode: 'drop', keys: 20, bySource: { profile: 10, quote: 10 } });
    expect(only(await freshness(setup), 'none')).toHaveLength(20);
    await work(setup.jobs);
    expect([await dueNow(setup.jobs, 'profile'), await dueNow(setup.jobs, 'quote')]).toEqual([10, 10]);
  });

  test('to stale serves what is there', async () => {
    const setup = await warmed();
    await setup.verbs.clear({ mode: 'stale', rewarm: false }, 'api');
    expect(only(await freshness(setup), 'stale')).toHaveLength(20);
  });
});

describe('selecting by tag', () => {
  test('lists and warms the keys that carry it', async () => {
    const { jobs, verbs } = await warmed();
    const { entries } = await verbs.list('tag=market:m3', 10, undefined);
    expect(entries.map(({ key }) => key)).toEqual(['profile:m3', 'quote:m3']);
    expect((await verbs.check('tag=market:m3', 0)).total).toBe(2);
    await jobs.catalog.track('news', ['news:m3:1', 'news:m3:2', 'news:m4:1'], 0);
    const days = await verbs.list('tag=market:m3 source=news', 10, undefined);
    expect(days.entries.map(({ key }) => key).sort()).toEqual(['news:m3:1', 'news:m3:2']);
  });
});
