/** What becomes of the disk tier when its files are removed, cut, replaced or overwritten while processes have them open. */
import { renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Events } from '../../../src/core/events.ts';
import { DiskTier } from '../../../src/tiers/disk/disk-tier.ts';
import { expectEntry, extendOf, getOne, put, putOf, SIGNAL, scanKeys } from '../../contract/tier.steps.ts';
import { temporaryFolder } from '../../support/disk.ts';
import { entryOf, FETCHED_AT } from '../../support/entries.ts';
import { EventLog } from '../../support/event-log.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function setup(path = join(temporaryFolder(), 'cache.db'), maxLog?: number) {
  const clock = new FakeClock(FETCHED_AT);
  const events = new Events();
  const log = new EventLog(events, ['problem', 'tier:corrupt']);
  const tier = new DiskTier({ path, maxSize: 1e8, timeout: 0, clock, events, ...(maxLog && { maxLog }) });
  onTestFinished(() => tier.close());
  return { path, clock, log, tier };
}

const before = Array.from({ length: 200 }, (_, i) => entryOf(`k:${i}`, `before ${i} `.repeat(50)));
const after = Array.from({ length: 200 }, (_, i) => entryOf(`n:${i}`, `after ${i} `.repeat(50)));
const remove = (path: string, ...ends: string[]) => {
  for (const end of ends) rmSync(path + end);
};
const zeros = (file: string, bytes: number) => writeFileSync(file, Buffer.alloc(bytes), { flag: 'r+' });

/** What somebody does to the files, by what it is called; `copy` is the file as it was some writes ago. */
const FAULTS: Readonly<Record<string, (path: string, copy: string) => void>> = {
  'the file is removed alone': (path) => rmSync(path),
  'the file is removed with its log': (path) => remove(path, '', '-wal'),
  'the file is removed with the index of its log': (path) => remove(path, '', '-shm'),
  'all three files are removed': (path) => remove(path, '', '-wal', '-shm'),
  'the log is removed alone': (path) => rmSync(`${path}-wal`),
  'the index of the log is removed alone': (path) => rmSync(`${path}-shm`),
  'the log is cut to nothing': (path) => truncateSync(`${path}-wal`, 0),
  'the log is cut within its header': (path) => truncateSync(`${path}-wal`, 10),
  'the log is cut to half': (path) => truncateSync(`${path}-wal`, statSync(`${path}-wal`).size / 2),
  'the beginning of the log is overwritten': (path) => zeros(`${path}-wal`, 64),
  'the log is replaced by an empty one': (path) => {
    rmSync(`${path}-wal`);
    writeFileSync(`${path}-wal`, '');
  },
  'the file is replaced by an older copy': (path, copy) => renameSync(copy, path),
  'the file is replaced by something that is no database': (path) => {
    writeFileSync(`${path}.new`, 'no database '.repeat(1_000));
    renameSync(`${path}.new`, path);
  },
  'the file is cut to nothing': (path) => truncateSync(path, 0),
  'the file is cut to half': (path) => truncateSync(path, statSync(path).size / 2),
};

describe.each(Object.entries(FAULTS))('when %s while two have it open, the disk tier', (_, fault) => {
  async function setupBroken() {
    const first = setup();
    const second = setup(first.path);
    await put(first.tier, ...before.slice(0, 100));
    const copy = `${first.path}.copy`;
    const whole = new DatabaseSync(first.path);
    whole.exec(`VACUUM INTO '${copy}'`);
    whole.close();
    await put(second.tier, ...before.slice(100));
    await getOne(first.tier, 'k:199');
    fault(first.path, copy);
    await first.clock.advance(50);
    await second.clock.advance(50);
    return { path: first.path, first: first.tier, second: second.tier };
  }

  it('takes what is written from then on, and gives it back to both and to those that come later', async () => {
    const { path, first, second } = await setupBroken();
    expect(await first.putMany(after.slice(0, 100).map(putOf), SIGNAL)).not.toContain('superseded');
    await put(second, ...after.slice(100));
    const third = setup(path).tier;
    for (const tier of [first, second, third]) {
      const found = await tier.getMany(
        after.map(({ head }) => head.key),
        'entry',
        SIGNAL,
      );
      expect(found.filter((entry) => entry === undefined)).toEqual([]);
    }
    await Promise.all([first, second, third].map((tier) => tier.close()));
    const last = setup(path);
    await expectEntry(last.tier, after[150] ?? entryOf('', ''));
    const check = new DatabaseSync(path).prepare('PRAGMA integrity_check').get();
    expect(check).toEqual({ integrity_check: 'ok' });
  });

  it('answers reads meanwhile with what was stored, or with nothing', async () => {
    const { first, second } = await setupBroken();
    for (const tier of [second, first]) {
      const found = await tier.getMany(
        before.map(({ head }) => head.key),
        'entry',
        SIGNAL,
      );
      for (const [i, entry] of found.entries()) {
        if (entry === undefined) continue;
        expect(entry.head).toEqual(before[i]?.head);
        expect(Buffer.from(entry.body)).toEqual(before[i]?.body);
      }
    }
  });
});

/** Changes rows as no tier does. */
function edit(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

const COLUMNS = ['stamp', 'fetched_at', 'checked_at', 'due_at', 'stale_at', 'gone_at'];
const BAD = ['9007199254740992', '-9007199254740993', "'soon'", "x'00ff'"];

describe.each(COLUMNS.flatMap((column) => BAD.map((value) => [column, value])))(
  'a row whose %s is %s',
  (column, value) => {
    async function setupBad() {
      const made = setup();
      await put(made.tier, ...before.slice(0, 5));
      edit(made.path, `UPDATE entries SET ${column} = ${value} WHERE key = 'k:2'`);
      return made;
    }
    const keys = ['k:0', 'k:1', 'k:2', 'k:3', 'k:4'];

    it('is a miss and reported, is removed, and spoils no other', async () => {
      const { tier, log, path } = await setupBad();
      for (const want of ['head', 'entry'] as const) {
        const found = await tier.getMany(keys, want, SIGNAL);
        expect(found.map((entry) => entry?.head.key)).toEqual(['k:0', 'k:1', undefined, 'k:3', 'k:4']);
      }
      expect(log.seen).toMatchObject([{ name: 'tier:corrupt', payload: { key: 'k:2' } }]);
      const left = new DatabaseSync(path).prepare("SELECT count(*) AS n FROM entries WHERE key = 'k:2'");
      expect(left.get()?.n).toBe(0);
    });

    it('is left out of a scan, and keeps no write out', async () => {
      const { tier } = await setupBad();
      expect(await scanKeys(tier, 'k:')).toEqual(['k:0', 'k:1', 'k:3', 'k:4']);
      const held = before[2] ?? entryOf('', '');
      const writes = [extendOf(held, held.head.stamp, 1_000), putOf(held)];
      expect((await tier.putMany(writes, SIGNAL))[1]).toBe('written');
      await expectEntry(tier, held);
    });
  },
);

describe('the log of the disk tier', () => {
  it('has a bound while another process holds a read open: writes are refused, and go on when it ends', async () => {
    const { tier, path } = setup(undefined, 200_000);
    await put(tier, ...before);
    const reader = new DatabaseSync(path);
    onTestFinished(() => reader.close());
    reader.exec('BEGIN; SELECT count(*) FROM entries');
    const rewrite = () => tier.putMany(before.map(putOf), SIGNAL);
    const refused = async () => {
      for (let round = 0; round < 50; round += 1) await rewrite();
    };
    await expect(refused()).rejects.toThrow(
      /is not written: its log has grown to .+, as some process holds a read open; end that process/,
    );
    expect(await getOne(tier, 'k:1')).toBeDefined();
    reader.exec('COMMIT');
    await rewrite();
    expect(statSync(`${path}-wal`).size).toBeLessThan(300_000);
  });
});
