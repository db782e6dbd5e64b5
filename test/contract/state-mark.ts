/** What every state mark must do, and for each clause one that does not. */
import { expect } from 'vitest';
import type { Mark, StateMark } from '../../src/catalog/state-mark.ts';
import { liar } from './liar.ts';
import { apart, type ClausesWithLiars } from './suite.ts';

const ONE: Mark = { id: 'a1', lostAt: 0, run: '' };
const OTHER: Mark = { id: 'b2', lostAt: 1_767_225_600_000, run: 'rebuild-a1-20260101' };

const stateMarkClauses: ClausesWithLiars<StateMark> = {
  'is not there before it is set': {
    check: async (mark) => expect(await mark.read()).toBeUndefined(),
    lie: (honest) => liar(honest, { read: async () => ONE }),
  },

  'is read as it was set': {
    async check(mark) {
      expect(await mark.set(OTHER)).toEqual(OTHER);
      expect(await mark.read()).toEqual(OTHER);
    },
    lie: (honest) => liar(honest, { set: ({ id }) => honest.set({ ...ONE, id }) }),
  },

  'stays as it was set first, and tells the others': {
    async check(mark) {
      await mark.set(ONE);
      expect(await mark.set(OTHER)).toEqual(ONE);
      expect(await mark.read()).toEqual(ONE);
    },
    lie: (honest) => liar(honest, { set: async (mark) => mark }),
  },
};

export const { clauses: STATE_MARK_CLAUSES, liars: STATE_MARK_LIARS } = apart(stateMarkClauses);
