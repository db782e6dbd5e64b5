/** Clauses on reading. */
import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { entryOf, FETCHED_AT, tombstoneOf } from '../support/entries.ts';
import { expectEntry, getOne, put, SIGNAL } from './tier.steps.ts';
import type { Clause } from './tier.ts';

const FULL_HEAD = {
  tags: ['market:denver', 'état:€'],
  contentType: 'application/json; charset=utf-8',
  etag: 'W/"abc\\"d"',
  lastModified: 'Thu, 01 Jan 2026 00:00:00 GMT',
  version: '42',
  params: { market: 'denver', note: 'ü'.repeat(200) },
};

export const getClauses: Readonly<Record<string, Clause>> = {
  'answers a miss for a key it never saw': async (tier) => {
    await put(tier, entryOf('known', '1'));
    expect(await getOne(tier, 'unknown')).toBeUndefined();
  },

  'answers an empty batch with nothing': async (tier) => {
    expect(await tier.getMany([], 'entry', SIGNAL)).toEqual([]);
    expect(await tier.putMany([], SIGNAL)).toEqual([]);
  },

  'gives the bytes and the whole head back': async (tier) => {
    const entry = entryOf('k', Buffer.from([0, 255, 10, 13, 39, 128, 0]), { ...FULL_HEAD, format: 'raw' });
    await put(tier, entry);
    await expectEntry(tier, entry);
  },

  'gives times back to the millisecond': async (tier) => {
    const times = { fetchedAt: 1, checkedAt: 2, dueAt: 3, staleAt: 4, goneAt: 5 };
    const later = Object.fromEntries(
      Object.entries(times).map(([name, ms]) => [name, FETCHED_AT + ms * 1_001]),
    );
    const entry = entryOf('k', 'x', later);
    await put(tier, entry);
    await expectEntry(tier, entry);
  },

  'answers in the order of the keys, misses included, a key asked twice twice': async (tier) => {
    await put(tier, entryOf('a', '1'), entryOf('b', '2'), entryOf('c', '3'));
    const answers = await tier.getMany(['c', 'none', 'a', 'b', 'c'], 'entry', SIGNAL);
    expect(answers.map((answer) => answer?.head.key)).toEqual(['c', undefined, 'a', 'b', 'c']);
    expect(answers.map((answer) => answer && Buffer.from(answer.body).toString())).toEqual([
      ...['3', undefined, '1', '2', '3'],
    ]);
  },

  'takes an empty body for a hit': async (tier) => {
    const value = entryOf('empty', '');
    const absent = entryOf('absent', '', { kind: 'absent' });
    await put(tier, value, absent);
    await expectEntry(tier, value);
    await expectEntry(tier, absent);
  },

  'gives a tombstone back as an entry': async (tier) => {
    const tombstone = tombstoneOf('k', 5);
    await put(tier, tombstone);
    await expectEntry(tier, tombstone);
  },

  'gives the whole head and no body where heads are asked for': async (tier) => {
    const small = entryOf('small', '{}');
    const large = entryOf('large', randomBytes(3_000), FULL_HEAD);
    const tagged = entryOf('tagged', 'x', { tags: Array.from({ length: 100 }, (_, i) => `tag:${i}`) });
    await put(tier, small, large, tagged);
    const answers = await tier.getMany(['small', 'none', 'large', 'tagged'], 'head', SIGNAL);
    expect(answers.map((answer) => answer?.head)).toEqual([small.head, undefined, large.head, tagged.head]);
    expect(answers.map((answer) => answer?.body.byteLength)).toEqual([0, undefined, 0, 0]);
  },

  'takes keys of any characters and 500 of them': async (tier) => {
    const keys = ['a:b/c?d=e&f', 'ü€😀', ' ', "o'clock", 'x'.repeat(500), 'A', 'a', 'line\nbreak', '{tag}:1'];
    const entries = keys.map((key, i) => entryOf(key, `body ${i}`));
    await put(tier, ...entries);
    for (const entry of entries) await expectEntry(tier, entry);
  },

  'takes a batch that is larger than a page': async (tier, many) => {
    const entries = Array.from({ length: many }, (_, i) => entryOf(`k:${i}`, `body ${i}`));
    await put(tier, ...entries);
    const keys = entries.map(({ head }) => head.key);
    const answers = await tier.getMany(keys, 'entry', SIGNAL);
    expect(answers.map((answer) => Buffer.from(answer?.body ?? []).toString())).toEqual(
      keys.map((_, i) => `body ${i}`),
    );
  },
};
