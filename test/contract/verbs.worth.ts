/** Clauses about what is worth warming. */
import { expect } from 'vitest';
import { worthReport } from '../../src/verbs/worth-shapes.ts';
import { expectRejection, UNKNOWN, type VerbsClauses } from './verbs.steps.ts';

export const worthClauses: VerbsClauses = {
  'every key that is kept warm counts once, and is not called unread where nobody reports reads': {
    async check({ verbs, keys, store }) {
      expect((await verbs.worth('')).sources).toEqual([]);
      await store(keys.slice(0, 6));
      const { sources } = worthReport.parse(await verbs.worth('source=profile'));
      expect(sources).toHaveLength(1);
      expect(sources[0]).toMatchObject({
        ...{ source: 'profile', keys: 6, reported: false, reads: 0 },
        ...{ worth: 0, seldom: 0, unread: 0, untold: 6, callsUnread: 0, samples: [] },
      });
    },
    lie: ({ verbs }) => ({
      async worth(selector, samples) {
        const report = await verbs.worth(selector, samples);
        return { ...report, sources: report.sources.map((row) => ({ ...row, unread: row.keys, untold: 0 })) };
      },
    }),
  },

  'what nothing provides has no worth': {
    async check({ verbs }) {
      for (const selector of UNKNOWN) await expectRejection(verbs.worth(selector), 'E_SELECTOR_INVALID');
    },
    lie: ({ verbs }) => ({ worth: () => verbs.worth('') }),
  },
};
