import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Entry } from '../../../src/core/entry.ts';
import { freshnessAt } from '../../../src/core/freshness.ts';
import { LONGEST_VALUE } from '../../../src/core/key.ts';
import type { Tier } from '../../../src/tiers/tier.ts';
import { buildJobs, type Jobs } from '../../support/build-jobs.ts';
import { entryOf, FETCHED_AT } from '../../support/entries.ts';
import { keysOf, marketsCsv, sourceWith } from '../../support/sources.ts';
import { inTiers, loseAll, NEVER, warm } from '../../warming/warm.steps.ts';
import { verbsOf } from '../verbs.steps.ts';
import { byKey, exported, imported, lasting, store, WATCH } from './maintenance.steps.ts';

const KEY = 'profile:m1';

/** Jobs that hold a value of `profile:m1`, and what an export says of it. */
async function holding(text = '{"a":1}'): Promise<{ jobs: Jobs; lines: string[] }> {
  const jobs = buildJobs();
  await store(jobs, [entryOf(KEY, text)]);
  return { jobs, lines: await exported(jobs) };
}

const changed = (line: string | undefined, change: object) =>
  JSON.stringify({ ...JSON.parse(line ?? ''), ...change });

describe('export, loss of everything, import', () => {
  test('gives back every entry as it was: bytes, times, stamps and tags', async () => {
    const jobs = buildJobs();
    const entries = fc.uniqueArray(
      fc.record({
        market: fc.string({ minLength: 1, maxLength: 20 }).map((text) => text.toWellFormed()),
        body: fc.oneof(
          fc.uint8Array({ minLength: 1, maxLength: 500 }),
          fc.json().map((text) => Buffer.from(text)),
        ),
        age: fc.nat(90_000),
        tags: fc.array(fc.constantFrom('a', 'market:1', 'ü'), { maxLength: 3 }),
        etag: fc.option(
          fc.string().map((text) => text.toWellFormed()),
          { nil: undefined },
        ),
        absent: fc.boolean(),
      }),
      { minLength: 1, maxLength: 30, selector: ({ market }) => market },
    );
    await fc.assert(
      fc.asyncProperty(entries, async (made) => {
        await loseAll(jobs);
        const before = made.map(({ market, body, age, tags, etag, absent }): Entry => {
          const checkedAt = FETCHED_AT - age;
          const head = { tags, checkedAt, fetchedAt: checkedAt - 5, stamp: checkedAt * 1_000 };
          const more = etag === undefined ? head : { ...head, etag };
          const key = sourceWith().key.build({ market });
          return absent ? entryOf(key, '', { ...more, kind: 'absent' }) : entryOf(key, body, more);
        });
        await store(jobs, before);
        const lines = await exported(jobs);
        await loseAll(jobs);
        await jobs.catalog.forget(
          'profile',
          before.map(({ head }) => head.key),
        );
        expect(await exported(jobs)).toEqual([]);
        expect(await imported(jobs, lines)).toMatchObject({ written: before.length, lines: before.length });
        for (const tier of [jobs.shared, jobs.disk]) {
          const after = await tier.getMany(
            before.map(({ head }) => head.key),
            'entry',
            NEVER,
          );
          expect(byKey(after)).toEqual(byKey(before));
        }
        const records = await jobs.catalog.get(
          'profile',
          before.map(({ head }) => head.key),
        );
        expect(records.map((record) => record?.dueAt)).toEqual(before.map(({ head }) => head.dueAt));
      }),
      { numRuns: 25 },
    );
  });

  test('works over many pages, also for what the catalog does not know', async () => {
    const jobs = buildJobs({ entities: { markets: marketsCsv(2_500) } });
    const entries = keysOf(2_500).map((key) => entryOf(key, `"${key}"`));
    await store(jobs, entries, false);
    const lines = await exported(jobs);
    expect(new Set(lines).size).toBe(2_500);
    await loseAll(jobs);
    expect(await imported(jobs, lines)).toMatchObject({ written: 2_500 });
    expect(await jobs.catalog.size('profile', FETCHED_AT)).toMatchObject({ keys: 2_500, due: 0 });
  });

  test('brings the params of a hashed key back to the catalog', async () => {
    const market = 'x'.repeat(LONGEST_VALUE + 1);
    const key = sourceWith().key.build({ market });
    const jobs = buildJobs();
    await store(jobs, [entryOf(key, '{}', { params: { market } })]);
    const lines = await exported(jobs);
    await loseAll(jobs);
    await imported(jobs, lines);
    expect(await jobs.catalog.recall('profile', [key])).toEqual([{ market }]);
  });
});

describe('an export', () => {
  test('takes the newest entry, wherever it is, and copies nothing to other tiers', async () => {
    const jobs = buildJobs();
    await jobs.shared.putMany([{ kind: 'put', entry: entryOf(KEY, '"old"', { stamp: 1 }) }], NEVER);
    await jobs.disk.putMany([{ kind: 'put', entry: entryOf(KEY, '"new"', { stamp: 2 }) }], NEVER);
    expect((await exported(jobs)).map((line) => JSON.parse(line).body)).toEqual(['new']);
    expect((await inTiers(jobs, KEY)).map((entry) => entry?.head.stamp)).toEqual([undefined, 1, 2]);
  });

  test('leaves out tombstones, what is gone, and other sources', async () => {
    const jobs = buildJobs({ sources: [sourceWith(), sourceWith({ name: 'quote' })] });
    await store(jobs, [
      ...['profile:m1', 'profile:m2'].map((key) => entryOf(key, '1')),
      entryOf('profile:m3', '', { kind: 'dropped', format: 'raw' }),
      entryOf('quote:m1', '1', { source: 'quote' }),
      entryOf('old:m1', '1', { source: 'old' }),
    ]);
    const keys = async (selector: string) =>
      (await exported(jobs, selector)).map((line) => JSON.parse(line).key).sort();
    expect(await keys('')).toEqual(['profile:m1', 'profile:m2', 'quote:m1']);
    expect(await keys('source=profile')).toEqual(['profile:m1', 'profile:m2']);
    expect(await keys('prefix=profile:m2,profile:m')).toEqual(['profile:m1', 'profile:m2']);
    expect(await keys('key=profile:m2')).toEqual(['profile:m2']);
    expect(await keys('entities=markets source=quote')).toEqual(['quote:m1']);
    expect(await keys('age>1h')).toEqual([]);
    await jobs.clock.advance(600_000);
    expect(await keys('')).toEqual([]);
  });

  test('without bodies has heads only, and cannot be imported', async () => {
    const { jobs } = await holding();
    const lines = await exported(jobs, '', false);
    expect(JSON.parse(lines[0] ?? '')).not.toHaveProperty('body');
    await expect(imported(jobs, lines)).rejects.toThrow('line 1: field "encoding" is missing');
  });

  test.each(['shared', 'disk'] as const)(
    'is refused while tier %s does not answer: it would not be whole',
    async (name) => {
      const { jobs } = await holding();
      jobs[name].chaos.down = true;
      await expect(exported(jobs)).rejects.toMatchObject({ code: 'E_TIER_UNAVAILABLE' });
    },
  );

  test('breaks off when a tier stops answering in the middle', async () => {
    const { jobs } = await holding();
    const read = jobs.shared.getMany.bind(jobs.shared);
    jobs.shared.getMany = async (keys, want, signal) => {
      if (want === 'entry') jobs.shared.chaos.down = true;
      return read(keys, want, signal);
    };
    for (const tier of [jobs.memory, jobs.disk]) tier.getMany = async (keys) => keys.map(() => undefined);
    await expect(exported(jobs)).rejects.toMatchObject({ code: 'E_TIER_UNAVAILABLE' });
  });

  test('leaves out what is damaged everywhere', async () => {
    const { jobs } = await holding();
    await store(jobs, [entryOf('profile:m2', '2')]);
    for (const tier of [jobs.shared, jobs.disk]) {
      const read = tier.getMany.bind(tier);
      tier.getMany = async (keys, want, signal) => {
        const entries = await read(keys, want, signal);
        return want === 'head'
          ? entries
          : entries.map((entry) => (entry?.head.key === KEY ? undefined : entry));
      };
    }
    jobs.memory.getMany = async (keys) => keys.map(() => undefined);
    expect((await exported(jobs)).map((line) => JSON.parse(line).key)).toEqual(['profile:m2']);
  });

  test('of what is not configured is refused', async () => {
    await expect(exported(buildJobs(), 'source=nothing')).rejects.toThrow(
      'source "nothing" is not configured',
    );
  });
});

describe('an import', () => {
  test('names the tier that took a part of it only; the others have it whole', async () => {
    const jobs = buildJobs();
    const keys = keysOf(500);
    await store(
      jobs,
      keys.map((key) => entryOf(key, '1')),
    );
    const lines = await exported(jobs);
    await loseAll(jobs);
    jobs.shared.chaos.failures = 1;
    const { written, missed } = await imported(jobs, lines);
    expect({ written, missed }).toMatchObject({
      written: 500,
      missed: [{ tier: 'redis', entries: 200, reason: 'chaos: told to fail' }],
    });
    const held = async (tier: Tier) => (await tier.getMany(keys, 'head', NEVER)).filter(Boolean).length;
    expect(await Promise.all([jobs.disk, jobs.shared].map(held))).toEqual([500, 300]);
  });

  test('never replaces what is newer, and does not bring back what was invalidated since', async () => {
    const { jobs, lines } = await holding();
    await jobs.clock.advance(1_000);
    await verbsOf(jobs).invalidate(
      { selector: `key=${KEY}`, mode: 'drop', rewarm: false, dryRun: false },
      'cli',
    );
    expect(await imported(jobs, lines)).toMatchObject({ written: 0, superseded: 1 });
    for (const entry of await lasting(jobs, KEY)) expect(entry?.head.kind ?? 'dropped').toBe('dropped');
    await warm(jobs, { keys: [KEY] });
    expect(await imported(jobs, lines)).toMatchObject({ written: 0, superseded: 1 });
    for (const entry of await lasting(jobs, KEY))
      expect(Buffer.from(entry?.body ?? []).toString()).toBe(`"${KEY}"`);
  });

  test('does not bring back freshness that was ended', async () => {
    const { jobs, lines } = await holding();
    await jobs.clock.advance(1_000);
    await verbsOf(jobs).invalidate(
      { selector: `key=${KEY}`, mode: 'stale', rewarm: false, dryRun: false },
      'cli',
    );
    expect(await imported(jobs, lines)).toMatchObject({ superseded: 1 });
    for (const entry of await lasting(jobs, KEY))
      expect(entry && freshnessAt(entry.head, jobs.clock.now())).toBe('stale');
  });

  test('counts what is gone by now, and does not store it', async () => {
    const { jobs, lines } = await holding();
    await loseAll(jobs);
    await jobs.clock.advance(600_000);
    expect(await imported(jobs, lines)).toMatchObject({ gone: 1, written: 0 });
    expect(await lasting(jobs, KEY)).toEqual([undefined, undefined]);
  });

  test('refuses what does not belong here, names it, and stores the rest', async () => {
    const { jobs, lines } = await holding();
    await loseAll(jobs);
    const [line = ''] = lines;
    const report = await imported(jobs, [
      changed(line, { source: 'other' }),
      changed(line, { key: 'quote:m1' }),
      changed(line, { stamp: FETCHED_AT * 2_000 }),
      '',
      line,
    ]);
    expect(report).toMatchObject({ lines: 4, refused: 3, written: 1 });
    expect(report.samples).toEqual([
      { line: 1, key: KEY, reason: 'source "other" is not configured' },
      {
        line: 2,
        key: 'quote:m1',
        reason: 'the key does not fit the template of source "profile", profile:{market}',
      },
      { line: 3, key: KEY, reason: expect.stringContaining('lies in the future') },
    ]);
  });

  test('ends at a line that is wrong: the number, the field and the value are named, and its batch is not written', async () => {
    const jobs = buildJobs({ entities: { markets: marketsCsv(500) } });
    await store(
      jobs,
      keysOf(500).map((key) => entryOf(key, `"${key}"`)),
    );
    const lines = await exported(jobs);
    await loseAll(jobs);
    const wrong = lines.with(349, changed(lines[349], { dueAt: 'never' }));
    await expect(imported(jobs, wrong)).rejects.toThrow(
      'line 350: field "dueAt" is "never": Invalid input: expected number, received string; 200 entries were written before',
    );
    expect(await exported(jobs)).toHaveLength(200);
    expect(await imported(jobs, lines)).toMatchObject({ written: 500 });
  });

  test('as a dry run counts the same and writes nothing', async () => {
    const { jobs, lines } = await holding();
    await store(jobs, [entryOf('profile:m2', '2')]);
    const both = await exported(jobs);
    await loseAll(jobs);
    await store(jobs, [entryOf(KEY, '"newer"', { stamp: FETCHED_AT * 1_000 })]);
    const foreseen = await imported(jobs, both, true);
    expect(foreseen).toMatchObject({ written: 1, superseded: 1, dryRun: true });
    expect(await lasting(jobs, 'profile:m2')).toEqual([undefined, undefined]);
    expect({ ...(await imported(jobs, both)), dryRun: true }).toEqual(foreseen);
    expect(lines).toHaveLength(1);
  });

  test('does not hang on a lost tier: the other one takes it, and the first is repaired', async () => {
    const { jobs, lines } = await holding();
    await loseAll(jobs);
    jobs.shared.chaos.down = true;
    expect(await imported(jobs, lines)).toMatchObject({ written: 1 });
    jobs.shared.chaos.down = false;
    await jobs.stack.repair(NEVER);
    expect((await lasting(jobs, KEY)).map((entry) => entry?.head.key)).toEqual([KEY, KEY]);
  });

  test('says how far it came when no tier takes it', async () => {
    const { jobs, lines } = await holding();
    for (const tier of [jobs.shared, jobs.disk]) tier.chaos.down = true;
    await expect(imported(jobs, lines)).rejects.toMatchObject({
      code: 'E_TIER_UNAVAILABLE',
      message: expect.stringContaining('0 entries were written before'),
    });
  });

  test('reads lines however the bytes are cut, and stops between two batches', async () => {
    const { jobs, lines } = await holding('"ü€"');
    const bytes = Buffer.from(`${lines[0]}\r\n\n`);
    const pieces = Readable.from(Array.from(bytes, (byte) => Buffer.of(byte)));
    const report = await verbsOf(jobs).import(pieces, { dryRun: false }, WATCH);
    expect(report).toMatchObject({ lines: 1, written: 1 });
    const stop = new AbortController();
    stop.abort(new Error('enough'));
    const watch = { ...WATCH, signal: stop.signal };
    await expect(verbsOf(jobs).import(Readable.from([bytes]), { dryRun: false }, watch)).rejects.toThrow(
      'enough',
    );
    await expect(
      verbsOf(jobs).import(Readable.from([Buffer.of(0xff, 0x0a)]), { dryRun: false }, WATCH),
    ).rejects.toThrow('line 1: it is not UTF-8');
  });
});
