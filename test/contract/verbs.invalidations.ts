/** Clauses about invalidations. */

import { expect } from 'vitest';
import {
  clearRequest,
  type InvalidateRequest,
  invalidateReport,
  invalidateRequest,
} from '../../src/verbs/invalidation-shapes.ts';
import { found } from '../support/entry-reads.ts';
import { expectRejection, readable, UNKNOWN, type VerbsClauses, type VerbsSubject } from './verbs.steps.ts';

async function invalidate({ verbs }: VerbsSubject, change: Partial<InvalidateRequest>) {
  return invalidateReport.parse(await verbs.invalidate(invalidateRequest.parse(change), 'api'));
}

const freshness = async ({ verbs, keys }: VerbsSubject) =>
  (await verbs.getMany(keys)).map((read) => found(read)?.head.freshness);

/** Ten stored values. */
async function stored(subject: VerbsSubject): Promise<VerbsSubject> {
  await subject.store(subject.keys);
  return subject;
}

export const invalidationClauses: VerbsClauses = {
  'dropped keys are not read any more, and others are': {
    async check(subject) {
      const { keys } = await stored(subject);
      const report = await invalidate(subject, { selector: `key=${keys[0]}`, mode: 'drop' });
      expect(report).toMatchObject({ mode: 'drop', keys: 1, bySource: { profile: 1 }, samples: [keys[0]] });
      expect(await readable(subject)).toEqual([undefined, ...keys.slice(1)]);
    },
    lie: ({ verbs }) => ({
      invalidate: (request, cause) => verbs.invalidate({ ...request, mode: 'stale' }, cause),
    }),
  },

  'keys that are made stale are still served, as stale': {
    async check(subject) {
      const { keys } = await stored(subject);
      await invalidate(subject, { selector: `key=${keys[0]}`, mode: 'stale' });
      expect(await freshness(subject)).toEqual(['stale', ...keys.slice(1).map(() => 'fresh')]);
    },
    lie: ({ verbs }) => ({
      invalidate: (request, cause) => verbs.invalidate({ ...request, mode: 'drop' }, cause),
    }),
  },

  'a whole source is invalidated without naming its keys': {
    async check(subject) {
      await stored(subject);
      const report = await invalidate(subject, { selector: 'source=profile', mode: 'drop' });
      expect(report).toMatchObject({ keys: 10, bySource: { profile: 10 }, samples: [] });
      expect(await readable(subject)).toEqual(subject.keys.map(() => undefined));
    },
    lie: ({ verbs }) => ({
      invalidate: async (request, cause) => ({ ...(await verbs.invalidate(request, cause)), keys: 9 }),
    }),
  },

  'a prefix is invalidated without counting its keys': {
    async check(subject) {
      await stored(subject);
      const report = await invalidate(subject, { selector: 'prefix=profile:', mode: 'stale' });
      expect(report).toMatchObject({ keys: null, bySource: {}, samples: [] });
      expect(await freshness(subject)).toEqual(subject.keys.map(() => 'stale'));
    },
    lie: ({ verbs }) => ({
      invalidate: async (request, cause) => ({ ...(await verbs.invalidate(request, cause)), keys: 10 }),
    }),
  },

  'a dry run counts and names keys, and changes nothing': {
    async check(subject) {
      const { keys } = await stored(subject);
      for (const selector of ['source=profile', 'prefix=profile:']) {
        const report = await invalidate(subject, { selector, mode: 'drop', dryRun: true, rewarm: true });
        expect(report).toMatchObject({
          dryRun: true,
          keys: 10,
          bySource: { profile: 10 },
          stamp: null,
          run: null,
        });
        for (const key of report.samples) expect(keys).toContain(key);
        expect(report.samples.length).toBeGreaterThan(0);
      }
      expect(await freshness(subject)).toEqual(keys.map(() => 'fresh'));
      expect((await subject.verbs.runs(10, undefined)).runs).toEqual([]);
    },
    lie: ({ verbs }) => ({
      async invalidate(request, cause) {
        const report = await verbs.invalidate(request, cause);
        await verbs.invalidate({ ...request, dryRun: false }, cause);
        return report;
      },
    }),
  },

  'a later invalidation has a higher stamp': {
    async check(subject) {
      const { keys } = await stored(subject);
      const first = await invalidate(subject, { selector: `key=${keys[0]}` });
      const second = await invalidate(subject, { selector: 'source=profile' });
      expect(second.stamp).toBeGreaterThan(first.stamp ?? Number.NaN);
    },
    lie: ({ verbs }) => ({
      invalidate: async (request, cause) => ({ ...(await verbs.invalidate(request, cause)), stamp: 1 }),
    }),
  },

  'an invalidation that rewarms creates a run of the same selection': {
    async check(subject) {
      const { keys } = await stored(subject);
      for (const selector of [`key=${keys[0]}`, 'source=profile']) {
        const { run } = await invalidate(subject, { selector, rewarm: true });
        expect(await subject.verbs.run(run ?? '')).toMatchObject({ selector, cause: 'api' });
      }
    },
    lie: ({ verbs }) => ({
      invalidate: (request, cause) => verbs.invalidate({ ...request, rewarm: false }, cause),
    }),
  },

  'an invalidation of everything, or of what nothing provides, is refused': {
    async check(subject) {
      await stored(subject);
      for (const selector of [' ', ...UNKNOWN]) {
        await expectRejection(invalidate(subject, { selector, mode: 'drop' }), 'E_SELECTOR_INVALID');
        await expectRejection(invalidate(subject, { selector, dryRun: true }), 'E_SELECTOR_INVALID');
      }
      expect(await readable(subject)).toEqual(subject.keys);
    },
    lie: ({ verbs }) => ({
      invalidate: (request, cause) =>
        request.selector === ' '
          ? verbs.clear(request, cause).then(() => verbs.invalidate(request, cause))
          : verbs.invalidate(request, cause),
    }),
  },

  'clear invalidates everything, by dropping it unless told otherwise': {
    async check(subject) {
      await stored(subject);
      const stale = await subject.verbs.clear(clearRequest.parse({ mode: 'stale' }), 'cli');
      expect(invalidateReport.parse(stale)).toMatchObject({ selector: '', keys: 10, dryRun: false });
      expect(await freshness(subject)).toEqual(subject.keys.map(() => 'stale'));
      await subject.verbs.clear(clearRequest.parse({}), 'cli');
      expect(await readable(subject)).toEqual(subject.keys.map(() => undefined));
    },
    lie: ({ verbs }) => ({ clear: (request, cause) => verbs.clear({ ...request, mode: 'stale' }, cause) }),
  },
};
