/** What every outlook must do, and for each clause one that does not. */
import { expect } from 'vitest';
import type { Catalog } from '../../src/catalog/catalog.ts';
import type { DueKey, Outlook } from '../../src/catalog/outlook.ts';
import { liar } from './liar.ts';
import { apart, type ClausesWithLiars } from './suite.ts';

/** An outlook, and the catalog that it looks at. */
export interface OutlookSubject {
  readonly outlook: Outlook;
  readonly catalog: Catalog;
}

const outlookClauses: ClausesWithLiars<OutlookSubject> = {
  'counts what is due by each of several times, and knows the earliest': {
    async check({ catalog, outlook }) {
      await catalog.track('quote', ['a', 'b'], 10);
      await catalog.track('quote', ['c'], 50);
      await catalog.settle('quote', [
        { key: 'a', dueAt: 20, failure: { outcome: 'failed', reason: 'reset', at: 40 } },
      ]);
      expect(await outlook.of('quote', [9, 10, 50])).toEqual({
        ...{ keys: 3, failing: 1, earliest: 10 },
        dueBy: [0, 1, 3],
      });
      expect(await outlook.of('unknown', [10])).toEqual({
        ...{ keys: 0, failing: 0, earliest: undefined },
        dueBy: [0],
      });
    },
    lie: ({ catalog, outlook }) => ({
      catalog,
      outlook: liar(outlook, {
        async of(source, times) {
          const honest = await outlook.of(source, times);
          return { ...honest, dueBy: honest.dueBy.toReversed() };
        },
      }),
    }),
  },

  'gives different keys of a source at random, and no more than it has': {
    async check({ catalog, outlook }) {
      const keys = Array.from({ length: 50 }, (_, i) => `key:${i}`);
      await catalog.track('quote', keys, 10);
      const seen = new Set<string>();
      for (let i = 0; i < 20; i += 1) {
        const sample = (await outlook.sample('quote', 10)).map(({ key }) => key);
        expect(new Set(sample).size).toBe(10);
        for (const key of sample) seen.add(key);
      }
      expect([...seen].every((key) => keys.includes(key))).toBe(true);
      // That none of 20 samples of a fifth has a key is one in 87, of each; that half of them are never seen does not happen.
      expect(seen.size).toBeGreaterThan(25);
      expect((await outlook.sample('quote', 1_000)).toSorted(byKey)).toEqual(
        keys.toSorted().map((key) => ({ key, due: 10 })),
      );
      expect(await outlook.sample('unknown', 5)).toEqual([]);
    },
    lie: ({ catalog, outlook }) => ({
      catalog,
      outlook: liar(outlook, {
        async sample(source, count) {
          return (await outlook.sample(source, 1_000)).toSorted(byKey).slice(0, count);
        },
      }),
    }),
  },
};

const byKey = (a: DueKey, b: DueKey) => (a.key < b.key ? -1 : 1);

export const { clauses: OUTLOOK_CLAUSES, liars: OUTLOOK_LIARS } = apart(outlookClauses);
