import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { open, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { Events } from '../../../src/core/events.ts';
import { endOfPrefix } from '../../../src/tiers/disk/disk-rows.ts';
import { DiskTier, diskOptions } from '../../../src/tiers/disk/disk-tier.ts';
import {
  expectEntry,
  extendOf,
  getOne,
  put,
  putOf,
  SIGNAL,
  scanKeys,
  write,
} from '../../contract/tier.steps.ts';
import { describeTier } from '../../contract/tier.ts';
import { temporaryFolder } from '../../support/disk.ts';
import { entryOf, FETCHED_AT, tombstoneOf } from '../../support/entries.ts';
import { EventLog } from '../../support/event-log.ts';

function setup(
  options: { readonly path?: string; readonly maxSize?: number; readonly timeout?: number } = {},
) {
  const path = options.path ?? join(temporaryFolder(), 'deep', 'cache.db');
  const events = new Events();
  const log = new EventLog(events, ['tier:corrupt', 'problem']);
  const clock = systemClock;
  const { maxSize = 100e6, timeout = 2_000 } = options;
  const tier = new DiskTier({ path, maxSize, timeout, clock, events, maxBodyBytes: 2e6 });
  onTestFinished(() => tier.close());
  return { path, log, tier };
}

/** Overwrites what stands in the middle of the file. */
async function damage(path: string): Promise<void> {
  const file = await open(path, 'r+');
  await file.write(Buffer.alloc(4_096 * 4, 0xa5), 0, 4_096 * 4, 4_096);
  await file.close();
}

/** A database whose list of tables cannot be read. */
function damagedTheirs(path: string): void {
  const db = new DatabaseSync(path);
  db.exec('CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)');
  db.close();
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.fill(0xa5, 100, 200));
}

describe('the disk tier', () => {
  it('is on, in .forewarm/cache.db, with 4 GB and 2 s of patience, by default', () => {
    expect(diskOptions.parse({})).toEqual({
      enabled: true,
      path: '.forewarm/cache.db',
      maxSize: 4e9,
      timeout: 2_000,
      codec: { compress: {} },
    });
  });

  it('touches no file before the first call, and makes folders as needed', async () => {
    const { path, tier } = setup();
    expect(existsSync(dirname(path))).toBe(false);
    await put(tier, entryOf('k', 'x'));
    expect(existsSync(path)).toBe(true);
  });

  it('gives entries back after it was closed and opened again', async () => {
    const first = setup();
    const entry = entryOf('k', 'x', { tags: ['a'], etag: '"1"' });
    await put(first.tier, entry, tombstoneOf('t', 5));
    await first.tier.close();
    const second = setup({ path: first.path });
    await expectEntry(second.tier, entry);
    expect((await getOne(second.tier, 't'))?.head.kind).toBe('dropped');
  });

  it('shares one file between tiers that write at the same time', async () => {
    const { path, tier } = setup();
    const others = [tier, setup({ path }).tier, setup({ path }).tier];
    const batch = (stamp: number) =>
      Array.from({ length: 50 }, (_, i) => putOf(entryOf(`k:${i}`, `${stamp}`, { stamp })));
    await Promise.all(
      [7, 3, 9, 1, 8].flatMap((stamp) => others.map((one) => one.putMany(batch(stamp), SIGNAL))),
    );
    for (const one of others) {
      const held = await one.getMany(['k:0', 'k:49'], 'head', SIGNAL);
      expect(held.map((entry) => entry?.head.stamp)).toEqual([9, 9]);
    }
  });

  it('waits for another process that writes, and is unavailable when that takes too long', async () => {
    const { path, tier } = setup({ timeout: 100 });
    await put(tier, entryOf('k', 'x'));
    const other = new DatabaseSync(path);
    onTestFinished(() => other.close());
    other.exec('BEGIN IMMEDIATE');
    await expect(tier.putMany([putOf(entryOf('k', 'y'))], SIGNAL)).rejects.toMatchObject({
      code: 'E_TIER_UNAVAILABLE',
    });
    expect(await getOne(tier, 'k'), 'reads go on').toBeDefined();
    const patient = setup({ path, timeout: 10_000 }).tier.putMany([putOf(entryOf('k', 'y'))], SIGNAL);
    setTimeout(() => other.exec('COMMIT'), 30);
    expect(await patient).toEqual(['written']);
  });

  it('gives up waiting when its caller does', async () => {
    const { path, tier } = setup();
    await put(tier, entryOf('k', 'x'));
    const other = new DatabaseSync(path);
    onTestFinished(() => other.close());
    other.exec('BEGIN IMMEDIATE');
    const caller = new AbortController();
    const reason = new Error('enough');
    const pending = tier.putMany([putOf(entryOf('k', 'y'))], caller.signal);
    caller.abort(reason);
    await expect(pending).rejects.toBe(reason);
  });

  it('takes a damaged body for a miss, says so, and lets no extend bring it back', async () => {
    const { path, tier, log } = setup();
    const entry = entryOf('k', 'the body');
    await put(tier, entry, entryOf('other', 'x'));
    const other = new DatabaseSync(path);
    other.exec("UPDATE entries SET body = CAST('the bodY' AS BLOB) WHERE key = 'k'");
    other.close();
    const corrupt = log.next('tier:corrupt');
    expect(await getOne(tier, 'k')).toBeUndefined();
    expect(await corrupt).toMatchObject({ tier: 'disk', key: 'k' });
    expect(await write(tier, extendOf(entry, entry.head.stamp, 1))).toBe('missing');
    expect(await getOne(tier, 'other')).toBeDefined();
  });

  it.each(['a file that is no database', 'a database with damaged pages'])(
    'sets %s aside and begins anew',
    async (what) => {
      const { path, tier, log } = setup();
      await put(tier, ...Array.from({ length: 300 }, (_, i) => entryOf(`k:${i}`, 'x'.repeat(1_000))));
      await tier.close();
      if (what.includes('no database')) await writeFile(path, 'x'.repeat(10_000));
      else await damage(path);
      const damaged = await readFile(path);

      const again = setup({ path });
      const keys = Array.from({ length: 300 }, (_, i) => `k:${i}`);
      const problem = again.log.next('problem');
      expect(await again.tier.getMany(keys, 'entry', SIGNAL)).toEqual(keys.map(() => undefined));
      expect((await problem).where).toContain('set aside');
      const entry = entryOf('k', 'new');
      await put(again.tier, entry);
      await expectEntry(again.tier, entry);
      const aside = readdirSync(dirname(path)).find((name) => /\.corrupt-\d+$/.test(name));
      expect(await readFile(join(dirname(path), aside ?? 'none'))).toEqual(damaged);
      expect(log.seen).toEqual([]);
    },
  );

  it('follows another process to the new file, and takes nothing away from it', async () => {
    const first = setup();
    await put(first.tier, ...Array.from({ length: 300 }, (_, i) => entryOf(`k:${i}`, 'x'.repeat(1_000))));
    const second = setup({ path: first.path });
    await getOne(second.tier, 'k:1');
    // Both have the file open; checkpointed, so that the damage is seen past the log.
    const checkpoint = new DatabaseSync(first.path);
    checkpoint.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    checkpoint.close();
    await damage(first.path);
    const keys = Array.from({ length: 300 }, (_, i) => `k:${i}`);
    await setup({ path: first.path }).tier.getMany(keys, 'entry', SIGNAL);
    const entry = entryOf('k', 'after');
    await put(first.tier, entry);
    await put(second.tier, entryOf('l', 'after'));
    await expectEntry(second.tier, entry);
    expect(await scanKeys(first.tier, '')).toEqual(['k', 'l']);
    expect(readdirSync(dirname(first.path)).filter((name) => /\.corrupt-\d+$/.test(name))).toHaveLength(1);
  });

  it('goes on in a new file when its own was removed', async () => {
    const { path, tier } = setup();
    await put(tier, entryOf('k', 'x'));
    rmSync(path);
    await put(tier, entryOf('l', 'x'));
    expect(await scanKeys(tier, '')).toEqual(['l']);
    expect(existsSync(path)).toBe(true);
  });

  it.each<[string, (path: string) => void]>([
    ['text', (path) => writeFileSync(path, 'id,name\n1,a\n')],
    ['pictures', (path) => writeFileSync(path, Buffer.alloc(10_000, 0x89))],
    ['another program, which is damaged', damagedTheirs],
  ])('touches no file of %s that its path names', async (_, write) => {
    const { path, tier } = setup();
    mkdirSync(dirname(path));
    write(path);
    const before = readFileSync(path);
    for (const _ of [1, 2]) {
      await expect(put(tier, entryOf('k', 'x'))).rejects.toThrow(/file of something else.*left as it is/s);
      await expect(getOne(tier, 'k')).rejects.toMatchObject({ code: 'E_TIER_UNAVAILABLE' });
    }
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(dirname(path))).toEqual([basename(path)]);
  });

  it('sets its own file aside though nothing in it can be read, since the lock beside it stays', async () => {
    const { path, tier } = setup();
    await put(tier, entryOf('k', 'x'));
    await tier.close();
    writeFileSync(path, 'no database '.repeat(100));
    const { tier: next } = setup({ path });
    await put(next, entryOf('l', 'x'));
    expect(await scanKeys(next, '')).toEqual(['l']);
  });

  it.each([
    ['another program', 'CREATE TABLE theirs (x)', /another program/],
    [
      'another version',
      'CREATE TABLE entries (x); PRAGMA application_id = 1180127821; PRAGMA user_version = 9',
      /schema 9/,
    ],
  ])('leaves the database of %s alone', async (_, sql, message) => {
    const { path, tier } = setup({ path: join(temporaryFolder(), 'theirs.db') });
    const theirs = new DatabaseSync(path);
    theirs.exec(sql);
    theirs.close();
    await expect(getOne(tier, 'k')).rejects.toMatchObject({ code: 'E_TIER_UNAVAILABLE', message });
    expect(readdirSync(dirname(path))).toContain('theirs.db');
  });

  it('is unavailable where no file can be made, and names the path', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), '');
    const { tier } = setup({ path: join(folder, 'file', 'cache.db') });
    await expect(getOne(tier, 'k')).rejects.toMatchObject({
      code: 'E_TIER_UNAVAILABLE',
      message: expect.stringContaining(join(folder, 'file', 'cache.db')),
    });
  });

  it('gives the space of what it swept back to the file system', async () => {
    const { path, tier } = setup();
    const body = 'x'.repeat(4_000);
    const entries = Array.from({ length: 1_500 }, (_, i) =>
      entryOf(`k:${i}`, body, { goneAt: FETCHED_AT + i }),
    );
    await put(tier, ...entries);
    const { bytes } = await tier.usage(SIGNAL);
    const swept = await tier.sweep(FETCHED_AT + 1_399, 10_000, SIGNAL);
    expect(swept.removed).toBe(1_400);
    expect(swept.bytes).toBeGreaterThan(1_400 * 4_000);
    expect((await tier.usage(SIGNAL)).bytes).toBe(bytes - swept.bytes);
    expect(statSync(path).size).toBe(bytes - swept.bytes);
  });
});

describe('the end of a prefix', () => {
  it('lies above all that starts with the prefix and below all else that lies above', () => {
    const text = fc.string({ unit: 'binary', maxLength: 6 });
    fc.assert(
      fc.property(text, text, (prefix, other) => {
        const end = endOfPrefix(prefix);
        const bytes = Buffer.from(other);
        const isIn =
          bytes.compare(Buffer.from(prefix)) >= 0 &&
          (end === undefined || bytes.compare(Buffer.from(end)) < 0);
        expect(isIn).toBe(other.startsWith(prefix));
      }),
    );
  });

  it.each([
    ['', undefined],
    ['a', 'b'],
    ['\u{d7ff}', '\u{e000}'],
    ['a\u{10ffff}', 'b'],
    ['\u{10ffff}', undefined],
  ])('of %j is %j', (prefix, end) => {
    expect(endOfPrefix(prefix)).toBe(end);
  });
});

describeTier('disk', { create: () => ({ tier: setup().tier }) });
