/** What the disk tier does about a file that is damaged, or that nobody can write. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { cp, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { Events } from '../../../src/core/events.ts';
import { quickCheck } from '../../../src/tiers/disk/disk-check.ts';
import { DiskTier } from '../../../src/tiers/disk/disk-tier.ts';
import { expectEntry, getOne, put, putOf, SIGNAL, scanKeys } from '../../contract/tier.steps.ts';
import { temporaryFolder } from '../../support/disk.ts';
import { entryOf, FETCHED_AT } from '../../support/entries.ts';
import { EventLog } from '../../support/event-log.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function setup(path = join(temporaryFolder(), 'cache.db')) {
  const clock = new FakeClock(FETCHED_AT);
  const events = new Events();
  const log = new EventLog(events, ['problem']);
  // Without patience: a file that is busy is told at once.
  const tier = new DiskTier({ path, maxSize: 1e8, timeout: 0, clock, events });
  onTestFinished(() => tier.close());
  const aside = () => readdirSync(dirname(path)).filter((name) => /\.(corrupt|locked)-\d+$/.test(name));
  return { path, clock, log, tier, aside };
}

const many = Array.from({ length: 300 }, (_, i) => entryOf(`k:${i}`, 'x'.repeat(1_000)));

/** A file as a killed process leaves it: with its log. */
async function leftBehind(): Promise<string> {
  const { path, tier } = setup();
  await put(tier, ...many);
  const left = join(temporaryFolder(), 'cache.db');
  for (const suffix of ['', '-wal']) await cp(path + suffix, left + suffix);
  return left;
}

/** Overwrites the pages of the index on the key, which a read of other columns does not touch. */
async function damage(path: string): Promise<void> {
  const whole = new DatabaseSync(path);
  whole.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  const name = 'sqlite_autoindex_entries_1';
  const page = Number(
    whole.prepare('SELECT rootpage AS page FROM sqlite_schema WHERE name = ?').get(name)?.page,
  );
  const size = Number(whole.prepare('PRAGMA page_size').get()?.page_size);
  whole.close();
  const file = await open(path, 'r+');
  await file.write(Buffer.alloc(size / 2, 0xa5), 0, size / 2, (page - 1) * size + size / 2);
  await file.close();
}

describe('a file that was not closed', () => {
  it('is checked after it was opened, and stays where it is whole', async () => {
    const { tier, aside, path } = setup(await leftBehind());
    await expectEntry(tier, many[7] ?? entryOf('', ''));
    expect(existsSync(`${path}.checked`)).toBe(true);
    expect(await quickCheck({ path, timeout: 20_000, clock: systemClock, signal: SIGNAL })).toEqual({
      state: 'whole',
    });
    expect(aside()).toEqual([]);
  });

  it('is set aside when the check finds damage, before anybody reads a damaged page', async () => {
    const path = await leftBehind();
    await damage(path);
    const holder = new DatabaseSync(path);
    onTestFinished(() => holder.close());
    // A log beside it again.
    holder.exec('PRAGMA journal_mode = WAL; CREATE TABLE more (x)');
    const { tier, log, aside } = setup(path);
    const problem = log.next('problem');
    await tier.usage(SIGNAL);
    expect((await problem).where).toMatch(/is damaged, so it was set aside/);
    expect(aside()).toHaveLength(1);
    await put(tier, entryOf('new', 'x'));
    expect(await scanKeys(tier, '')).toEqual(['new']);
  });

  it('is not checked again within the hour', async () => {
    const path = await leftBehind();
    const first = setup(path);
    await getOne(first.tier, 'k:1');
    const checked = () => statSync(`${path}.checked`).mtimeMs;
    const before = checked();
    const second = setup(path);
    await second.clock.advance(1_000);
    await getOne(second.tier, 'k:1');
    expect(checked()).toBe(before);
    const third = setup(path);
    await third.clock.advance(3_600_000);
    await getOne(third.tier, 'k:1');
    expect(checked()).toBe(before + 3_600_000);
  });
});

describe('the check of a file', () => {
  const task = (path: string) => ({ path, timeout: 20_000, clock: systemClock, signal: SIGNAL });

  it('recognises a damaged file, and one that is no database', async () => {
    const path = await leftBehind();
    await damage(path);
    expect(await quickCheck(task(path))).toMatchObject({
      state: 'damaged',
      reason: expect.stringMatching(/\w/),
    });
    expect(await quickCheck(task(new URL(import.meta.url).pathname))).toEqual({
      ...{ state: 'damaged', reason: 'file is not a database' },
    });
  });

  it('knows nothing of a file that is not there, nor when it is given up or out of time', async () => {
    const none = join(temporaryFolder(), 'none.db');
    expect(await quickCheck(task(none))).toMatchObject({
      state: 'unreadable',
      reason: 'unable to open database file',
    });
    const path = await leftBehind();
    expect(await quickCheck({ ...task(path), signal: AbortSignal.abort() })).toMatchObject({
      ...{ state: 'unfinished', reason: 'it was given up' },
    });
    const clock = new FakeClock(0);
    const late = quickCheck({ ...task(path), timeout: 10, clock });
    await clock.advance(10);
    expect(await late).toEqual({ state: 'unfinished', reason: 'not done within 10 ms' });
  });
});

describe('a file that another process keeps locked', () => {
  it('is waited for a minute, then set aside; reads went on all the time', async () => {
    const { path, clock, tier, aside, log } = setup();
    await put(tier, ...many);
    const other = new DatabaseSync(path);
    onTestFinished(() => other.close());
    other.exec('BEGIN IMMEDIATE');
    const write = () => tier.putMany([putOf(entryOf('new', 'x'))], SIGNAL);
    for (let second = 0; second < 60; second += 20) {
      await expect(write()).rejects.toMatchObject({ code: 'E_TIER_UNAVAILABLE' });
      expect(await getOne(tier, 'k:1')).toBeDefined();
      await clock.advance(20_000);
    }
    expect(aside()).toEqual([]);
    expect(await write()).toEqual(['written']);
    expect(aside()).toEqual([expect.stringMatching(/\.locked-\d+$/)]);
    expect(log.seen).toMatchObject([{ payload: { where: expect.stringContaining('locked for a minute') } }]);
    expect(await scanKeys(tier, '')).toEqual(['new']);
  });

  it('stays when it could be written in between', async () => {
    const { path, clock, tier, aside } = setup();
    await put(tier, ...many);
    const other = new DatabaseSync(path);
    onTestFinished(() => other.close());
    const write = () => tier.putMany([putOf(entryOf('new', 'x'))], SIGNAL);
    for (let round = 0; round < 3; round += 1) {
      other.exec('BEGIN IMMEDIATE');
      await expect(write()).rejects.toMatchObject({ code: 'E_TIER_UNAVAILABLE' });
      await clock.advance(59_000);
      other.exec('COMMIT');
      await write();
    }
    expect(aside()).toEqual([]);
  });
});
