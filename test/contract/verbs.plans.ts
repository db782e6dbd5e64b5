/** Clauses about plans. */
import { expect } from 'vitest';
import { parseSelector } from '../../src/core/selector/selector-grammar.ts';
import { type PlanReport, planReport } from '../../src/verbs/plans/plan-shapes.ts';
import { expectRejection, UNKNOWN, type VerbsClauses } from './verbs.steps.ts';

const HOUR = 3_600_000;

const changed =
  (change: (report: PlanReport) => Partial<PlanReport>) =>
  ({ verbs }: Parameters<VerbsClauses[string]['lie']>[0]) => ({
    async plan(request: Parameters<typeof verbs.plan>[0]) {
      const report = await verbs.plan(request);
      return { ...report, ...change(report) };
    },
  });

export const planClauses: VerbsClauses = {
  'a plan says of each key once whether it would be fetched, as a run decides, and where it is now': {
    async check({ verbs, keys, store, pass, lifetime }) {
      await store(keys.slice(0, 2));
      await pass(lifetime.ttl);
      await store(keys.slice(2, 5));
      const report = planReport.parse(await verbs.plan({}));
      expect(report.keys).toEqual({ total: 10, fetch: 7, alreadyWarm: 3, excluded: 0 });
      expect(report.sources).toMatchObject([{ source: 'profile', ...report.keys }]);
      for (const tier of report.tiers)
        expect(tier).toMatchObject({
          total: 10,
          fresh: 3,
          due: 0,
          stale: 2,
          missing: 5,
          adds: 5,
          error: null,
        });
    },
    lie: changed(({ keys }) => ({ keys: { ...keys, fetch: keys.total, alreadyWarm: 0 } })),
  },

  'a plan keeps to missing, force and the limit of a warm': {
    async check({ verbs, keys, store, pass, lifetime }) {
      await store(keys.slice(0, 2));
      await pass(lifetime.ttl);
      await store(keys.slice(2, 5));
      expect((await verbs.plan({ missing: true })).keys).toMatchObject({
        fetch: 5,
        alreadyWarm: 3,
        excluded: 2,
      });
      expect((await verbs.plan({ force: true })).keys).toMatchObject({ fetch: 10, alreadyWarm: 0 });
      expect((await verbs.plan({ limit: 4 })).keys).toMatchObject({ total: 4 });
      expect((await verbs.plan({ keys: [...keys.slice(0, 3)] })).keys).toMatchObject({ total: 3, fetch: 2 });
    },
    lie: ({ verbs }) => ({ plan: ({ missing: _, ...request }) => verbs.plan(request) }),
  },

  'a plan of named keys says which they are, or how many': {
    async check({ verbs, keys }) {
      const few = [...keys.slice(0, 3)];
      expect(parseSelector((await verbs.plan({ keys: few })).selector).keys).toEqual(few);
      const many = await verbs.plan({ keys: [...keys] });
      expect(many.selector).toBe('source=profile keys=10');
      const from = await verbs.plan({ keys: few, from: 'keys.txt' });
      expect(from.selector).toBe('source=profile keys=3 (from keys.txt)');
      expect((await verbs.plan({ selector: 'source=profile' })).selector).toBe('source=profile');
    },
    lie: changed(() => ({ selector: '' })),
  },

  'a plan does nothing': {
    async check({ verbs, keys, store }) {
      await store(keys.slice(0, 2));
      await verbs.plan({ force: true });
      expect((await verbs.check('', 0)).sources).toMatchObject([{ total: 10, warm: 2 }]);
      expect((await verbs.runs(10)).runs).toEqual([]);
    },
    lie: ({ verbs }) => ({
      async plan({ schedule: _, by: __, timezone: ___, ...request }) {
        await verbs.warm(request);
        return verbs.plan(request);
      },
    }),
  },

  'a plan has no likely time where calls were never seen, and says whether the end that is named can be met':
    {
      async check({ verbs }) {
        expect(await verbs.plan({})).toMatchObject({ by: null, verdict: null, likely: null, endsAt: null });
        const report = await verbs.plan({ by: '1s' });
        expect(report).toMatchObject({ by: report.startsAt + 1_000, verdict: 'unknown' });
        expect(report.shortest).toBeLessThanOrEqual(report.shortestNow);
      },
      lie: changed(({ startsAt }) => ({
        likely: { low: 1, likely: 2, high: 3 },
        by: startsAt,
        verdict: 'fits',
      })),
    },

  'a plan of a schedule is of its next tick': {
    async check({ verbs }) {
      const [next] = await verbs.previewSchedule('nightly', (await verbs.plan({})).startsAt, 1);
      const report = await verbs.plan({ schedule: 'nightly' });
      expect(report).toMatchObject({ schedule: 'nightly', startsAt: Date.parse(next?.at ?? '') });
      expect(report.keys.total).toBe(10);
    },
    lie: changed(({ startsAt }) => ({ startsAt: startsAt - HOUR })),
  },

  'a plan of what nothing provides is refused, and so is one of a schedule that makes no run': {
    async check({ verbs }) {
      for (const selector of UNKNOWN) await expectRejection(verbs.plan({ selector }), 'E_SELECTOR_INVALID');
      await expectRejection(verbs.plan({ schedule: 'nothing' }), 'E_NOT_FOUND');
      await expectRejection(
        verbs.plan({ schedule: 'nightly', selector: 'source=profile' }),
        'E_REQUEST_INVALID',
      );
      await expectRejection(verbs.plan({ by: 'soon' }), 'E_REQUEST_INVALID');
    },
    lie: ({ verbs }) => ({ plan: () => verbs.plan({}) }),
  },
};
