/** What an import takes from a line is bounded by this configuration, whatever the line says. */
import { describe, expect, test } from 'vitest';
import { LONGEST_VALUE } from '../../../src/core/key.ts';
import { longestLifeOf } from '../../../src/core/source.ts';
import { buildJobs, type Jobs } from '../../support/build-jobs.ts';
import { entryOf } from '../../support/entries.ts';
import { sourceWith, TTL } from '../../support/sources.ts';
import { loseAll, NEVER } from '../../warming/warm.steps.ts';
import { exported, imported, store } from './maintenance.steps.ts';

const KEY = 'profile:m1';

async function holding(): Promise<{ jobs: Jobs; line: string }> {
  const jobs = buildJobs();
  await store(jobs, [entryOf(KEY, '{"a":1}')]);
  const [line = ''] = await exported(jobs);
  await loseAll(jobs);
  return { jobs, line };
}

const changed = (line: string, change: object) => JSON.stringify({ ...JSON.parse(line), ...change });

describe('an import', () => {
  test.each(['fetchedAt', 'checkedAt', 'dueAt', 'staleAt', 'goneAt'])(
    'refuses a %s that no clock can show',
    async (field) => {
      const { jobs, line } = await holding();
      for (const time of [9.1e15, 2 ** 53, 1e300, -1]) {
        const work = imported(jobs, [changed(line, { goneAt: 8.64e15, [field]: time })]);
        await expect(work).rejects.toMatchObject({ code: 'E_REQUEST_INVALID' });
      }
    },
  );

  test('takes lines that begin with a byte order mark, and none that names a member twice', async () => {
    const { jobs, line } = await holding();
    expect(await imported(jobs, [`\ufeff${line}`])).toMatchObject({ written: 1 });
    const twice = line.replace('{', '{"key":"profile:m2",');
    await expect(imported(jobs, [twice])).rejects.toThrow('a member "key" stands twice');
  });

  test('keeps nothing for longer than a value that is fetched now', async () => {
    const { jobs, line } = await holding();
    const far = { dueAt: 8e15, staleAt: 8e15, goneAt: 8e15 };
    expect(await imported(jobs, [changed(line, far)])).toMatchObject({ written: 1 });
    const [entry] = await jobs.disk.getMany([KEY], 'head', NEVER);
    const now = jobs.clock.now();
    expect(entry?.head).toMatchObject({
      ...{ dueAt: now + TTL * 0.8, staleAt: now + TTL },
      goneAt: now + longestLifeOf([sourceWith()]),
    });
    const [record] = await jobs.catalog.get('profile', [KEY]);
    expect(record?.dueAt).toBe(now + TTL * 0.8);
  });

  test('leaves out what is older than any value lives, since fences above it may be forgotten', async () => {
    const { jobs, line } = await holding();
    const age = longestLifeOf(jobs.sources.values()) + 1;
    const old = jobs.clock.now() - age;
    const report = await imported(jobs, [changed(line, { fetchedAt: old, checkedAt: old, goneAt: 8e15 })]);
    expect(report).toMatchObject({ written: 0, gone: 1 });
  });

  test('refuses what was confirmed in the future', async () => {
    const { jobs, line } = await holding();
    const now = jobs.clock.now();
    const report = await imported(jobs, [changed(line, { checkedAt: now + 3_600_000 })]);
    expect(report).toMatchObject({ refused: 1, samples: [{ reason: 'its checkedAt lies in the future' }] });
  });

  test('refuses params that are not those of the key, and a hash without its params', async () => {
    const { jobs, line } = await holding();
    const long = 'x'.repeat(LONGEST_VALUE + 1);
    const hashed = sourceWith().key.build({ market: long });
    const lines = [
      changed(line, { key: hashed, params: { market: `${long}y` } }),
      changed(line, { key: hashed, params: {} }),
      changed(line, { key: hashed }),
      changed(line, { params: { market: 'm2' } }),
      changed(line, { key: `profile:${long}` }),
      changed(line, { key: 'profile:#short' }),
      changed(line, { key: hashed, params: { market: long, more: '1' } }),
    ];
    const report = await imported(jobs, lines);
    expect(report).toMatchObject({ refused: 6, written: 1 });
    expect(report.samples.map(({ reason }) => reason)).toEqual([
      'its params are not those of its key',
      'its params are not those of its key',
      'the key holds a hash, and the line has no params',
      'its params are not those of its key',
      expect.stringContaining('does not fit the template'),
      expect.stringContaining('does not fit the template'),
    ]);
  });

  test.each(['body', 'tags', 'key', 'params'])('refuses a %s that is nested 100,000 deep', async (field) => {
    const { jobs, line } = await holding();
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const nested = changed(line, { [field]: 0, encoding: 'json' }).replace(
      `"${field}":0`,
      `"${field}":${deep}`,
    );
    await expect(imported(jobs, [nested])).rejects.toMatchObject({ code: 'E_REQUEST_INVALID' });
  });
});
