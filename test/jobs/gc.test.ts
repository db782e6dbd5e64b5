import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { LONGEST_VALUE } from '../../src/core/key.ts';
import { beatOf } from '../contract/registry.ts';
import { buildJobs, type Jobs, type JobsOptions } from '../support/build-jobs.ts';
import { bodyOf } from '../support/scripted-origin.ts';
import { csvOf, GRACE, keysOf, marketsCsv, sourceWith, TTL } from '../support/sources.ts';
import { NEVER, warm } from '../warming/warm.steps.ts';
import { plannedRun } from './run.steps.ts';

async function known({ catalog }: Jobs, source = 'profile'): Promise<string[]> {
  const { records } = await catalog.scan(source, undefined, 1_000);
  return records.map(({ key }) => key).sort();
}

/** A catalog that expects these keys, under the source that their first word names. */
async function cataloguing(options: JobsOptions, keys: readonly string[]): Promise<Jobs> {
  const jobs = buildJobs(options);
  for (const key of keys) await jobs.catalog.track(key.split(':')[0] ?? '', [key], 0);
  return jobs;
}

describe('expired entries', () => {
  test('leave memory and disk, and the disk gives the space back; what is not gone stays', async () => {
    const jobs = buildJobs({ entities: { markets: marketsCsv(400) } });
    jobs.origin.answerEach(({ key }) => bodyOf(`"${key}${'x'.repeat(20_000)}"`));
    await warm(jobs, { keys: keysOf(400) });
    await jobs.clock.advance(TTL + GRACE - 1_000);
    await warm(jobs, { keys: keysOf(10) });
    await jobs.clock.advance(2_000);
    const report = await jobs.gc.collect(NEVER);
    expect(report).toMatchObject({ removed: 780, orphans: 0, runs: 0 });
    expect(report.bytes).toBeGreaterThan(390 * 20_000);
    expect((await jobs.disk.usage(NEVER)).entries).toBe(10);
    expect(statSync(jobs.path).size).toBeLessThan(1e6);
    expect(await jobs.disk.getMany(keysOf(10), 'head', NEVER)).not.toContain(undefined);
  });

  test('leave the tiers that work while another one is down, which is told', async () => {
    const jobs = buildJobs();
    await warm(jobs, { keys: keysOf(10) });
    await jobs.clock.advance(TTL + GRACE);
    jobs.memory.chaos.down = true;
    const failures = ['tier memory: chaos: down'];
    expect(await jobs.gc.collect(NEVER)).toMatchObject({ removed: 10, failures });
    const problems = jobs.log.seen.filter(({ name }) => name === 'problem');
    expect(problems.map(({ payload }) => payload)).toEqual([
      { where: 'gc of tier memory', error: 'chaos: down' },
    ]);
  });
});

describe('entries under old keys', () => {
  test('are written anew, some at a time, in each tier that can', async () => {
    const asked: number[] = [];
    const reencryptable = (name: string, recoded: number) => ({
      name,
      reencrypt: async (limit: number) => {
        asked.push(limit);
        return recoded;
      },
    });
    const jobs = buildJobs({ reencryptables: [reencryptable('redis', 5), reencryptable('disk', 7)] });
    expect((await jobs.gc.collect(NEVER)).recoded).toBe(12);
    expect(asked).toEqual([20_000, 20_000]);
  });

  test('in a tier that fails keep no other tier from being served', async () => {
    const failing = { name: 'redis', reencrypt: () => Promise.reject(new Error('chaos: down')) };
    const jobs = buildJobs({ reencryptables: [failing, { name: 'disk', reencrypt: async () => 7 }] });
    expect((await jobs.gc.collect(NEVER)).recoded).toBe(7);
    const problems = jobs.log.seen.filter(({ name }) => name === 'problem');
    expect(problems.map(({ payload }) => payload)).toEqual([
      { where: 'gc of keys in tier redis', error: 'chaos: down' },
    ]);
  });
});

const KNOWS_SUMMARY = { sources: { summary: 'warm' }, entities: [] } as const;

describe('orphans', () => {
  const PROFILE = sourceWith();

  test.each<[string, () => JobsOptions, string[], string[]]>([
    ['keys that no entity set has any more', () => ({}), ['profile:m9', 'profile:m10'], ['profile:m9']],
    [
      'keys that do not fit the template any more',
      () => ({ sources: [sourceWith({ template: 'profile:{market}:v2' })] }),
      ['profile:m1', 'profile:m1:v2'],
      ['profile:m1:v2'],
    ],
    [
      'no keys of a source that no entity set feeds',
      () => ({ sources: [sourceWith({ template: 'profile:{person}' })] }),
      ['profile:anybody'],
      ['profile:anybody'],
    ],
    [
      'no keys of a source whose entity set is empty, at the first look',
      () => ({ entities: { markets: csvOf([['market']]) } }),
      ['profile:m1'],
      ['profile:m1'],
    ],
    [
      'keys that only one of two entity sets had',
      () => ({
        entities: {
          one: marketsCsv(2),
          two: csvOf([['market'], ['m7']]),
        },
      }),
      ['profile:m1', 'profile:m7', 'profile:m8'],
      ['profile:m1', 'profile:m7'],
    ],
  ])('are forgotten: %s', async (_, options, keys, left) => {
    const jobs = await cataloguing({ sources: [PROFILE], ...options() }, keys);
    expect((await jobs.gc.collect(NEVER)).orphans).toBe(keys.length - left.length);
    expect(await known(jobs)).toEqual([...left].sort());
  });

  test('of a source that is not configured any more are all forgotten', async () => {
    const jobs = await cataloguing({}, ['profile:m1', 'summary:m1', 'summary:m2']);
    expect((await jobs.gc.collect(NEVER)).orphans).toBe(2);
    expect(await jobs.catalog.sources()).toEqual(['profile']);
  });

  test('are no keys that hold a hash, and that an entity set has', async () => {
    const market = 'x'.repeat(LONGEST_VALUE + 1);
    const key = PROFILE.key.build({ market });
    const jobs = await cataloguing({ entities: { markets: csvOf([['market'], [market]]) } }, [key]);
    await jobs.gc.collect(NEVER);
    expect(await known(jobs)).toEqual([key]);
  });

  test('are found among many pages, and take their params with them', async () => {
    const jobs = buildJobs({ entities: { markets: marketsCsv(1_500) } });
    await jobs.catalog.track('profile', keysOf(3_000), 0);
    await jobs.catalog.remember('profile', new Map([['profile:m2999', { market: 'm2999' }]]));
    await jobs.gc.collect(NEVER);
    await jobs.clock.advance(10 * 60_000);
    expect((await jobs.gc.collect(NEVER)).orphans).toBe(1_500);
    expect(await jobs.catalog.recall('profile', ['profile:m2999'])).toEqual([undefined]);
  });

  test('are a large part of a source only at the second look: a list may be half written at the first', async () => {
    const jobs = buildJobs({ entities: { markets: marketsCsv(29) } });
    await jobs.catalog.track('profile', keysOf(500), 0);
    const shrank = () => jobs.log.seen.filter(({ name }) => name === 'source:shrank');
    for (const minutes of [0, 9]) {
      await jobs.clock.advance(minutes * 60_000);
      expect((await jobs.gc.collect(NEVER)).orphans).toBe(0);
      expect(await known(jobs)).toHaveLength(500);
    }
    expect(shrank()).toEqual([
      { name: 'source:shrank', payload: { source: 'profile', missing: 471, keys: 500, lately: 0 } },
    ]);
    await jobs.clock.advance(60_000);
    expect((await jobs.gc.collect(NEVER)).orphans).toBe(471);
  });

  test('of a list that loses a little at each look are kept from the look on that makes it more than a tenth within the hour', async () => {
    const rows = marketsCsv(200);
    const jobs = buildJobs({ entities: { markets: rows } });
    await jobs.catalog.track('profile', keysOf(200), 0);
    const shrinkTo = async (left: number) => {
      const names = keysOf(left).map((key) => key.replace('profile:', ''));
      const next = csvOf([['market'], ...names.map((name) => [name])]);
      writeFileSync(rows.csv ?? '', readFileSync(next.csv ?? ''));
      return jobs.gc.collect(NEVER);
    };
    expect(await shrinkTo(185)).toMatchObject({ orphans: 15, doubts: [] });
    for (const left of [170, 155, 141]) {
      await jobs.clock.advance(60_000);
      const doubt = { source: 'profile', missing: 185 - left, keys: 185, lately: 15 };
      const { doubts, orphans } = await shrinkTo(left);
      expect(orphans).toBe(0);
      expect(doubts).toMatchObject([doubt]);
    }
    await jobs.clock.advance(61 * 60_000);
    expect(await shrinkTo(141)).toMatchObject({ orphans: 44, doubts: [] });
  });

  test('are kept at a second look that lacks much more than the first', async () => {
    const rows = marketsCsv(150);
    const jobs = buildJobs({ entities: { markets: rows } });
    await jobs.catalog.track('profile', keysOf(200), 0);
    expect(await jobs.gc.collect(NEVER)).toMatchObject({ orphans: 0, doubts: [{ missing: 50 }] });
    await jobs.clock.advance(10 * 60_000);
    writeFileSync(rows.csv ?? '', readFileSync(marketsCsv(3).csv ?? ''));
    expect(await jobs.gc.collect(NEVER)).toMatchObject({ orphans: 0, doubts: [{ missing: 197 }] });
    await jobs.clock.advance(10 * 60_000);
    expect((await jobs.gc.collect(NEVER)).orphans).toBe(197);
  });

  test('are not remembered as such once the list is whole again', async () => {
    const jobs = buildJobs({ entities: { markets: marketsCsv(29) } });
    await jobs.catalog.track('profile', keysOf(500), 0);
    await jobs.gc.collect(NEVER);
    await jobs.catalog.forget('profile', keysOf(500).slice(29));
    await jobs.gc.collect(NEVER);
    await jobs.catalog.track('profile', keysOf(500), 0);
    await jobs.clock.advance(10 * 60_000);
    expect((await jobs.gc.collect(NEVER)).orphans).toBe(0);
  });

  test('are none of a source that only another live worker knows', async () => {
    const jobs = await cataloguing({}, ['summary:m1', 'summary:m2']);
    await jobs.registry.beat({ ...beatOf('new', jobs.clock.now()), knows: KNOWS_SUMMARY });
    expect((await jobs.gc.collect(NEVER)).orphans).toBe(0);
    await jobs.registry.leave('new');
    expect((await jobs.gc.collect(NEVER)).orphans).toBe(2);
  });

  test('are none while an entity set cannot be read: nothing is forgotten by mistake', async () => {
    const entities = { markets: { ...marketsCsv(1), csv: '/nowhere/markets.csv' } };
    const jobs = await cataloguing({ entities }, ['profile:m1', 'summary:m1']);
    expect((await jobs.gc.collect(NEVER)).orphans).toBe(1);
    expect(await known(jobs)).toEqual(['profile:m1']);
    const problem = jobs.log.seen.find(({ name }) => name === 'problem');
    expect(problem?.payload).toMatchObject({ where: 'gc of source profile' });
  });
});

test('old runs leave the history; those that have not ended stay', async () => {
  const jobs = buildJobs({ keepRuns: 2, maxRunAge: 10_000 });
  const { runs, clock } = jobs;
  for (const id of ['a', 'b', 'c', 'd']) {
    await plannedRun(jobs, { id, selector: 'prefix=nothing' }).catch(() => undefined);
    if (id !== 'a') await runs.end(id, 'finished', '', {}, clock.now());
    await clock.advance(1_000);
  }
  expect((await jobs.gc.collect(NEVER)).runs).toBe(1);
  expect(await runs.get('a')).toBeDefined();
  expect(await runs.get('b')).toBeUndefined();
  await clock.advance(60_000);
  expect((await jobs.gc.collect(NEVER)).runs).toBe(2);
});

test('an abort ends it between two steps', async () => {
  const jobs = buildJobs();
  await expect(jobs.gc.collect(AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
});

test('its job does the same', async () => {
  const jobs = await cataloguing({}, ['summary:m1']);
  const ending = await jobs.gc.run(jobs.gc.parse({}), { id: 'gc', signal: NEVER });
  expect(ending).toEqual({ kind: 'done' });
  expect(await jobs.catalog.sources()).toEqual([]);
  expect(() => jobs.gc.parse({ more: 1 })).toThrow();
});

test('fences that no entry can be below any more leave Redis, and stay as long as they matter', async () => {
  const jobs = buildJobs();
  const key = `${jobs.prefix}:{o:markets}:fences`;
  const ago = (hours: number) => (Date.now() - hours * 3_600_000) * 1_000;
  await jobs.redis.zadd(key, ago(24), 'drop tag:old', ago(0), 'drop tag:new');
  await jobs.gc.collect(NEVER);
  expect(await jobs.redis.zrange(key, '0', '-1')).toEqual(['drop tag:new']);
});
