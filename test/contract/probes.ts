/** What every record of probes must do, and for each clause one that does not. */
import { expect } from 'vitest';
import type { Probes } from '../../src/catalog/probes.ts';
import { liar } from './liar.ts';
import { apart, type ClausesWithLiars } from './suite.ts';

export interface ProbesSubject {
  /** Two who ask; in Redis two processes. */
  readonly one: Probes;
  readonly other: Probes;
  /** Lets the time for which a probe speaks pass. */
  pass(): Promise<unknown>;
}

const probesClauses: ClausesWithLiars<ProbesSubject> = {
  'are claimed by one at a time, for each origin': {
    async check({ one, other }) {
      expect(await one.claim('o')).toBe('claimed');
      expect(await other.claim('o')).toBe('asked');
      expect(await other.claim('p')).toBe('claimed');
    },
    lie: (honest) => ({ ...honest, other: liar(honest.other, { claim: async () => 'claimed' }) }),
  },

  'tell everybody what was found, until it is too old': {
    async check({ one, other, pass }) {
      await one.claim('o');
      await one.note('o', { at: 7, failure: 'refused' });
      expect(await one.claim('o')).toEqual({ at: 7, failure: 'refused' });
      expect(await other.claim('o')).toEqual({ at: 7, failure: 'refused' });
      await pass();
      expect(await other.claim('o')).toBe('claimed');
      await other.note('o', { at: 8, failure: undefined });
      expect(await one.claim('o')).toEqual({ at: 8, failure: undefined });
    },
    lie: (honest) => ({ ...honest, pass: async () => undefined }),
  },

  'that were not made after all are free again': {
    async check({ one, other }) {
      await one.claim('o');
      await one.note('o', undefined);
      expect(await other.claim('o')).toBe('claimed');
    },
    lie: (honest) => ({ ...honest, one: liar(honest.one, { note: async () => undefined }) }),
  },
};

export const { clauses: PROBES_CLAUSES, liars: PROBES_LIARS } = apart(probesClauses);
