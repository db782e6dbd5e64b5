/** What every store of shrinks must do, and for each clause one that does not. */
import { expect } from 'vitest';
import { FORGOTTEN_LATELY_MS, type Shrink, type Shrinks } from '../../src/catalog/shrinks.ts';
import { liar } from './liar.ts';
import { apart, type ClausesWithLiars } from './suite.ts';

const AT = 1_767_225_600_000;

/** What is noted at a time. */
function shrinkAt(since: number): Shrink {
  return { since, missing: 30, keys: 200 };
}

const shrinksClauses: ClausesWithLiars<Shrinks> = {
  'returns what was noted first, however often it is noted': {
    async check(shrinks) {
      expect(await shrinks.noted('quote')).toBeUndefined();
      expect(await shrinks.note('quote', shrinkAt(AT))).toEqual(shrinkAt(AT));
      expect(await shrinks.note('quote', shrinkAt(AT + 5))).toEqual(shrinkAt(AT));
      expect(await shrinks.noted('quote')).toEqual(shrinkAt(AT));
    },
    lie: (honest) => liar(honest, { note: async (_, shrink) => shrink }),
  },

  'begins anew once it is forgotten, and may be forgotten twice': {
    async check(shrinks) {
      await shrinks.note('quote', shrinkAt(AT));
      await shrinks.forget('quote');
      await shrinks.forget('quote');
      expect(await shrinks.noted('quote')).toBeUndefined();
      expect(await shrinks.note('quote', shrinkAt(AT + 5))).toEqual(shrinkAt(AT + 5));
    },
    lie: (honest) => liar(honest, { forget: async () => undefined }),
  },

  'keeps sources apart': {
    async check(shrinks) {
      await shrinks.note('quote', shrinkAt(AT));
      expect(await shrinks.note('profile', shrinkAt(AT + 5))).toEqual(shrinkAt(AT + 5));
      await shrinks.forget('profile');
      expect(await shrinks.noted('quote')).toEqual(shrinkAt(AT));
    },
    lie: (honest) => liar(honest, { note: (_, shrink) => honest.note('one', shrink) }),
  },

  'adds up what was forgotten of each source within the hour': {
    async check(shrinks) {
      await shrinks.count('quote', 15, AT);
      await shrinks.count('quote', 4, AT + 1_000);
      await shrinks.count('profile', 100, AT + 1_000);
      expect(await shrinks.lately('quote', AT + 2_000)).toBe(19);
    },
    lie: (honest) => liar(honest, { lately: async () => 15 }),
  },

  'counts no key as forgotten lately an hour later': {
    async check(shrinks) {
      await shrinks.count('quote', 15, AT);
      await shrinks.count('quote', 4, AT + 1_000);
      expect(await shrinks.lately('quote', AT + FORGOTTEN_LATELY_MS)).toBe(4);
    },
    lie: (honest) => liar(honest, { lately: (source) => honest.lately(source, AT) }),
  },
};

export const { clauses: SHRINKS_CLAUSES, liars: SHRINKS_LIARS } = apart(shrinksClauses);
