import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Events } from '../../../src/core/events.ts';
import { expired } from '../../../src/core/freshness.ts';
import { DiskTier } from '../../../src/tiers/disk/disk-tier.ts';
import { NO_FENCES } from '../../../src/tiers/invalidation/fences.ts';
import { LocalInvalidation } from '../../../src/tiers/invalidation/local-invalidation.ts';
import { MemoryTier } from '../../../src/tiers/memory/memory-tier.ts';
import { getOne, put, SIGNAL } from '../../contract/tier.steps.ts';
import { temporaryFolder } from '../../support/disk.ts';
import { entryOf, FETCHED_AT } from '../../support/entries.ts';
import { FakeClock } from '../../support/fake-clock.ts';

const S = 1_000;

describe('making values on a disk stale while the fences cannot be asked', () => {
  async function madeStale(stamp: number) {
    const [clock, events] = [new FakeClock(FETCHED_AT), new Events()];
    const path = join(temporaryFolder(), 'cache.db');
    const disk = new DiskTier({ path, maxSize: 1e8, timeout: 1_000, clock, events });
    onTestFinished(() => disk.close());
    const entry = entryOf('k', 'value', { stamp });
    await put(disk, { ...entry, head: { ...entry.head, ...expired(entry.head) } });
    const fences = { ...NO_FENCES, sync: async () => false };
    const local = new LocalInvalidation({ tiers: [disk], fences, clock, events });
    const invalidation = { source: 'profile', keys: ['k'], mode: 'stale', stamp: S, at: FETCHED_AT } as const;
    await local.apply(invalidation, SIGNAL);
    await local.settled();
    return (await getOne(disk, 'k'))?.head;
  }

  test('drops what a fence may have dropped', async () => {
    expect(await madeStale(S - 1)).toMatchObject({ kind: 'dropped', stamp: S });
  });

  test('leaves what another process of the host made stale already, and what is newer', async () => {
    expect(await madeStale(S)).toMatchObject({ kind: 'value', stamp: S });
    expect(await madeStale(S + 1)).toMatchObject({ kind: 'value', stamp: S + 1 });
  });
});

test('a drop takes from a disk what another invalidation, of a later stamp, had made stale there before', async () => {
  const [clock, events] = [new FakeClock(FETCHED_AT), new Events()];
  const path = join(temporaryFolder(), 'cache.db');
  const disk = new DiskTier({ path, maxSize: 1e8, timeout: 1_000, clock, events });
  onTestFinished(() => disk.close());
  const stamp = FETCHED_AT * 1_000;
  await put(disk, entryOf('k', 'value', { stamp }));
  const local = new LocalInvalidation({ tiers: [disk], fences: NO_FENCES, clock, events });
  const told = { source: 'profile', keys: ['k'], at: FETCHED_AT };
  await local.apply({ ...told, mode: 'stale', stamp: stamp + 9 }, SIGNAL);
  await local.apply({ ...told, mode: 'drop', stamp: stamp + 5 }, SIGNAL);
  await local.settled();
  expect((await getOne(disk, 'k'))?.head).toMatchObject({ kind: 'dropped', stamp: stamp + 10 });
});

test('a drop takes from memory what was copied there from a disk on which it had been made stale', async () => {
  const [clock, events] = [new FakeClock(FETCHED_AT), new Events()];
  const memory = new MemoryTier({ maxSize: 1e6, clock });
  const stamp = FETCHED_AT * 1_000;
  const { head, body } = entryOf('k', 'value', { stamp: stamp + 9 });
  await put(memory, { head: { ...head, ...expired(head) }, body });
  const local = new LocalInvalidation({ tiers: [memory], fences: NO_FENCES, clock, events });
  const dropped = { source: 'profile', keys: ['k'], mode: 'drop', stamp: stamp + 5, at: FETCHED_AT } as const;
  await local.apply(dropped, SIGNAL);
  expect((await getOne(memory, 'k'))?.head).toMatchObject({ kind: 'dropped', stamp: stamp + 10 });
});
