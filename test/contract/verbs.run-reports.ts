/** Clauses about how runs went. */
import { expect } from 'vitest';
import { exactly } from '../../src/policy/estimate.ts';
import { runDiff, runFailures, runReport } from '../../src/verbs/runs/run-report-shapes.ts';
import { expectRejection, finished, type VerbsClauses } from './verbs.steps.ts';

const PLAN = { keys: 10, fetch: 10, calls: exactly(10), bytes: null, likely: null };

export const runReportClauses: VerbsClauses = {
  'the report of a run sets what was planned against what it came to': {
    async check(subject) {
      const { id } = await finished(subject, { plan: PLAN });
      const report = runReport.parse(await subject.verbs.runReport(id));
      expect(report).toMatchObject({ run: id, plan: PLAN, actual: { keys: 10, fetch: 10 } });
      expect(report.compared[0]).toMatchObject({
        figure: 'keys',
        planned: exactly(10),
        actual: 10,
        is: 'within',
      });
    },
    lie: ({ verbs }) => ({
      runReport: async (id) => ({ ...(await verbs.runReport(id)), compared: [] }),
    }),
  },

  'the report of a run that nobody planned, or that goes on, compares nothing': {
    async check(subject) {
      const { verbs } = subject;
      const { id } = await finished(subject);
      expect(await verbs.runReport(id)).toMatchObject({ plan: null, compared: [] });
      const { run } = await verbs.warm({ plan: PLAN }, 'api');
      expect(await verbs.runReport(run.id)).toMatchObject({ plan: PLAN, compared: [], diff: null });
    },
    lie: ({ verbs }) => ({
      runReport: async (id) => ({ ...(await verbs.runReport(id)), plan: PLAN }),
    }),
  },

  'the diff of a run to the one before it names the keys that came, and those that left': {
    async check(subject) {
      const { verbs } = subject;
      const first = await finished(subject, { limit: 4 });
      await subject.pass(1_000);
      const second = await finished(subject);
      const diff = runDiff.parse(await verbs.diffRuns(second.id, undefined, 3));
      expect(diff).toMatchObject({ run: second.id, to: first.id, came: { count: 6 }, left: { count: 0 } });
      expect(diff.came.keys).toHaveLength(3);
      expect(await verbs.diffRuns(first.id, second.id)).toMatchObject({
        left: { count: 6 },
        came: { count: 0 },
      });
      expect((await verbs.runReport(second.id)).diff).toMatchObject({ came: { count: 6 } });
    },
    lie: ({ verbs }) => ({
      async diffRuns(id, to, samples) {
        const diff = await verbs.diffRuns(id, to, samples);
        return { ...diff, came: diff.left, left: diff.came };
      },
    }),
  },

  'a run that warmed all of its keys has no failures, and one that does not exist has no list of them': {
    async check(subject) {
      const { id } = await finished(subject);
      expect(runFailures.parse(await subject.verbs.runFailures(id, 5))).toEqual({
        ...{ run: id, failures: [], total: 0, unlisted: 0, cursor: null },
        progress: { final: true, state: 'ended', endedReason: 'finished', pending: 0, cancelled: 0 },
      });
      await expectRejection(subject.verbs.runFailures('nothing'), 'E_NOT_FOUND');
    },
    lie: ({ verbs }) => ({
      runFailures: async (id) => ({ ...(await verbs.runFailures(id)), total: 1 }),
    }),
  },

  'there is no diff of a run that does not exist, or that has none before it': {
    async check(subject) {
      await expectRejection(subject.verbs.diffRuns('nothing'), 'E_NOT_FOUND');
      await expectRejection(subject.verbs.runReport('nothing'), 'E_NOT_FOUND');
      const { id } = await finished(subject);
      await expectRejection(subject.verbs.diffRuns(id), 'E_NOT_FOUND');
      expect((await subject.verbs.runReport(id)).last).toBeNull();
    },
    lie: ({ verbs }) => ({ diffRuns: (id) => verbs.diffRuns(id, id) }),
  },
};
