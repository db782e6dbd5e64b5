import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Entry } from '../../../src/core/entry.ts';
import type { Tier } from '../../../src/tiers/tier.ts';
import type { FindingKind, ValidationReport } from '../../../src/verbs/maintenance/maintenance-shapes.ts';
import { buildJobs, type Jobs } from '../../support/build-jobs.ts';
import { entryOf, FETCHED_AT, tombstoneOf } from '../../support/entries.ts';
import { keysOf, marketsCsv } from '../../support/sources.ts';
import { NEVER } from '../../warming/warm.steps.ts';
import { verbsOf } from '../verbs.steps.ts';
import { lasting, store, WATCH } from './maintenance.steps.ts';

const KEY = 'profile:m1';

/** Jobs that hold ten sound profiles in every tier and in the catalog. */
async function sound(): Promise<Jobs> {
  const jobs = buildJobs();
  await store(
    jobs,
    keysOf(10).map((key) => entryOf(key, `"${key}"`)),
  );
  return jobs;
}

function validate(jobs: Jobs, change: { selector?: string; repair?: boolean; samples?: number } = {}) {
  return verbsOf(jobs).validate({ selector: '', repair: false, samples: 10, ...change }, WATCH);
}

/** How many of each kind were found, and of them repaired. */
function summary({ findings }: ValidationReport): Partial<Record<FindingKind, string>> {
  const some = findings.filter(({ found }) => found > 0);
  return Object.fromEntries(
    some.map(({ kind, found, repaired }) => [kind, `${found}, ${repaired} repaired`]),
  );
}

async function put(tier: Tier, ...entries: Entry[]): Promise<void> {
  await tier.putMany(
    entries.map((entry) => ({ kind: 'put', entry })),
    NEVER,
  );
}

/** Overwrites one byte of what Redis holds. */
async function flip({ redis, values }: Jobs, at: number, key = KEY): Promise<void> {
  const bytes = await redis.getBuffer(values + key);
  if (bytes === null) throw new Error('nothing to damage');
  await redis.setrange(values + key, at < 0 ? bytes.length + at : at, Buffer.of((bytes.at(at) ?? 0) ^ 1));
}

function alterDisk({ path }: Jobs, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

/** The same value in Redis and on disk. */
async function expectWhole(jobs: Jobs, key = KEY): Promise<void> {
  const bodies = (await lasting(jobs, key)).map((entry) => Buffer.from(entry?.body ?? []).toString());
  expect(bodies).toEqual([`"${key}"`, `"${key}"`]);
}

type Plant = (jobs: Jobs) => Promise<unknown>;

const DISORDER = { staleAt: FETCHED_AT + 900_000 };

/** Each kind of finding, how it is planted, and what it is repaired to. */
const PLANTED: readonly [string, FindingKind, Plant, Plant][] = [
  ['a body damaged in Redis', 'damaged', (jobs) => flip(jobs, -2), expectWhole],
  ['a head damaged in Redis', 'damaged', (jobs) => flip(jobs, 70), expectWhole],
  ['times damaged in Redis', 'damaged', (jobs) => flip(jobs, 30), expectWhole],
  [
    'a body damaged on disk',
    'damaged',
    async (jobs) => alterDisk(jobs, `UPDATE entries SET body = X'22' WHERE key = '${KEY}'`),
    expectWhole,
  ],
  [
    'an older value on disk',
    'disagreement',
    async (jobs) =>
      alterDisk(
        jobs,
        `UPDATE entries SET stamp = stamp - 1, body = X'31', body_bytes = 1, checksum = 2212294583
        WHERE key = '${KEY}'`,
      ),
    expectWhole,
  ],
  [
    'other bytes on disk under the same stamp',
    'disagreement',
    (jobs) => put(jobs.disk, entryOf(KEY, '"other"')),
    expectWhole,
  ],
  [
    'an older value under a tombstone',
    'disagreement',
    (jobs) => put(jobs.shared, tombstoneOf(KEY, FETCHED_AT * 1_000)),
    async (jobs) =>
      expect((await lasting(jobs, KEY)).map((entry) => entry?.head.kind)).toEqual(['dropped', 'dropped']),
  ],
  [
    'times out of order on disk',
    'head',
    (jobs) => put(jobs.disk, entryOf(KEY, '"x"', DISORDER)),
    expectWhole,
  ],
  [
    'times out of order in Redis and on disk',
    'head',
    (jobs) => put(jobs.stack, entryOf(KEY, '"x"', DISORDER)),
    async (jobs) => {
      for (const entry of await lasting(jobs, KEY)) expect(entry?.head.kind ?? 'dropped').toBe('dropped');
      expect((await jobs.catalog.get('profile', [KEY]))[0]?.dueAt).toBe(jobs.clock.now());
    },
  ],
  [
    'an entry of a source that is not configured',
    'orphan-entry',
    (jobs) => store(jobs, [entryOf('old:m1', '1', { source: 'old' })], false),
    async (jobs) => {
      for (const entry of await lasting(jobs, 'old:m1'))
        expect(entry?.head.kind ?? 'dropped').toBe('dropped');
    },
  ],
  [
    'an entry whose key fits no template',
    'orphan-entry',
    (jobs) => store(jobs, [entryOf('profile:a:b', '1')], false),
    async (jobs) => {
      for (const entry of await lasting(jobs, 'profile:a:b'))
        expect(entry?.head.kind ?? 'dropped').toBe('dropped');
    },
  ],
  [
    'a catalogued key of a source that is not configured',
    'orphan-key',
    (jobs) => jobs.catalog.track('old', ['old:m1'], 0),
    async (jobs) => expect(await jobs.catalog.sources()).toEqual(['profile']),
  ],
  [
    'a catalogued key that fits no template',
    'orphan-key',
    (jobs) => jobs.catalog.track('profile', ['profile:a:b'], 0),
    async (jobs) => expect(await jobs.catalog.get('profile', ['profile:a:b'])).toEqual([undefined]),
  ],
  [
    'a catalogued key that is in no tier',
    'unstored',
    (jobs) => jobs.catalog.track('profile', ['profile:m77'], FETCHED_AT * 2),
    async (jobs) =>
      expect((await jobs.catalog.get('profile', ['profile:m77']))[0]?.dueAt).toBe(jobs.clock.now()),
  ],
  [
    'an entry that is not in the catalog',
    'uncatalogued',
    (jobs) => jobs.catalog.forget('profile', [KEY]),
    async (jobs) => expect((await jobs.catalog.get('profile', [KEY]))[0]?.dueAt).toBe(FETCHED_AT + 80_000),
  ],
  ['a tier that lacks an entry', 'lacking', ({ redis, values }) => redis.del(values + KEY), expectWhole],
];

describe('what is sound', () => {
  test('is found to be, and counted', async () => {
    const report = await validate(await sound());
    expect(report).toMatchObject({
      sound: true,
      entries: 10,
      bodies: 20,
      bytes: 240,
      catalogued: 10,
      tiers: [],
    });
    expect(summary(report)).toEqual({});
  });

  test('is so with tombstones, absences, and what is gone', async () => {
    const jobs = await sound();
    await store(jobs, [entryOf('profile:m2', '', { kind: 'absent' })]);
    await put(jobs.stack, tombstoneOf('profile:m99', FETCHED_AT));
    expect(summary(await validate(jobs))).toEqual({});
    await jobs.clock.advance(600_000);
    expect((await validate(jobs)).entries).toBe(0);
  });
});

describe.each(PLANTED)('%s', (title, kind, plant, mended) => {
  test('is found', async () => {
    const jobs = await sound();
    await plant(jobs);
    const report = await validate(jobs);
    const places = title.includes(' and ') ? 2 : 1;
    expect(summary(report)).toEqual({ [kind]: `${places}, 0 repaired` });
    expect(report.sound).toBe(kind === 'lacking');
    expect(report.findings.find((found) => found.kind === kind)?.samples).toHaveLength(places);
  });

  test('is mended', async () => {
    const jobs = await sound();
    await plant(jobs);
    const report = await validate(jobs, { repair: true });
    expect(summary(report)[kind]).toMatch(/^(\d), \1 repaired$/);
    expect(report.sound).toBe(true);
    await mended(jobs);
    expect(jobs.origin.calls).toEqual([]);
    // What is in no tier stays so until it is fetched.
    expect(summary(await validate(jobs))).toEqual(kind === 'unstored' ? { unstored: '1, 0 repaired' } : {});
  });
});

describe('a repair', () => {
  test('of a value that is damaged in every tier makes its key due', async () => {
    const jobs = await sound();
    await flip(jobs, -2);
    alterDisk(jobs, `UPDATE entries SET body = X'22' WHERE key = '${KEY}'`);
    expect(summary(await validate(jobs, { repair: true }))).toMatchObject({ damaged: '2, 2 repaired' });
    expect((await jobs.catalog.get('profile', [KEY]))[0]?.dueAt).toBe(jobs.clock.now());
  });

  test('brings everything together again, whatever was done to the tiers', async () => {
    const acts = fc.array(fc.record({ plant: fc.nat(PLANTED.length - 1), again: fc.boolean() }), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(acts, async (made) => {
        const jobs = await sound();
        for (const { plant } of made) await PLANTED[plant]?.[2](jobs)?.catch(() => undefined);
        await validate(jobs, { repair: true });
        const { findings } = await validate(jobs);
        expect(findings.filter(({ found, kind }) => found > 0 && kind !== 'unstored')).toEqual([]);
      }),
      // Times that one tier has out of order, of an entry that the catalog does not know: two things wrong with one key.
      { numRuns: 15, examples: [[[7, 14].map((plant) => ({ plant, again: false }))]] },
    );
  });

  test('never replaces what is newer than what it saw', async () => {
    const jobs = await sound();
    await put(jobs.disk, entryOf(KEY, '"other"'));
    const put_ = jobs.stack.putMany.bind(jobs.stack);
    jobs.stack.putMany = async (writes, signal) => {
      jobs.stack.putMany = put_;
      await put(jobs.stack, entryOf(KEY, '"newest"', { stamp: FETCHED_AT * 1_000 }));
      return put_(writes, signal);
    };
    await validate(jobs, { repair: true });
    for (const entry of await lasting(jobs, KEY))
      expect(Buffer.from(entry?.body ?? []).toString()).toBe('"newest"');
  });
});

describe('a validation', () => {
  test('goes over many pages, and reports how far it is', async () => {
    const jobs = buildJobs({ entities: { markets: marketsCsv(2_500) } });
    await store(
      jobs,
      keysOf(2_500).map((key) => entryOf(key, `"${key}"`)),
    );
    await jobs.catalog.forget('profile', keysOf(1_500));
    const seen: number[] = [];
    const watch = { signal: NEVER, onProgress: (done: number) => seen.push(done) };
    const report = await verbsOf(jobs).validate({ selector: '', repair: true, samples: 3 }, watch);
    expect(summary(report)).toEqual({ uncatalogued: '1500, 1500 repaired' });
    expect(report.findings.find(({ kind }) => kind === 'uncatalogued')?.samples).toHaveLength(3);
    expect(seen.at(-1)).toBe(2_500);
    expect(seen.length).toBeGreaterThan(5);
  });

  test('looks only at what is selected', async () => {
    const jobs = await sound();
    await flip(jobs, -2);
    await jobs.catalog.track('old', ['old:m1'], 0);
    for (const selector of ['key=profile:m2', 'prefix=profile:m2', 'source=profile age>1h']) {
      expect(summary(await validate(jobs, { selector })), selector).toEqual({});
    }
    expect(summary(await validate(jobs, { selector: `key=${KEY}` }))).toEqual({ damaged: '1, 0 repaired' });
    await expect(validate(jobs, { selector: 'source=nothing' })).rejects.toMatchObject({
      code: 'E_SELECTOR_INVALID',
    });
  });

  test('says which tier did not answer, and is then not sound', async () => {
    const jobs = await sound();
    jobs.disk.chaos.down = true;
    const report = await validate(jobs);
    expect(report).toMatchObject({ sound: false, tiers: [{ tier: 'disk', error: 'chaos: down' }] });
    expect(summary(report)).toEqual({});
    const empty = buildJobs();
    empty.shared.chaos.down = true;
    const silent = [{ tier: 'redis', error: 'it does not answer' }];
    expect(await validate(empty)).toMatchObject({ sound: false, entries: 0, tiers: silent });
  });

  test('stops when its signal aborts', async () => {
    const jobs = await sound();
    const watch = { ...WATCH, signal: AbortSignal.abort(new Error('enough')) };
    await expect(verbsOf(jobs).validate({ selector: '', repair: false, samples: 1 }, watch)).rejects.toThrow(
      'enough',
    );
  });
});
