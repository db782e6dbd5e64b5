/** Clauses on scanning. */
import { expect } from 'vitest';
import { entryOf, tombstoneOf } from '../support/entries.ts';
import { put, putOf, SIGNAL, scanKeys } from './tier.steps.ts';
import type { Clause } from './tier.ts';

export const scanClauses: Readonly<Record<string, Clause>> = {
  'scans the heads of one prefix and no other, tombstones included': async (tier) => {
    const mine = [entryOf('a:1', 'one', { etag: '"1"' }), entryOf('a:2', ''), tombstoneOf('a:3', 9)];
    await put(tier, ...mine, entryOf('b:1', 'x'), entryOf('a', 'x'), entryOf('ab:1', 'x'));
    const heads = [];
    for await (const page of tier.scan('a:', SIGNAL)) heads.push(...page);
    heads.sort((x, y) => (x.key < y.key ? -1 : 1));
    expect(heads).toEqual(mine.map(({ head }) => head));
  },

  'scans everything under the empty prefix': async (tier) => {
    await put(tier, entryOf('a', '1'), entryOf('ü', '2'), entryOf('😀', '3'));
    expect(await scanKeys(tier, '')).toEqual(['a', 'ü', '😀'].sort());
  },

  'takes wildcards in a prefix literally': async (tier) => {
    const odd = ['*', '?', '%', '_', '[a-z]', '\\', '^', "'", '"', '😀', '\u{10ffff}'];
    await put(tier, ...odd.map((text) => entryOf(`${text}x`, '1')), entryOf('plain', '2'));
    for (const text of odd) expect(await scanKeys(tier, text), `prefix ${text}`).toEqual([`${text}x`]);
  },

  'scans each key once, over many pages': async (tier, many) => {
    const keys = Array.from({ length: many }, (_, i) => `k:${String(i).padStart(4, '0')}`);
    await put(tier, ...keys.map((key) => entryOf(key, 'x')));
    expect(await scanKeys(tier, 'k:')).toEqual(keys);
  },

  'scans what stays put once while writes go on': async (tier, many) => {
    const keys = Array.from({ length: many }, (_, i) => `k:${String(i).padStart(4, '0')}`);
    await put(tier, ...keys.map((key) => entryOf(key, 'x', { stamp: 1 })));
    const seen: string[] = [];
    // Beside each page, so many are written anew, and as many are added.
    const step = many / 25;
    let round = 0;
    for await (const page of tier.scan('k:', SIGNAL)) {
      seen.push(...page.map((head) => head.key));
      round += 1;
      const rewritten = keys
        .slice(seen.length, seen.length + step)
        .map((key) => entryOf(key, 'y', { stamp: 2 }));
      const added = Array.from({ length: step }, (_, i) => entryOf(`l:${round}:${i}`, 'z'));
      await tier.putMany([...rewritten, ...added].map(putOf), SIGNAL);
    }
    expect(seen.sort()).toEqual(keys);
  },
};
