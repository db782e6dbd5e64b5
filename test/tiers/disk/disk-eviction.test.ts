import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Events } from '../../../src/core/events.ts';
import { DiskTier } from '../../../src/tiers/disk/disk-tier.ts';
import { expectEntry, extendOf, getOne, put, SIGNAL, write } from '../../contract/tier.steps.ts';
import { temporaryFolder } from '../../support/disk.ts';
import { entryOf, FETCHED_AT, tombstoneOf } from '../../support/entries.ts';
import { EventLog } from '../../support/event-log.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { until } from '../../support/waiting.ts';

const HOUR = 3_600_000;
const LATER = FETCHED_AT + 100 * HOUR;

function setup(maxSize = 1_000_000, path = join(temporaryFolder(), 'cache.db')) {
  const clock = new FakeClock(FETCHED_AT);
  const events = new Events();
  const log = new EventLog(events, ['tier:evicted', 'problem']);
  const tier = new DiskTier({ path, maxSize, timeout: 2_000, clock, events });
  onTestFinished(() => tier.close());
  const evicted = () => log.seen.map(({ payload }) => payload as { keys: number; unread: number });
  return { path, clock, tier, evicted };
}

const many = (prefix: string, count: number, more = {}) =>
  Array.from({ length: count }, (_, i) =>
    entryOf(`${prefix}:${i}`, 'x'.repeat(1_000), { goneAt: LATER, ...more }),
  );
const keysOf = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}:${i}`);

async function heldOf(tier: DiskTier, keys: readonly string[]): Promise<number> {
  return (await tier.getMany(keys, 'head', SIGNAL)).filter((entry) => entry !== undefined).length;
}

/** What a column says of a key, by a connection of its own. */
function columnOf(path: string, column: string, key: string): number {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return Number(db.prepare(`SELECT ${column} AS is_now FROM entries WHERE key = ?`).get(key)?.is_now);
  } finally {
    db.close();
  }
}

describe('a disk that is full', () => {
  it('stays about within its bound, and lets what was read least recently go first, tombstones not', async () => {
    const { path, clock, tier, evicted } = setup();
    await put(tier, tombstoneOf('dropped', 5, { goneAt: LATER }));
    await put(tier, ...many('liked', 100), ...many('never', 100));
    for (let i = 0; i < 40; i += 1) {
      await clock.advance(HOUR);
      await tier.getMany(keysOf('liked', 100), 'entry', SIGNAL);
      await put(tier, ...many(`k:${i}`, 100));
      expect((await tier.usage(SIGNAL)).bytes).toBeLessThan(1_250_000);
    }
    expect(statSync(path).size).toBeLessThan(1_400_000);
    expect(await getOne(tier, 'dropped')).toBeDefined();
    expect(await heldOf(tier, keysOf('liked', 100))).toBe(100);
    expect(await heldOf(tier, keysOf('never', 100))).toBe(0);
    expect(await heldOf(tier, keysOf('k:39', 100))).toBe(100);
    expect(await heldOf(tier, keysOf('k:0', 100))).toBe(0);
    expect(evicted().length).toBeGreaterThan(0);
    for (const { keys, unread } of evicted()) expect(unread).toBe(keys);
  });

  it('lets what is gone go before anything else, and does not tell of it', async () => {
    const { clock, tier, evicted } = setup();
    await put(tier, ...many('old', 100), ...many('gone', 400, { goneAt: FETCHED_AT + 10 }));
    await clock.advance(10);
    await put(tier, ...many('new', 500));
    expect(await heldOf(tier, keysOf('old', 100))).toBe(100);
    expect(await heldOf(tier, keysOf('gone', 400))).toBe(0);
    expect(evicted()).toEqual([]);
  });

  it('reports how much of what was evicted had been read', async () => {
    const { clock, tier, evicted } = setup(2_000_000);
    const confirmed = many('confirmed', 300);
    await put(tier, ...confirmed);
    await tier.getMany(keysOf('confirmed', 300), 'entry', SIGNAL);
    for (const entry of confirmed) await write(tier, extendOf(entry, entry.head.stamp + 1, HOUR * 50));
    await clock.advance(1);
    await put(tier, ...many('other', 2_000));
    const [told] = evicted();
    expect((told?.keys ?? 0) - (told?.unread ?? 0)).toBe(300);
  });
});

describe('reads of the disk', () => {
  it('write nothing where the last use on record is of this hour', async () => {
    const { path, clock, tier } = setup();
    const keys = keysOf('k', 600);
    await put(tier, ...many('k', 600));
    await tier.getMany(keys, 'entry', SIGNAL);
    const wasRead = async () => columnOf(path, 'was_read', 'k:599');
    await until('the uses to be written', wasRead, (is) => is === 1);
    const usedAt = () => columnOf(path, 'used_at', 'k:0');
    const before = usedAt();
    const changes = new DatabaseSync(path, { readOnly: true });
    onTestFinished(() => changes.close());
    const version = () => changes.prepare('PRAGMA data_version').get()?.data_version;
    const unchanged = version();
    await clock.advance(HOUR - 1);
    await tier.getMany(keys, 'entry', SIGNAL);
    await tier.getMany(keys, 'head', SIGNAL);
    expect(version()).toBe(unchanged);
    await clock.advance(1);
    await tier.getMany(keys, 'entry', SIGNAL);
    await until(
      'the uses to be written again',
      async () => usedAt(),
      (is) => is > before,
    );
  });

  it('leave a value unread when it was replaced', async () => {
    const { path, clock, tier } = setup();
    await put(tier, entryOf('k', 'x'));
    await getOne(tier, 'k');
    await clock.advance(60_000);
    await put(tier, entryOf('other', 'x'));
    await getOne(tier, 'other');
    await until(
      'the use to be written',
      async () => columnOf(path, 'was_read', 'k'),
      (is) => is === 1,
    );
    await put(tier, entryOf('k', 'y'));
    expect(columnOf(path, 'was_read', 'k')).toBe(0);
  });
});

describe('a file of the first version', () => {
  it('is taken over with what it holds', async () => {
    const { path, tier } = setup();
    const entry = entryOf('k', 'kept');
    await put(tier, entry);
    await tier.close();
    const db = new DatabaseSync(path);
    db.exec(`DROP INDEX entries_by_use; ALTER TABLE entries DROP COLUMN used_at;
      ALTER TABLE entries DROP COLUMN was_read; PRAGMA user_version = 1`);
    db.close();
    const again = setup(1_000_000, path);
    await expectEntry(again.tier, entry);
    await put(again.tier, ...many('k', 10));
    expect(columnOf(path, 'used_at', 'k:0')).toBe(FETCHED_AT);
  });
});
