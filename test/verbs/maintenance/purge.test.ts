import { statSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { KeyTemplate } from '../../../src/core/key.ts';
import { RedisBus } from '../../../src/tiers/invalidation/redis-bus.ts';
import { MemoryTier } from '../../../src/tiers/memory/memory-tier.ts';
import type { PurgeRequest } from '../../../src/verbs/maintenance/maintenance-shapes.ts';
import { buildJobs, connector, type Jobs, type JobsOptions } from '../../support/build-jobs.ts';
import { entryOf, FETCHED_AT } from '../../support/entries.ts';
import { uniquePrefix } from '../../support/redis.ts';
import { bodyOf } from '../../support/scripted-origin.ts';
import { keysOf, marketsCsv, sourceWith } from '../../support/sources.ts';
import { until } from '../../support/waiting.ts';
import { inTiers, NEVER, warm } from '../../warming/warm.steps.ts';
import { verbsOf } from '../verbs.steps.ts';
import { exported, store, WATCH } from './maintenance.steps.ts';

const KEY = 'profile:m1';

/** Jobs that hold ten profiles of 12 bytes and one quote, in every tier. */
async function holding(options: JobsOptions = {}): Promise<Jobs> {
  const jobs = buildJobs({ sources: [sourceWith(), sourceWith({ name: 'quote' })], ...options });
  await store(
    jobs,
    keysOf(10).map((key) => entryOf(key, `"${key}"`)),
  );
  await store(jobs, [entryOf('quote:m1', '"quote"', { source: 'quote' })]);
  return jobs;
}

function purge(jobs: Jobs, selector: string, change: Partial<PurgeRequest> = {}) {
  const request = { selector, expired: false, forget: false, dryRun: false, ...change };
  return verbsOf(jobs).purge(request, NEVER);
}

const left = async (jobs: Jobs) => (await exported(jobs)).map((line) => JSON.parse(line).key).sort();

describe('a purge', () => {
  test('as a dry run says how many keys and bytes each tier has, and changes nothing', async () => {
    const jobs = await holding();
    await jobs.shared.putMany([{ kind: 'put', entry: entryOf('profile:m11', '1') }], NEVER);
    expect(await purge(jobs, 'source=profile', { dryRun: true, forget: true })).toEqual({
      ...{ selector: 'source=profile', expired: false, forget: true, dryRun: true },
      ...{ keys: 11, bySource: { profile: 11 }, forgotten: 10, samples: expect.any(Array) },
      tiers: [
        { tier: 'memory', keys: 10, bytes: 120, error: null },
        { tier: 'redis', keys: 11, bytes: 121, error: null },
        { tier: 'disk', keys: 10, bytes: 120, error: null },
      ],
    });
    expect(await left(jobs)).toHaveLength(12);
    expect(await jobs.catalog.size('profile', FETCHED_AT)).toMatchObject({ keys: 10 });
  });

  test('by more prefixes than are looked for one by one removes what has one of them, and nothing else', async () => {
    const jobs = await holding();
    const others = Array.from({ length: 200 }, (_, i) => `profile:x${i}`);
    const text = `prefix=${['profile:m2', 'profile:m3', 'quote:', ...others].join(',')}`;
    expect(await purge(jobs, text)).toMatchObject({ keys: 3, bySource: { profile: 2, quote: 1 } });
    expect(await left(jobs)).toHaveLength(8);
    expect(await left(jobs)).not.toContain('profile:m2');
  });

  test('takes the bodies out of every tier, and makes the keys due', async () => {
    const jobs = await holding();
    expect(await purge(jobs, 'source=profile')).toMatchObject({ keys: 10, forgotten: 0 });
    expect(await left(jobs)).toEqual(['quote:m1']);
    for (const entry of await inTiers(jobs, KEY)) expect(entry?.head.bodyBytes ?? 0).toBe(0);
    expect(await jobs.catalog.size('profile', jobs.clock.now())).toMatchObject({ keys: 10, due: 10 });
  });

  test('forgets keys where it is asked to, also those that are catalogued and not stored', async () => {
    const jobs = await holding();
    await jobs.catalog.track('profile', ['profile:m11'], 0);
    expect(await purge(jobs, 'source=profile', { forget: true })).toMatchObject({ keys: 10, forgotten: 11 });
    expect(await jobs.catalog.size('profile', FETCHED_AT)).toMatchObject({ keys: 0 });
    expect(await jobs.catalog.size('quote', FETCHED_AT)).toMatchObject({ keys: 1 });
  });

  test.each([false, true])('holds against a write that began before it (forget: %s)', async (forget) => {
    const jobs = await holding();
    await jobs.catalog.track('profile', ['profile:m11'], 0);
    await jobs.clock.advance(1_000);
    const before = await jobs.ledger.stamp('markets');
    await purge(jobs, 'source=profile', { forget });
    for (const key of forget ? [KEY, 'profile:m11'] : [KEY]) {
      const late = { kind: 'put', entry: entryOf(key, '"late"', { stamp: before }) } as const;
      expect(await jobs.stack.putMany([late], NEVER)).toEqual(['superseded']);
    }
    await warm(jobs, { keys: [KEY] });
    expect(await left(jobs)).toEqual([KEY, 'quote:m1']);
  });

  test('reaches the memory of other processes', async () => {
    const jobs = await holding();
    const memory = new MemoryTier({ maxSize: 1e6, clock: jobs.clock });
    const bus = new RedisBus({ ...jobs, connect: connector(), sender: uniquePrefix(), tiers: [memory] });
    await bus.start();
    onTestFinished(() => bus.stop(Date.now() + 1_000));
    await memory.putMany([{ kind: 'put', entry: entryOf(KEY, '1') }], NEVER);
    await purge(jobs, `key=${KEY}`);
    await until(
      'the message',
      async () => memory.peek(KEY)?.head.kind,
      (kind) => kind === 'dropped',
    );
  });

  test('finds what the catalog does not know, and entries of sources that are not configured any more', async () => {
    const jobs = await holding();
    await store(jobs, [entryOf('old:m1', '1', { source: 'old' }), entryOf('profile:m99', '1')], false);
    expect(await purge(jobs, 'prefix=old:,profile:m99')).toMatchObject({
      keys: 2,
      bySource: { old: 1, profile: 1 },
    });
    expect((await inTiers(jobs, 'old:m1')).map((entry) => entry?.head.kind ?? 'dropped')).not.toContain(
      'value',
    );
    expect(await left(jobs)).toHaveLength(11);
  });

  test.each([false, true])('by tag takes those that carry it, and no others (forget: %s)', async (forget) => {
    const tags = [KeyTemplate.parse('market:{market}')];
    const jobs = buildJobs({ sources: [sourceWith({ tags })] });
    await jobs.catalog.track('profile', keysOf(5), 0);
    await warm(jobs, { keys: keysOf(5) });
    const selector = 'tag=market:m1,market:m2';
    expect(await purge(jobs, selector, { dryRun: true })).toMatchObject({ keys: 2 });
    expect(await purge(jobs, selector, { forget })).toMatchObject({ keys: 2, forgotten: forget ? 2 : 0 });
    expect(await left(jobs)).toEqual(['profile:m0', 'profile:m3', 'profile:m4']);
    expect(await exported(jobs, selector)).toEqual([]);
    expect((await jobs.catalog.size('profile', 0)).keys).toBe(forget ? 3 : 5);
    const request = { selector: 'tag=market:m3', repair: false, samples: 1 };
    expect(await verbsOf(jobs).validate(request, WATCH)).toMatchObject({
      sound: true,
      entries: 1,
      catalogued: 1,
    });
  });

  test('gives the space on disk back', async () => {
    const jobs = buildJobs({ entities: { markets: marketsCsv(200) } });
    jobs.origin.answerEach(({ key }) => bodyOf(`"${key}${'x'.repeat(20_000)}"`));
    await warm(jobs, { keys: keysOf(200) });
    const size = () => statSync(jobs.path).size;
    // The log holds the rest until it is copied back.
    const written = 200 * 20_000;
    await purge(jobs, 'source=profile');
    expect(size()).toBeLessThan(written / 3);
  });

  test('goes on without a tier that does not answer, and says so', async () => {
    const jobs = await holding();
    jobs.disk.chaos.down = true;
    const { tiers } = await purge(jobs, 'source=profile');
    expect(tiers.map(({ tier, error }) => [tier, error])).toEqual([
      ['memory', null],
      ['redis', null],
      ['disk', 'chaos: down'],
    ]);
    jobs.disk.chaos.down = false;
    await jobs.stack.repair(NEVER);
    expect((await jobs.disk.getMany([KEY], 'head', NEVER))[0]?.head.kind ?? 'dropped').toBe('dropped');
  });

  test('says which tier did not answer, also where the others hold nothing', async () => {
    const jobs = buildJobs();
    jobs.disk.chaos.down = true;
    const { keys, tiers } = await purge(jobs, 'source=profile', { dryRun: true });
    expect(keys).toBe(0);
    expect(tiers.map(({ error }) => error)).toEqual([null, null, 'it does not answer']);
  });

  test('of everything must be meant', async () => {
    await expect(purge(await holding(), ' ')).rejects.toMatchObject({ code: 'E_SELECTOR_INVALID' });
  });
});

describe('clearing what is expired', () => {
  const expired = { expired: true };

  test('removes what is stale or gone, and nothing else', async () => {
    const jobs = await holding();
    await jobs.clock.advance(90_000);
    await warm(jobs, { keys: ['profile:m0', 'profile:m1'], options: { reason: 'force' } });
    await jobs.clock.advance(20_000);
    expect(await purge(jobs, 'source=profile', expired)).toMatchObject({ keys: 8 });
    expect(await left(jobs)).toEqual(['profile:m0', 'profile:m1', 'quote:m1']);
    expect(await purge(jobs, 'source=profile', expired)).toMatchObject({ keys: 0 });
  });

  test('lets a refresh that was under way land', async () => {
    const jobs = await holding();
    await jobs.clock.advance(110_000);
    const held = jobs.origin.hold();
    const refreshed = warm(jobs, { keys: [KEY] });
    await held.arrived();
    await purge(jobs, `key=${KEY}`, expired);
    expect(await left(jobs)).not.toContain(KEY);
    held.release();
    expect((await refreshed).ended).toEqual({ [KEY]: 'warmed' });
    expect(await left(jobs)).toContain(KEY);
  });

  test('does not let an older value come back', async () => {
    const jobs = await holding();
    await jobs.clock.advance(110_000);
    await purge(jobs, `key=${KEY}`, expired);
    const older = { kind: 'put', entry: entryOf(KEY, '"older"', { stamp: 1 }) } as const;
    expect(await jobs.stack.putMany([older], NEVER)).toEqual(['superseded']);
  });
});
