/** What every measure of popularity must do, and for each clause one that does not. */
import { expect } from 'vitest';
import type { Popularity } from '../../src/catalog/popularity.ts';
import { liar } from './liar.ts';
import { apart, type ClausesWithLiars } from './suite.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
const NOON = Date.UTC(2026, 0, 1, 12);

const reads = (of: Readonly<Record<string, number>>) => new Map(Object.entries(of));

const popularityClauses: ClausesWithLiars<Popularity> = {
  'adds up the reads of a key within an hour': {
    async check(popularity) {
      await popularity.count('profile', reads({ 'profile:a': 60 }), NOON);
      await popularity.count('profile', reads({ 'profile:a': 40 }), NOON + HOUR / 2);
      expect(await popularity.of('profile', ['profile:a'], NOON + HOUR - 1)).toEqual([100]);
    },
    lie(honest) {
      let isFirst = true;
      return liar(honest, {
        async count(...told) {
          if (isFirst) await honest.count(...told);
          isFirst = false;
        },
      });
    },
  },

  'lets the reads of the hour before fade, and forgets those of earlier ones': {
    async check(popularity) {
      await popularity.count('profile', reads({ 'profile:a': 100 }), NOON);
      const at = async (hours: number) => popularity.of('profile', ['profile:a'], NOON + HOUR * hours);
      expect([...(await at(1)), ...(await at(1.5)), ...(await at(2))]).toEqual([100, 50, 0]);
    },
    lie: (honest) => liar(honest, { of: (source, keys) => honest.of(source, keys, NOON) }),
  },

  'returns one number per key, in order, and 0 for a key that nobody read': {
    async check(popularity) {
      await popularity.count('profile', reads({ 'profile:a': 3, 'profile:b': 5 }), NOON);
      const keys = ['profile:b', 'profile:none', 'profile:a', 'profile:b'];
      expect(await popularity.of('profile', keys, NOON)).toEqual([5, 0, 3, 5]);
      expect(await popularity.of('profile', [], NOON)).toEqual([]);
    },
    lie: (honest) =>
      liar(honest, {
        of: async (...asked) => (await honest.of(...asked)).filter((count) => count > 0),
      }),
  },

  'keeps the reads of each source apart': {
    async check(popularity) {
      await popularity.count('profile', reads({ k: 3 }), NOON);
      await popularity.count('quote', reads({ k: 5 }), NOON);
      expect(await popularity.of('profile', ['k'], NOON)).toEqual([3]);
      expect(await popularity.top('other', 5, NOON)).toEqual([]);
    },
    lie: (honest) => liar(honest, { count: (_, ...told) => honest.count('profile', ...told) }),
  },

  'names the keys that are read most, the most read first, over both hours': {
    async check(popularity) {
      await popularity.count('profile', reads({ 'profile:old': 100, 'profile:mid': 50 }), NOON);
      await popularity.count('profile', reads({ 'profile:new': 70 }), NOON + HOUR);
      expect(await popularity.top('profile', 2, NOON + HOUR * 1.5)).toEqual([
        { key: 'profile:new', reads: 70 },
        { key: 'profile:old', reads: 50 },
      ]);
    },
    lie: (honest) => liar(honest, { top: async (...asked) => (await honest.top(...asked)).toReversed() }),
  },

  'says since when reads are reported without a gap, and by whom, also when nobody read': {
    async check(popularity) {
      const none = { since: undefined, until: undefined, by: [] };
      expect(await popularity.reports('profile', NOON)).toEqual(none);
      for (const minute of [0, 2, 4]) await popularity.count('profile', reads({}), NOON + minute * MINUTE);
      const first = { since: NOON, until: NOON + 4 * MINUTE, by: [expect.any(String)] };
      expect(await popularity.reports('profile', NOON + 5 * MINUTE)).toEqual(first);
      expect(await popularity.reports('other', NOON)).toEqual(none);
      // A report that comes late is no later one.
      await popularity.count('profile', reads({ 'profile:a': 1 }), NOON + 3 * MINUTE);
      expect(await popularity.reports('profile', NOON + 5 * MINUTE)).toEqual(first);
    },
    lie: (honest) =>
      liar(honest, {
        count: async (source, of, at) => (of.size === 0 ? undefined : honest.count(source, of, at)),
      }),
  },

  'begins anew after a gap in which nobody counted, and knows of nothing after an hour': {
    async check(popularity) {
      await popularity.count('profile', reads({ 'profile:a': 1 }), NOON);
      const back = NOON + 10 * MINUTE;
      await popularity.count('profile', reads({ 'profile:a': 1 }), back);
      expect(await popularity.reports('profile', back)).toMatchObject({ since: back, until: back });
      expect((await popularity.reports('profile', back + HOUR)).since).toBeUndefined();
    },
    lie: (honest) =>
      liar(honest, {
        async reports(source, at) {
          const told = await honest.reports(source, at);
          return told.since === undefined ? told : { ...told, since: NOON };
        },
      }),
  },

  'takes the reads of the hour before as spread over the part of it in which they were reported': {
    async check(popularity) {
      const at = (minute: number) => NOON + minute * MINUTE;
      for (let minute = 30; minute < 90; minute += 1)
        await popularity.count('profile', reads({ 'profile:a': 10 }), at(minute));
      // All of them are within sixty minutes, though half of them are of the hour before.
      expect(await popularity.of('profile', ['profile:a'], at(90))).toEqual([600]);
    },
    lie: (honest) =>
      liar(honest, {
        of: async (source, keys, at) => (await honest.of(source, keys, at)).map((known) => known * 0.75),
      }),
  },

  'names no more keys than it is asked for': {
    async check(popularity) {
      await popularity.count('profile', reads({ a: 1, b: 2, c: 3 }), NOON);
      expect(await popularity.top('profile', 1, NOON)).toHaveLength(1);
      expect(await popularity.top('profile', 0, NOON)).toEqual([]);
    },
    lie: (honest) => liar(honest, { top: (source, limit, at) => honest.top(source, limit + 1, at) }),
  },
};

export const { clauses: POPULARITY_CLAUSES, liars: POPULARITY_LIARS } = apart(popularityClauses);
