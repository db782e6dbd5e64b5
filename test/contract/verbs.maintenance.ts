/** Clauses about maintenance. */
import { Readable } from 'node:stream';
import { expect } from 'vitest';
import { benchReport } from '../../src/verbs/maintenance/bench-report.ts';
import {
  gcReport,
  importReport,
  purgeReport,
  validationReport,
} from '../../src/verbs/maintenance/maintenance-shapes.ts';
import {
  collect,
  expectRejection,
  NEVER,
  purgeOf,
  readable,
  UNKNOWN,
  type VerbsClauses,
  type VerbsSubject,
  WATCH,
} from './verbs.steps.ts';

async function exported({ verbs }: VerbsSubject, selector = '', bodies = true): Promise<string[]> {
  return (await collect(verbs.export({ selector, bodies }, NEVER))).flat();
}

async function imported({ verbs }: VerbsSubject, lines: readonly string[], dryRun = false) {
  const input = Readable.from([Buffer.from(lines.join('\n'))]);
  return importReport.parse(await verbs.import(input, { dryRun }, WATCH));
}

const purged = async ({ verbs }: VerbsSubject, change: Parameters<typeof purgeOf>[0] = {}) =>
  purgeReport.parse(await verbs.purge(purgeOf(change), NEVER));

const exportClauses: VerbsClauses = {
  'an export has one line for each selected entry that is not gone': {
    async check(subject) {
      const { keys, store, pass, lifetime } = subject;
      await store(keys);
      const lines = await exported(subject);
      expect(lines.map((line) => JSON.parse(line).key).sort()).toEqual([...keys].sort());
      expect(await exported(subject, `key=${keys[0]}`)).toHaveLength(1);
      await pass(lifetime.ttl + lifetime.grace);
      expect(await exported(subject)).toEqual([]);
    },
    lie: ({ verbs }) => ({ export: (request, signal) => verbs.export({ ...request, selector: '' }, signal) }),
  },

  'an export of what nothing provides is refused': {
    async check(subject) {
      for (const selector of UNKNOWN)
        await expectRejection(exported(subject, selector), 'E_SELECTOR_INVALID');
    },
    lie: () => ({ async *export() {} }),
  },
};

const importClauses: VerbsClauses = {
  'an import takes back what an export gave, and a dry run only says so': {
    async check(subject) {
      await subject.store(subject.keys);
      const lines = await exported(subject);
      const taken = { lines: 10, written: 10, superseded: 0, refused: 0, gone: 0, missed: [], samples: [] };
      expect(await imported(subject, lines, true)).toEqual({ dryRun: true, ...taken });
      expect(await imported(subject, lines)).toEqual({ dryRun: false, ...taken });
      expect(await readable(subject)).toEqual(subject.keys);
    },
    lie: ({ verbs }) => ({
      import: async (input, request, watch) => ({
        ...(await verbs.import(input, request, watch)),
        written: 0,
      }),
    }),
  },

  'an import loses to a value that was fetched later, and to a purge': {
    async check(subject) {
      const { keys, store, pass, lifetime } = subject;
      await store(keys);
      const lines = await exported(subject);
      await pass(lifetime.ttl);
      await store(keys.slice(0, 4));
      await purged(subject, { selector: `key=${keys.slice(4).join(',')}` });
      expect(await imported(subject, lines)).toMatchObject({ written: 0, superseded: 10 });
      expect(await readable(subject)).toEqual(keys.map((key, i) => (i < 4 ? key : undefined)));
    },
    lie: ({ verbs, store }) => ({
      async purge(request, signal) {
        const report = await verbs.purge(request, signal);
        await store(report.samples);
        return report;
      },
    }),
  },

  'a line that is not one of an export is refused, and so is one without its body': {
    async check(subject) {
      await subject.store(subject.keys.slice(0, 1));
      for (const lines of [['{}'], ['nonsense'], await exported(subject, '', false)])
        await expectRejection(imported(subject, lines), 'E_REQUEST_INVALID');
    },
    lie: () => ({
      import: async (_, { dryRun }) => ({
        ...{ dryRun, lines: 1, written: 0, superseded: 0, refused: 1, gone: 0, missed: [], samples: [] },
      }),
    }),
  },
};

const purgeClauses: VerbsClauses = {
  'a purge removes the selected entries, and a dry run only counts them': {
    async check(subject) {
      const { keys, store } = subject;
      await store(keys);
      const selector = `key=${keys[0]},${keys[1]}`;
      const seen = await purged(subject, { selector, dryRun: true });
      expect(seen).toMatchObject({ dryRun: true, keys: 2, bySource: { profile: 2 }, forgotten: 0 });
      expect(seen.samples.sort()).toEqual(keys.slice(0, 2));
      for (const { keys: held, error } of seen.tiers) expect([held, error]).toEqual([2, null]);
      expect(await readable(subject)).toEqual(keys);
      expect(await purged(subject, { selector })).toMatchObject({ dryRun: false, keys: 2 });
      expect(await readable(subject)).toEqual([undefined, undefined, ...keys.slice(2)]);
    },
    lie: ({ verbs }) => ({ purge: (request, signal) => verbs.purge({ ...request, dryRun: true }, signal) }),
  },

  'purged keys stay known unless they are to be forgotten': {
    async check(subject) {
      const { verbs, keys, store } = subject;
      await store(keys);
      await purged(subject, { selector: `key=${keys[0]}` });
      expect((await verbs.inspect(keys[0] ?? '')).catalogued).toBe(true);
      expect(await purged(subject, { selector: `key=${keys[1]}`, forget: true })).toMatchObject({
        forgotten: 1,
      });
      expect((await verbs.inspect(keys[1] ?? '')).catalogued).toBe(false);
    },
    lie: ({ verbs }) => ({ purge: (request, signal) => verbs.purge({ ...request, forget: false }, signal) }),
  },

  'a purge of what is expired leaves what is not': {
    async check(subject) {
      const { keys, store, pass, lifetime } = subject;
      await store(keys.slice(0, 3));
      await pass(lifetime.ttl);
      await store(keys.slice(3));
      expect(await purged(subject, { expired: true })).toMatchObject({ keys: 3 });
      expect(await readable(subject)).toEqual(keys.map((key, i) => (i < 3 ? undefined : key)));
    },
    lie: ({ verbs }) => ({ purge: (request, signal) => verbs.purge({ ...request, expired: false }, signal) }),
  },

  'a purge of everything, or of what nothing provides, is refused': {
    async check(subject) {
      await subject.store(subject.keys);
      for (const selector of [' ', ...UNKNOWN])
        await expectRejection(purged(subject, { selector }), 'E_SELECTOR_INVALID');
      expect(await readable(subject)).toEqual(subject.keys);
    },
    lie: ({ verbs }) => ({
      purge: (request, signal) => verbs.purge({ ...request, selector: 'source=profile' }, signal),
    }),
  },
};

export const maintenanceClauses: VerbsClauses = {
  'gc removes what is gone, and nothing that may be served': {
    async check(subject) {
      const { verbs, keys, store, pass, lifetime } = subject;
      await store(keys.slice(0, 3));
      await pass(lifetime.ttl + lifetime.grace);
      await store(keys.slice(3));
      expect(gcReport.parse(await verbs.gc()).removed).toBeGreaterThanOrEqual(3);
      expect(await verbs.gc()).toMatchObject({ removed: 0, bytes: 0, failures: [] });
      expect(await readable(subject)).toEqual(keys.map((key, i) => (i < 3 ? undefined : key)));
    },
    lie: ({ verbs }) => ({ gc: async () => ({ ...(await verbs.gc()), removed: 3 }) }),
  },
  ...exportClauses,
  ...importClauses,
  ...purgeClauses,

  'a validation looks at every selected entry, and finds a sound store sound': {
    async check({ verbs, keys, store }) {
      await store(keys);
      const request = { selector: '', repair: false, samples: 1 };
      const report = validationReport.parse(await verbs.validate(request, WATCH));
      expect(report).toMatchObject({ sound: true, entries: 10, catalogued: 10, tiers: [] });
      expect(report.bytes).toBeGreaterThan(0);
      const one = await verbs.validate({ ...request, selector: `key=${keys[0]}` }, WATCH);
      expect(one).toMatchObject({ sound: true, entries: 1 });
      await expectRejection(
        verbs.validate({ ...request, selector: 'source=nothing' }, WATCH),
        'E_SELECTOR_INVALID',
      );
    },
    lie: ({ verbs }) => ({
      validate: (request, watch) => verbs.validate({ ...request, selector: '' }, watch),
    }),
  },

  'a benchmark measures stored values and changes none of them': {
    async check(subject) {
      const { verbs, keys, store } = subject;
      await store(keys);
      const before = await exported(subject);
      const report = await verbs.bench({ selector: 'source=profile', keys: 2, calls: 0 }, NEVER);
      expect(benchReport.parse(report)).toMatchObject({ selector: 'source=profile', keys: 2 });
      expect((await exported(subject)).sort()).toEqual(before.sort());
    },
    lie: ({ verbs }) => ({
      async bench(request, signal) {
        const report = await verbs.bench(request, signal);
        await verbs.purge(purgeOf({}), signal);
        return report;
      },
    }),
  },
};
