/** Clauses about coverage. */
import { expect } from 'vitest';
import { coverageReport } from '../../src/verbs/coverage-shapes.ts';
import { expectRejection, UNKNOWN, type VerbsClauses } from './verbs.steps.ts';

export const coverageClauses: VerbsClauses = {
  'every expected key counts once in each tier, as fresh, due, stale or missing': {
    async check({ verbs, keys, store, pass, lifetime }) {
      await store(keys.slice(0, 2));
      await pass(lifetime.ttl);
      await store(keys.slice(2, 5));
      const report = coverageReport.parse(await verbs.check('', 0));
      expect(report.total).toBe(10);
      for (const tier of report.tiers)
        expect(tier).toMatchObject({ total: 10, fresh: 3, due: 0, stale: 2, missing: 5, error: null });
    },
    lie: ({ verbs }) => ({
      async check(selector, samples) {
        const report = await verbs.check(selector, samples);
        return { ...report, tiers: report.tiers.map((tier) => ({ ...tier, missing: 0 })) };
      },
    }),
  },

  'a source counts as warm what is fresh or due': {
    async check({ verbs, keys, store, pass, lifetime }) {
      await store(keys.slice(0, 2));
      await pass(lifetime.ttl);
      await store(keys.slice(2, 5));
      await pass(lifetime.ttl * 0.9);
      expect((await verbs.check('', 0)).sources).toMatchObject([
        { source: 'profile', total: 10, warm: 3, fresh: 0 },
      ]);
    },
    lie: ({ verbs }) => ({
      async check(selector, samples) {
        const report = await verbs.check(selector, samples);
        return { ...report, sources: report.sources.map((row) => ({ ...row, warm: row.warm + 2 })) };
      },
    }),
  },

  'at most so many missing keys are named': {
    async check({ verbs, keys, store }) {
      await store(keys.slice(0, 5));
      for (const samples of [0, 2, 100]) {
        for (const { missingSamples } of (await verbs.check('', samples)).tiers) {
          expect(missingSamples).toHaveLength(Math.min(5, samples));
          for (const key of missingSamples) expect(keys.slice(5)).toContain(key);
        }
      }
    },
    lie: ({ verbs }) => ({ check: (selector) => verbs.check(selector, 100) }),
  },

  'reasons say why keys are not warm, the most frequent first': {
    async check({ verbs, keys, store, pass, lifetime }) {
      await store(keys.slice(0, 3));
      await pass(lifetime.ttl + lifetime.grace);
      expect((await verbs.check('', 0)).reasons).toEqual([
        { reason: 'never warmed', keys: 7 },
        { reason: 'waits to be fetched', keys: 3 },
      ]);
    },
    lie: ({ verbs }) => ({
      async check(selector, samples) {
        const report = await verbs.check(selector, samples);
        return { ...report, reasons: report.reasons.toReversed() };
      },
    }),
  },

  'coverage is of what the selector selects, and of nothing where it selects nothing': {
    async check({ verbs, keys, store }) {
      await store(keys);
      expect(await verbs.check(`key=${keys[0]}`, 0)).toMatchObject({ total: 1, reasons: [] });
      expect(await verbs.check('prefix=elsewhere', 0)).toMatchObject({ total: 0, sources: [] });
    },
    lie: ({ verbs }) => ({ check: (_, samples) => verbs.check('', samples) }),
  },

  'keys that are warm nowhere are named with the reason, at most so many': {
    async check({ verbs, keys, store }) {
      await store(keys.slice(0, 5));
      for (const samples of [0, 2, 100]) {
        const { cold } = await verbs.check('', samples);
        expect(cold).toHaveLength(Math.min(5, samples));
        for (const { key, source, reason } of cold) {
          expect([keys.indexOf(key) >= 5, source]).toEqual([true, 'profile']);
          expect(reason).toMatch(/\w.*\.$/);
        }
      }
    },
    lie: ({ verbs, keys }) => ({
      async check(selector, samples) {
        const report = await verbs.check(selector, samples);
        return { ...report, cold: report.cold.map((each) => ({ ...each, key: keys[0] ?? '' })) };
      },
    }),
  },

  'a demand is judged exactly, and what misses it is named with how much is short': {
    async check({ verbs, keys, store, pass, lifetime }) {
      await store(keys.slice(0, 4));
      await pass(lifetime.ttl * 0.9);
      await store(keys.slice(4, 9));
      const judged = async (demand: object) => (await verbs.check('', 0, { tier: 'any', ...demand })).verdict;
      expect(await judged({})).toBeNull();
      expect(await judged({ min: '90%' })).toEqual({ met: true, unknown: false, misses: [] });
      expect(await judged({ min: 0.9, fresh: '0.5' })).toEqual({ met: true, unknown: false, misses: [] });
      const of = { source: 'profile', tier: null, total: 10 };
      expect(await judged({ min: '90.1%' })).toMatchObject({
        met: false,
        misses: [{ of: 'warm', ...of, part: 9, wanted: 0.901, short: 1 }],
      });
      expect(await judged({ min: '90%', fresh: 0.75, per: 'total' })).toMatchObject({
        met: false,
        misses: [{ of: 'fresh', ...of, source: null, part: 5, wanted: 0.75, short: 3 }],
      });
    },
    lie: ({ verbs }) => ({
      async check(selector, samples, demand) {
        const report = await verbs.check(selector, samples, demand);
        return { ...report, verdict: report.verdict && { met: true, unknown: false, misses: [] } };
      },
    }),
  },

  'a demand that nobody can mean is refused': {
    async check({ verbs }) {
      const demands = [{ min: '101%' }, { fresh: '99' }, { min: 2 }, { min: '99%', tier: 'nowhere' }];
      for (const demand of demands) await expectRejection(verbs.check('', 0, demand), 'E_REQUEST_INVALID');
    },
    lie: ({ verbs }) => ({ check: () => verbs.check('', 0) }),
  },

  'coverage of what nothing provides is refused': {
    async check({ verbs }) {
      for (const selector of UNKNOWN) await expectRejection(verbs.check(selector, 0), 'E_SELECTOR_INVALID');
    },
    lie: ({ verbs }) => ({ check: () => verbs.check('', 0) }),
  },
};
