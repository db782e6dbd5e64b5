/** What every mark of what was measured must do, and for each clause one that does not. */
import { expect } from 'vitest';
import type { Measured, MeasuredMark } from '../../src/catalog/measured-mark.ts';
import { liar } from './liar.ts';
import { apart, type ClausesWithLiars } from './suite.ts';

const ONE: Measured = { at: 1_000, quarantined: { quote: 3 } };
const OTHER: Measured = { at: 2_000, quarantined: { profile: 1 } };

const measuredMarkClauses: ClausesWithLiars<MeasuredMark> = {
  'is not there before anything was measured': {
    check: async (mark) => expect(await mark.read()).toBeUndefined(),
    lie: (honest) => liar(honest, { read: async () => ONE }),
  },

  'is what was measured last, and nothing of before': {
    async check(mark) {
      await mark.set(ONE);
      expect(await mark.read()).toEqual(ONE);
      await mark.set(OTHER);
      expect(await mark.read()).toEqual(OTHER);
    },
    lie: (honest) => {
      const all: Record<string, number> = {};
      return liar(honest, {
        set: ({ at, quarantined }) => honest.set({ at, quarantined: Object.assign(all, quarantined) }),
      });
    },
  },
};

export const { clauses: MEASURED_MARK_CLAUSES, liars: MEASURED_MARK_LIARS } = apart(measuredMarkClauses);
