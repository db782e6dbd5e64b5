/** Clauses about dead letters, statistics and health. */
import { expect } from 'vitest';
import { budgetReport } from '../../src/verbs/budget-shapes.ts';
import { deadLetterPage } from '../../src/verbs/dead-letters/letter-shapes.ts';
import { doctorReport, LEVELS } from '../../src/verbs/health/doctor-shapes.ts';
import { historyView } from '../../src/verbs/history-shapes.ts';
import { laneList, processList } from '../../src/verbs/process-shapes.ts';
import { overview, statsView } from '../../src/verbs/statistics-view.ts';
import { expectRejection, type VerbsClauses, type VerbsSubject } from './verbs.steps.ts';

/** Three dead letters; the newest is of the third key. */
async function buried({ keys, bury, pass }: VerbsSubject): Promise<void> {
  for (const key of keys.slice(0, 3)) {
    await bury(key);
    await pass(1_000);
  }
}

const subjects = async ({ verbs }: VerbsSubject, limit = 10) =>
  (await verbs.deadLetters({ limit })).letters.map(({ subject }) => subject);

const NOTHING = { matching: 0, redriven: 0, left: 0, run: null, until: null };

export const deadLetterClauses: VerbsClauses = {
  'dead letters are listed newest first, with how many there are in all': {
    async check(subject) {
      await buried(subject);
      const [a, b, c] = subject.keys;
      const page = deadLetterPage.parse(await subject.verbs.deadLetters({ limit: 2 }));
      expect(page).toMatchObject({ total: 3, letters: [{ subject: c }, { subject: b }] });
      expect(page.letters[0]).toMatchObject({ kind: 'key', source: 'profile', run: null });
      expect(await subjects(subject)).toEqual([c, b, a]);
    },
    lie: ({ verbs }) => ({
      async deadLetters(request) {
        const page = await verbs.deadLetters(request);
        return { ...page, total: page.letters.length };
      },
    }),
  },

  'redriving queues the named ones in a run and leaves the others': {
    async check(subject) {
      await buried(subject);
      const { verbs, keys } = subject;
      const id = (await verbs.deadLetters({ limit: 10 })).letters[1]?.id ?? '';
      expect(await verbs.redrive({ ids: [id] })).toMatchObject({ redriven: 1 });
      expect(await subjects(subject)).toEqual([keys[2], keys[0]]);
      expect((await verbs.runs(10, undefined)).runs).toMatchObject([{ selector: `key=${keys[1]}` }]);
      expect(await verbs.redrive({ ids: [id] })).toMatchObject({ redriven: 0 });
    },
    lie: ({ verbs }) => ({ redrive: () => verbs.redrive({}) }),
  },

  'ids of no dead letter are passed over': {
    async check(subject) {
      await buried(subject);
      expect(await subject.verbs.redrive({ ids: ['unknown', 'markets/unknown'] })).toMatchObject({
        redriven: 0,
      });
      expect(await subjects(subject)).toHaveLength(3);
      expect((await subject.verbs.runs(10, undefined)).runs).toEqual([]);
    },
    lie: () => ({ redrive: async ({ ids = [] }) => ({ ...NOTHING, redriven: ids.length }) }),
  },

  'ids of a lane that there is not are not found, and nothing is queued': {
    async check(subject) {
      await buried(subject);
      const id = (await subject.verbs.deadLetters({ limit: 10 })).letters[1]?.id ?? '';
      for (const invented of ['invented/1', '../x', '/x', 'constructor/1'])
        await expectRejection(subject.verbs.redrive({ ids: [id, invented] }), 'E_NOT_FOUND');
      expect(await subjects(subject)).toHaveLength(3);
    },
    lie: () => ({ redrive: async () => NOTHING }),
  },

  'dead letters of one run are listed and redriven apart from the others': {
    async check(subject) {
      await buried(subject);
      const { verbs, keys } = subject;
      await subject.bury(keys[3] ?? '', 'r1');
      const page = deadLetterPage.parse(await verbs.deadLetters({ limit: 10, run: 'r1' }));
      expect(page).toMatchObject({ total: 1, letters: [{ subject: keys[3], run: 'r1' }] });
      const [letter] = page.letters;
      await expectRejection(verbs.redrive({ ids: [letter?.id ?? ''], run: 'r1' }), 'E_REQUEST_INVALID');
      expect(await verbs.redrive({ run: 'r2' })).toMatchObject({ redriven: 0 });
      expect(await verbs.redrive({ run: 'r1' })).toMatchObject({ redriven: 1 });
      expect(await subjects(subject)).toHaveLength(3);
    },
    lie: ({ verbs }) => ({ redrive: ({ run: _, ...rest }) => verbs.redrive(rest) }),
  },

  'dead letters are listed page by page': {
    async check(subject) {
      await buried(subject);
      const { verbs, keys } = subject;
      const first = await verbs.deadLetters({ limit: 2 });
      expect(first.cursor).not.toBeNull();
      const rest = await verbs.deadLetters({ limit: 2, cursor: first.cursor ?? '' });
      expect(rest).toMatchObject({ letters: [{ subject: keys[0] }], cursor: null });
    },
    lie: ({ verbs }) => ({ deadLetters: ({ cursor: _, ...rest } = {}) => verbs.deadLetters(rest) }),
  },

  'what would be redriven is counted, and then done in a run that is named': {
    async check(subject) {
      await buried(subject);
      const { verbs, keys } = subject;
      await subject.bury(keys[3] ?? '', 'r1');
      const which = { run: 'r1', source: 'profile', kind: 'key', lane: 'markets' } as const;
      const counted = await verbs.redrive({ ...which, dryRun: true });
      expect(counted).toEqual({ ...NOTHING, matching: 1, until: expect.any(String) });
      expect(await subjects(subject)).toHaveLength(4);
      expect((await verbs.redrive({ ...which, kind: 'job' })).matching).toBe(0);
      expect((await verbs.redrive({ reason: 'no reason has this' })).matching).toBe(0);
      const done = await verbs.redrive(which);
      expect(done).toMatchObject({ matching: 1, redriven: 1, left: 0 });
      expect((await verbs.run(done.run ?? '')).selector).toBe(`key=${keys[3]}`);
      await expectRejection(verbs.redrive({ ids: ['a'], dryRun: true }), 'E_REQUEST_INVALID');
    },
    lie: ({ verbs }) => ({ redrive: async (request) => ({ ...(await verbs.redrive(request)), run: 'r1' }) }),
  },

  'redriving without ids takes them all': {
    async check(subject) {
      await buried(subject);
      expect(await subject.verbs.redrive({})).toMatchObject({ redriven: 3 });
      expect(await subject.verbs.deadLetters({ limit: 10 })).toEqual({ letters: [], total: 0, cursor: null });
      expect(await subject.verbs.redrive({})).toMatchObject({ redriven: 0 });
    },
    lie: () => ({ redrive: async () => ({ ...NOTHING, redriven: 3 }) }),
  },
};

export const statisticsClauses: VerbsClauses = {
  'statistics count what tiers hold and what sources keep warm': {
    async check({ verbs, keys, store, pass, lifetime }) {
      await store(keys.slice(0, 4));
      const seen = statsView.parse(await verbs.stats());
      const memory = seen.tiers.find(({ tier }) => tier === 'memory');
      expect(memory).toMatchObject({ entries: 4, error: null });
      expect(memory?.bytes).toBeGreaterThan(0);
      expect(seen.sources).toMatchObject([
        { source: 'profile', temperature: 'warm', keys: 4, due: 0, failing: 0 },
      ]);
      await pass(lifetime.ttl);
      const later = await verbs.stats();
      expect(later.sources).toMatchObject([{ keys: 4, due: 4 }]);
      expect(later.at).toBeGreaterThan(seen.at);
    },
    lie: ({ verbs }) => ({
      async stats() {
        const seen = await verbs.stats();
        return { ...seen, sources: seen.sources.map((row) => ({ ...row, due: 0 })) };
      },
    }),
  },

  'the overview has the sources and the figures of the statistics, and names the tiers': {
    async check({ verbs, keys, store }) {
      await store(keys.slice(0, 4));
      const seen = overview.parse(await verbs.overview());
      const { tiers, sources, statistics } = await verbs.stats();
      expect(seen.tiers).toEqual(tiers.map(({ tier }) => tier));
      expect(sources.map(({ outcomes: _, ...source }) => source)).toEqual(seen.sources);
      expect(statistics).toMatchObject(seen.statistics);
    },
    lie: ({ verbs }) => ({
      async overview() {
        return { ...(await verbs.overview()), sources: [] };
      },
    }),
  },

  'each process that lives is listed with its health, and only a stuck one has reasons': {
    async check({ verbs }) {
      const { processes } = processList.parse(await verbs.processes());
      for (const { health, reasons } of processes)
        expect({ health, isStuck: reasons.length > 0 }).toEqual({ health, isStuck: health === 'stuck' });
    },
    lie: ({ verbs }) => ({
      processes: async () => {
        const { at, processes } = await verbs.processes();
        return { at, processes: processes.map((each) => ({ ...each, reasons: ['it feels so'] })) };
      },
    }),
  },

  'a history has a number for each step, or says that it is not known, and knows no other series': {
    async check({ verbs }) {
      const { rows, steps } = historyView.parse(await verbs.history({ series: ['coverage', 'calls'] }));
      for (const { values, lowest, highest } of rows)
        expect([values, lowest, highest].map(({ length }) => length)).toEqual([steps, steps, steps]);
      await expectRejection(verbs.history({ series: ['nothing' as 'calls'] }), 'E_REQUEST_INVALID');
    },
    lie: ({ verbs }) => ({ history: () => verbs.history({ series: ['coverage'] }) }),
  },

  'each lane is listed once, that of everything without an origin first': {
    async check({ verbs }) {
      const { lanes } = laneList.parse(await verbs.lanes());
      expect(lanes.map(({ lane, origin }) => [lane, origin])).toEqual([
        ['control', null],
        ['markets', 'markets'],
      ]);
    },
    lie: ({ verbs }) => ({
      lanes: async () => {
        const list = await verbs.lanes();
        return { ...list, lanes: list.lanes.toReversed() };
      },
    }),
  },

  'the budget of each origin is told with who used it, and an unknown origin is refused': {
    async check({ verbs }) {
      const all = budgetReport.parse(await verbs.budget());
      expect(all.origins.map(({ origin }) => origin)).toEqual(['markets']);
      const [one] = (await verbs.budget('markets', 1)).origins;
      expect(one?.total.calls).toBe(one?.hours.reduce((sum, { calls }) => sum + calls, 0));
      await expect(verbs.budget('no-such-origin')).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
    },
    lie: ({ verbs }) => ({ budget: (_, hours) => verbs.budget(null, hours) }),
  },
};

export const healthClauses: VerbsClauses = {
  'the doctor gives a remedy for all that is not in order, and for nothing else': {
    async check({ verbs, fail }) {
      const examined = async () => doctorReport.parse(await verbs.doctor()).findings;
      const before = await examined();
      expect(before.length).toBeGreaterThan(0);
      fail();
      const after = await examined();
      expect(after.some(({ level }) => level === 'problem')).toBe(true);
      for (const { check, level, remedy } of [...before, ...after])
        expect({ check, remedy: remedy === null }).toEqual({ check, remedy: level === 'ok' });
    },
    lie: ({ verbs }) => ({
      doctor: async (checks) => {
        const report = await verbs.doctor(checks);
        return { ...report, findings: report.findings.map((each) => ({ ...each, remedy: null })) };
      },
    }),
  },

  'the worst finding of the doctor comes first, and gives the report its level': {
    async check({ verbs, fail }) {
      fail();
      const { level, findings } = await verbs.doctor();
      const levels = findings.map((each) => LEVELS.indexOf(each.level));
      expect(levels).toEqual(levels.toSorted((a, b) => b - a));
      expect(level).toBe(findings[0]?.level);
    },
    lie: ({ verbs }) => ({
      doctor: async (checks) => ({ ...(await verbs.doctor(checks)), level: 'ok' }),
    }),
  },

  'the doctor examines what is named alone, and refuses a name that no check has': {
    async check({ verbs }) {
      const [named] = (await verbs.doctor()).findings;
      const id = named?.check ?? '';
      const { findings } = await verbs.doctor([id]);
      expect(new Set(findings.map(({ check }) => check))).toEqual(new Set([id]));
      await expect(verbs.doctor(['no-such-check'])).rejects.toMatchObject({ code: 'E_REQUEST_INVALID' });
    },
    lie: ({ verbs }) => ({ doctor: () => verbs.doctor() }),
  },

  'a process is ready while it can do its work, and says why it is not': {
    async check({ verbs, fail }) {
      const well = await verbs.ready();
      expect(well).toEqual({ needs: expect.any(Array), silent: [] });
      expect(well.needs.map(({ reason }) => reason)).toEqual(well.needs.map(() => null));
      fail();
      const { needs } = await verbs.ready();
      expect(needs.flatMap(({ reason }) => reason ?? [])).toEqual([expect.stringMatching(/\w+/)]);
    },
    lie: () => ({ ready: async () => ({ needs: [{ name: 'redis', reason: null }], silent: [] }) }),
  },
};
