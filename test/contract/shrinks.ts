/** What every store of shrinks must do, and for each clause one that does not. */
import { expect } from 'vitest';
import type { Shrinks } from '../../src/catalog/shrinks.ts';
import { liar } from './liar.ts';
import { apart, type ClausesWithLiars } from './suite.ts';

const AT = 1_767_225_600_000;

const shrinksClauses: ClausesWithLiars<Shrinks> = {
  'tells since when it is so, however often it is noted': {
    async check(shrinks) {
      expect(await shrinks.note('quote', AT)).toBe(AT);
      expect(await shrinks.note('quote', AT + 5)).toBe(AT);
    },
    lie: (honest) => liar(honest, { note: async (_, now) => now }),
  },

  'begins anew once it is forgotten, and may be forgotten twice': {
    async check(shrinks) {
      await shrinks.note('quote', AT);
      await shrinks.forget('quote');
      await shrinks.forget('quote');
      expect(await shrinks.note('quote', AT + 5)).toBe(AT + 5);
    },
    lie: (honest) => liar(honest, { forget: async () => undefined }),
  },

  'keeps sources apart': {
    async check(shrinks) {
      await shrinks.note('quote', AT);
      expect(await shrinks.note('profile', AT + 5)).toBe(AT + 5);
      await shrinks.forget('profile');
      expect(await shrinks.note('quote', AT + 9)).toBe(AT);
    },
    lie: (honest) => liar(honest, { note: (_, now) => honest.note('one', now) }),
  },
};

export const { clauses: SHRINKS_CLAUSES, liars: SHRINKS_LIARS } = apart(shrinksClauses);
