/** Clauses on writing: newest wins. */
import { expect } from 'vitest';
import { entryOf, tombstoneOf } from '../support/entries.ts';
import { expectEntry, extendOf, getOne, put, putOf, SIGNAL, write } from './tier.steps.ts';
import type { Clause } from './tier.ts';

export const putClauses: Readonly<Record<string, Clause>> = {
  'replaces an older entry, head and body': async (tier) => {
    await put(tier, entryOf('k', 'old and longer', { stamp: 1, etag: '"1"', tags: ['a'] }));
    const newer = entryOf('k', 'new', { stamp: 2, kind: 'value', format: 'raw' });
    await put(tier, newer);
    await expectEntry(tier, newer);
  },

  'replaces an entry of an equal stamp': async (tier) => {
    await put(tier, entryOf('k', 'old', { stamp: 7 }));
    const equal = entryOf('k', 'new', { stamp: 7 });
    await put(tier, equal);
    await expectEntry(tier, equal);
  },

  'keeps a newer entry from an older write': async (tier) => {
    const newer = entryOf('k', 'new', { stamp: 1_767_225_600_000_001 });
    await put(tier, newer);
    const older = entryOf('k', 'old', { stamp: 1_767_225_600_000_000 });
    expect(await write(tier, putOf(older))).toBe('superseded');
    await expectEntry(tier, newer);
  },

  'compares stamps as numbers, not as text': async (tier) => {
    await put(tier, entryOf('k', 'nine', { stamp: 9 }));
    const newer = entryOf('k', 'ten', { stamp: 10 });
    await put(tier, newer);
    await expectEntry(tier, newer);
  },

  'keeps a tombstone from an older write, and from an older tombstone': async (tier) => {
    await put(tier, entryOf('k', 'value', { stamp: 1 }));
    const tombstone = tombstoneOf('k', 5);
    await put(tier, tombstone);
    expect(await write(tier, putOf(entryOf('k', 'late', { stamp: 4 })))).toBe('superseded');
    expect(await write(tier, putOf(tombstoneOf('k', 4)))).toBe('superseded');
    await expectEntry(tier, tombstone);
  },

  'lets a newer value replace a tombstone': async (tier) => {
    await put(tier, tombstoneOf('k', 5));
    const value = entryOf('k', 'value', { stamp: 6 });
    await put(tier, value);
    await expectEntry(tier, value);
  },

  'keeps a newer value from an older tombstone': async (tier) => {
    const value = entryOf('k', 'value', { stamp: 6 });
    await put(tier, value);
    expect(await write(tier, putOf(tombstoneOf('k', 5)))).toBe('superseded');
    await expectEntry(tier, value);
  },

  'extends the times and the stamp of a confirmed body, and keeps all the rest': async (tier) => {
    const entry = entryOf('k', 'confirmed', { stamp: 5, etag: '"5"', tags: ['t'] });
    await put(tier, entry);
    const extend = extendOf(entry, 6, 60_000);
    expect(await write(tier, extend)).toBe('written');
    await expectEntry(tier, { head: { ...entry.head, ...extend.times, stamp: 6 }, body: entry.body });
    expect(await write(tier, putOf(entryOf('k', 'late', { stamp: 5 })))).toBe('superseded');
  },

  'extends under an equal stamp': async (tier) => {
    const entry = entryOf('k', 'confirmed', { stamp: 5 });
    await put(tier, entry);
    const extend = extendOf(entry, 5, 1_000);
    expect(await write(tier, extend)).toBe('written');
    await expectEntry(tier, { head: { ...entry.head, ...extend.times }, body: entry.body });
  },

  'keeps the later one of two confirmations under an equal stamp': async (tier) => {
    const entry = entryOf('k', 'confirmed', { stamp: 5 });
    await put(tier, entry);
    const later = extendOf(entry, 6, 2_000);
    expect(await write(tier, later)).toBe('written');
    expect(await write(tier, extendOf(entry, 6, 1_000))).toBe('written');
    await expectEntry(tier, { head: { ...entry.head, ...later.times, stamp: 6 }, body: entry.body });
  },

  'extends a remembered absence': async (tier) => {
    const entry = entryOf('k', '', { kind: 'absent', stamp: 5 });
    await put(tier, entry);
    const extend = extendOf(entry, 6, 1_000);
    expect(await write(tier, extend)).toBe('written');
    await expectEntry(tier, { head: { ...entry.head, ...extend.times, stamp: 6 }, body: entry.body });
  },

  'answers missing to an extend of another body, and changes nothing': async (tier) => {
    const entry = entryOf('k', 'held', { stamp: 5 });
    await put(tier, entry);
    expect(await write(tier, extendOf(entryOf('k', 'another'), 6, 1_000))).toBe('missing');
    await expectEntry(tier, entry);
  },

  'answers missing to an extend of nothing': async (tier) => {
    expect(await write(tier, extendOf(entryOf('k', 'x'), 6, 1_000))).toBe('missing');
    expect(await getOne(tier, 'k')).toBeUndefined();
  },

  'answers missing to an extend of a tombstone, even of an empty body': async (tier) => {
    const tombstone = tombstoneOf('k', 5);
    await put(tier, tombstone);
    expect(await write(tier, extendOf(entryOf('k', ''), 6, 1_000))).toBe('missing');
    await expectEntry(tier, tombstone);
  },

  'answers superseded to an extend that is older': async (tier) => {
    const entry = entryOf('k', 'held', { stamp: 5 });
    await put(tier, entry);
    expect(await write(tier, extendOf(entry, 4, 1_000))).toBe('superseded');
    await expectEntry(tier, entry);
  },

  'answers each write of a batch in its place': async (tier) => {
    const held = entryOf('held', 'h', { stamp: 5 });
    await put(tier, held);
    const writes = [
      putOf(entryOf('fresh', 'f', { stamp: 1 })),
      putOf(entryOf('held', 'old', { stamp: 4 })),
      extendOf(entryOf('none', 'x'), 9, 1),
      extendOf(held, 6, 1),
    ];
    expect(await tier.putMany(writes, SIGNAL)).toEqual(['written', 'superseded', 'missing', 'written']);
  },

  'applies the writes of one batch to one key in their order': async (tier) => {
    const first = entryOf('k', 'first', { stamp: 2 });
    const writes = [putOf(first), putOf(entryOf('k', 'late', { stamp: 1 })), extendOf(first, 3, 1_000)];
    expect(await tier.putMany(writes, SIGNAL)).toEqual(['written', 'superseded', 'written']);
    expect((await getOne(tier, 'k'))?.head.stamp).toBe(3);
  },

  'leaves one whole value, the newest, of concurrent puts': async (tier) => {
    const entries = Array.from({ length: 20 }, (_, i) =>
      entryOf('k', `${i}`.repeat(500 + i), { stamp: ((i * 7) % 20) + 1, etag: `"${i}"` }),
    );
    await Promise.all(entries.map((entry) => tier.putMany([putOf(entry)], SIGNAL)));
    const newest = entries.find(({ head }) => head.stamp === 20);
    if (newest === undefined) throw new Error('the stamps are a permutation of 1 to 20');
    await expectEntry(tier, newest);
  },

  'refuses a body over its bound whole, and keeps what it has': async (tier) => {
    const held = entryOf('k', 'held', { stamp: 1 });
    await put(tier, held);
    const tooLarge = entryOf('k', Buffer.alloc(tier.traits.maxBodyBytes + 1, 'x'), { stamp: 2 });
    expect(await write(tier, putOf(tooLarge))).toBe('too-large');
    await expectEntry(tier, held);
  },
};
