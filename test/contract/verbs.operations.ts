/** Clauses about schedules, dead letters, statistics and health. */
import { expect } from 'vitest';
import { deadLetterPage } from '../../src/verbs/dead-letters.ts';
import { doctorCheck } from '../../src/verbs/health/doctor-check.ts';
import {
  type ScheduleFilter,
  scheduleReport,
  scheduleView,
  tickView,
  timePreview,
} from '../../src/verbs/schedules/schedule-shapes.ts';
import { statsView } from '../../src/verbs/statistics-view.ts';
import { expectRejection, type VerbsClauses, type VerbsSubject } from './verbs.steps.ts';

const named = (...names: string[]) => ({ names, kinds: [], all: false });
const NIGHTLY = named('nightly');
/** Two times of `nightly`. */
const RANGE = { from: Date.UTC(2020, 0, 1), to: Date.UTC(2020, 0, 3) - 1 };
const ASKED = { why: 'moving' };

export const scheduleClauses: VerbsClauses = {
  'schedules say what they do and when they fire next': {
    async check({ verbs }) {
      const seen = (await verbs.schedules()).map((view) => scheduleView.parse(view));
      expect(seen).toMatchObject([
        { name: 'nightly', kind: 'run', selector: '', lastAt: null, lastRun: null },
        { name: 'warm', kind: 'refresh', selector: 'temperature=warm', lastAt: null, lastRun: null },
      ]);
      for (const { nextAt } of seen) expect(nextAt).toEqual(expect.any(Number));
    },
    lie: ({ verbs }) => ({ schedules: async () => (await verbs.schedules()).toReversed() }),
  },

  'a schedule that is triggered makes its run, and remembers it': {
    async check({ verbs }) {
      const { schedule, run } = await verbs.trigger('nightly', ASKED, 'ann');
      expect(schedule).toBe('nightly');
      expect(await verbs.run(run ?? '')).toMatchObject({
        cause: 'schedule',
        schedule: 'nightly',
        selector: '',
      });
      const [nightly] = await verbs.schedules();
      expect(nightly).toMatchObject({ name: 'nightly', lastRun: run, lastAt: expect.any(Number) });
    },
    lie: ({ verbs }) => ({
      trigger: async (name) => ({ ...(await verbs.trigger(name, ASKED, 'ann')), run: 'unknown' }),
    }),
  },

  'a schedule that makes no run returns none': {
    async check({ verbs }) {
      expect(await verbs.trigger('warm', ASKED, 'ann')).toEqual({ schedule: 'warm', run: null });
      expect((await verbs.runs(10, undefined)).runs).toEqual([]);
    },
    lie: ({ verbs }) => ({ trigger: () => verbs.trigger('nightly', ASKED, 'ann') }),
  },

  'a schedule that is not configured is not found': {
    async check({ verbs }) {
      await expectRejection(verbs.trigger('unknown', ASKED, 'ann'), 'E_NOT_FOUND');
      await expectRejection(verbs.previewSchedule('unknown', 0, 1), 'E_NOT_FOUND');
      await expectRejection(verbs.ticks('unknown', 1), 'E_NOT_FOUND');
    },
    lie: ({ verbs }) => ({ ticks: (_, limit) => verbs.ticks('nightly', limit) }),
  },

  'a preview shows the times after a given one, as many as are asked for': {
    async check({ verbs }) {
      const from = Date.UTC(2027, 0, 10);
      const times = await verbs.previewSchedule('warm', from, 3);
      expect(times.map((each) => timePreview.parse(each).at)).toEqual([
        '2027-01-10T00:10:00.000Z',
        '2027-01-10T00:20:00.000Z',
        '2027-01-10T00:30:00.000Z',
      ]);
      for (const count of [0, 1_001]) {
        await expectRejection(verbs.previewSchedule('warm', from, count), 'E_REQUEST_INVALID');
      }
    },
    lie: ({ verbs }) => ({ previewSchedule: (name, _, count) => verbs.previewSchedule(name, 0, count) }),
  },

  'a preview says of each time that a pause, or a request, will skip it': {
    async check({ verbs }) {
      const [nightly] = await verbs.schedules();
      const notes = async (count: number) => {
        const times = await verbs.previewSchedule('nightly', (nightly?.nextAt ?? 0) - 1, count);
        return times.map(({ note }) => note);
      };
      await verbs.pauseSchedules(NIGHTLY, { why: 'freeze', for: 3 * 86_400_000 }, 'ann');
      expect(await notes(4)).toEqual([
        ...Array(3).fill(expect.stringMatching(/^skipped: paused until 2\S+Z, by ann: freeze$/)),
        null,
      ]);
      await verbs.pauseSchedules(NIGHTLY, { why: '', for: 0 }, 'ann');
      expect(await notes(1)).toEqual(['skipped: paused until it is resumed, by ann']);
      await verbs.resumeSchedules(NIGHTLY, ASKED, 'bob');
      const { nextAt } = (await verbs.schedules())[0] ?? {};
      await verbs.skipTick('nightly', { at: null, why: 'release', undo: false }, 'bob');
      const times = await verbs.previewSchedule('nightly', (nextAt ?? 0) - 1, 2);
      expect(times.map(({ note }) => note)).toEqual(['left out, by bob: release', null]);
    },
    lie: ({ verbs }) => ({
      previewSchedule: async (...of) =>
        (await verbs.previewSchedule(...of)).map((time) => ({ ...time, note: null })),
    }),
  },

  'a schedule is paused by somebody, for a reason and a time, until it is resumed': {
    async check({ verbs }) {
      const pausedOf = async () => (await verbs.schedules())[0]?.paused;
      const request = { why: 'the origin moves', for: 3_600_000 };
      const [{ paused } = {}] = await verbs.pauseSchedules(NIGHTLY, request, 'ann');
      expect(paused).toMatchObject({ by: 'ann', why: 'the origin moves' });
      expect((paused?.until ?? 0) - (paused?.since ?? 0)).toBe(3_600_000);
      expect(await pausedOf()).toEqual(paused);
      expect(await verbs.pauseSchedules(NIGHTLY, { why: '', for: 0 }, 'bob')).toMatchObject([
        { name: 'nightly', paused: { by: 'bob', until: null } },
      ]);
      expect((await verbs.resumeSchedules(NIGHTLY, ASKED, 'bob'))[0]?.paused).toBeNull();
      expect((await verbs.resumeSchedules(NIGHTLY, ASKED, 'bob'))[0]?.paused).toBeNull();
      expect(await pausedOf()).toBeNull();
      await expectRejection(verbs.pauseSchedules(named('unknown'), request, 'ann'), 'E_NOT_FOUND');
      await expectRejection(verbs.resumeSchedules(named('unknown'), ASKED, 'bob'), 'E_NOT_FOUND');
    },
    lie: ({ verbs }) => ({ resumeSchedules: () => verbs.schedules() }),
  },

  'schedules are paused and resumed together, by a part of their name, by kind, or all': {
    async check({ verbs }) {
      const request = { why: '', for: 0 };
      const pausedBy = async (filter: ScheduleFilter) => {
        const views = await verbs.pauseSchedules(filter, request, 'ann');
        const paused = (await verbs.schedules()).filter((view) => view.paused !== null);
        expect(views.map(({ name }) => name)).toEqual(paused.map(({ name }) => name));
        await verbs.resumeSchedules({ names: [], kinds: [], all: true }, ASKED, 'bob');
        return views.map(({ name }) => name);
      };
      expect(await pausedBy(named('night*'))).toEqual(['nightly']);
      expect(await pausedBy({ names: [], kinds: ['refresh'], all: false })).toEqual(['warm']);
      expect(await pausedBy({ names: [], kinds: [], all: true })).toEqual(['nightly', 'warm']);
      await expectRejection(verbs.pauseSchedules(named('warm', 'cold*'), request, 'ann'), 'E_NOT_FOUND');
      expect((await verbs.schedules()).every(({ paused }) => paused === null)).toBe(true);
    },
    lie: ({ verbs }) => ({
      pauseSchedules: (_, ...rest) => verbs.pauseSchedules({ names: [], kinds: [], all: true }, ...rest),
    }),
  },

  'one coming time of a schedule is left out, by somebody, until it is asked back': {
    async check({ verbs }) {
      const request = { at: null, why: 'moving', undo: false };
      const nextOf = async () => (await verbs.schedules())[0]?.nextAt ?? 0;
      const next = await nextOf();
      const { asked, nextAt } = await verbs.skipTick('nightly', request, 'ann');
      expect(asked).toEqual([{ nominal: next, by: 'ann', why: 'moving' }]);
      expect(nextAt).toBeGreaterThan(next);
      expect((await verbs.skipTick('nightly', { ...request, at: next, undo: true }, 'bob')).asked).toEqual(
        [],
      );
      expect(await nextOf()).toBe(next);
      for (const at of [next + 1, 0]) {
        await expectRejection(verbs.skipTick('nightly', { ...request, at }, 'ann'), 'E_REQUEST_INVALID');
      }
      await expectRejection(verbs.skipTick('unknown', request, 'ann'), 'E_NOT_FOUND');
    },
    lie: ({ verbs }) => ({
      async skipTick(name, request, by) {
        const view = await verbs.skipTick(name, request, by);
        return { ...view, asked: view.asked.map((skip) => ({ ...skip, by: 'somebody' })) };
      },
    }),
  },

  'times that have passed are made up for once, after a look at what that would be': {
    async check({ verbs }) {
      const request = { ...RANGE, again: false, dryRun: true, why: '' };
      const dry = await verbs.backfill('nightly', request, 'ann');
      expect(dry.times.map(({ state }) => state)).toEqual(['would-make', 'would-make']);
      expect((await verbs.runs(10, undefined)).runs).toEqual([]);
      const { times } = await verbs.backfill('nightly', { ...request, dryRun: false }, 'ann');
      expect(times.map(({ state }) => state)).toEqual(['made', 'made']);
      const runs = (await verbs.runs(10, undefined)).runs.map(({ id }) => id);
      expect(runs.toSorted()).toEqual(times.map(({ run }) => run ?? '').toSorted());
      const again = await verbs.backfill('nightly', { ...request, dryRun: false }, 'ann');
      expect(again.times.map(({ state }) => state)).toEqual(['ran', 'ran']);
      await expectRejection(
        verbs.backfill('nightly', { ...request, to: Date.UTC(2040, 0) }, 'ann'),
        'E_REQUEST_INVALID',
      );
      await expectRejection(verbs.backfill('nightly', { ...request, from: 0 }, 'ann'), 'E_REQUEST_INVALID');
      await expectRejection(verbs.backfill('warm', request, 'ann'), 'E_REQUEST_INVALID');
    },
    lie: ({ verbs }) => ({
      backfill: (name, request, by) => verbs.backfill(name, { ...request, dryRun: false }, by),
    }),
  },

  'a schedule whose times have not passed has no ticks, also when it was triggered': {
    async check({ verbs }) {
      await verbs.trigger('nightly', ASKED, 'ann');
      expect(await verbs.ticks('nightly', 10)).toEqual([]);
    },
    lie: ({ verbs }) => ({
      async ticks(name) {
        await verbs.backfill(name, { ...RANGE, again: false, dryRun: false, why: '' }, 'ann');
        return verbs.ticks(name, 10);
      },
    }),
  },

  'a time that was back-filled ran, by somebody, for a reason': {
    async check({ verbs }) {
      const request = { ...RANGE, again: false, dryRun: false, why: 'moved' };
      const { times } = await verbs.backfill('nightly', request, 'ann');
      const newest = times.toReversed();
      const by = { end: 'ran', backfill: { by: 'ann', why: 'moved' } };
      const ticks = (await verbs.ticks('nightly', 10)).map((tick) => tickView.parse(tick));
      expect(ticks).toMatchObject(newest.map(({ nominal, run }) => ({ ...by, nominal, run })));
      expect(await verbs.ticks('nightly', 1)).toMatchObject([{ nominal: newest[0]?.nominal }]);
    },
    lie: () => ({ ticks: async () => [] }),
  },

  'the report of a schedule has what people did to it, with who and why, the newest first': {
    async check({ verbs, pass }) {
      const done: (() => Promise<unknown>)[] = [
        () => verbs.trigger('nightly', { why: 'now' }, 'ann'),
        () => verbs.pauseSchedules(NIGHTLY, { why: 'freeze', for: 60_000 }, 'ann'),
        () => verbs.resumeSchedules(NIGHTLY, { why: 'thaw' }, 'bob'),
        () => verbs.resumeSchedules(NIGHTLY, { why: 'again' }, 'bob'),
        () => verbs.skipTick('nightly', { at: null, why: 'moving', undo: false }, 'cleo'),
        () => verbs.backfill('nightly', { ...RANGE, again: false, dryRun: false, why: 'lost' }, 'dan'),
      ];
      for (const act of done) {
        await act();
        await pass(1);
      }
      const report = scheduleReport.parse(await verbs.schedule('nightly', 10));
      expect(report).toMatchObject({
        name: 'nightly',
        paused: null,
        ticks: [{ end: 'ran' }, { end: 'ran' }],
      });
      expect(report.next).toHaveLength(3);
      // Of one request in one instant any may come first.
      const fills = report.byHand.splice(0, 2).map(({ nominal }) => nominal);
      expect(fills.toSorted()).toEqual(report.ticks.map(({ nominal }) => nominal).toSorted());
      // And so of two requests in one millisecond.
      const times = report.byHand.map(({ at }) => at);
      expect(times).toEqual(times.toSorted((a, b) => b - a));
      expect(report.byHand.map(({ kind, by, why }) => `${kind} ${by} ${why}`).toSorted()).toEqual([
        'left-out cleo moving',
        'paused ann freeze',
        'resumed bob thaw',
        'triggered ann now',
      ]);
      const [leftOut, paused, , triggered] = report.byHand.toSorted((a, b) => (a.kind < b.kind ? -1 : 1));
      expect(leftOut?.nominal).toBe(report.asked[0]?.nominal);
      expect((paused?.until ?? 0) - (paused?.at ?? 0)).toBe(60_000);
      expect(triggered?.run).toBe(report.lastRun);
      expect((await verbs.schedule('nightly', 1)).byHand).toHaveLength(1);
      await expectRejection(verbs.schedule('unknown', 10), 'E_NOT_FOUND');
      await expectRejection(verbs.schedule('night*', 10), 'E_NOT_FOUND');
    },
    lie: ({ verbs }) => ({
      async schedule(name, limit) {
        const report = await verbs.schedule(name, limit);
        return { ...report, byHand: report.byHand.map((each) => ({ ...each, by: 'somebody' })) };
      },
    }),
  },
};

/** Three dead letters; the newest is of the third key. */
async function buried({ keys, bury, pass }: VerbsSubject): Promise<void> {
  for (const key of keys.slice(0, 3)) {
    await bury(key);
    await pass(1_000);
  }
}

const subjects = async ({ verbs }: VerbsSubject, limit = 10) =>
  (await verbs.deadLetters(limit)).letters.map(({ subject }) => subject);

export const deadLetterClauses: VerbsClauses = {
  'dead letters are listed newest first, with how many there are in all': {
    async check(subject) {
      await buried(subject);
      const [a, b, c] = subject.keys;
      const page = deadLetterPage.parse(await subject.verbs.deadLetters(2));
      expect(page).toMatchObject({ total: 3, letters: [{ subject: c }, { subject: b }] });
      expect(page.letters[0]).toMatchObject({ kind: 'key', source: 'profile', run: null });
      expect(await subjects(subject)).toEqual([c, b, a]);
    },
    lie: ({ verbs }) => ({
      async deadLetters(limit) {
        const { letters } = await verbs.deadLetters(limit);
        return { letters, total: letters.length };
      },
    }),
  },

  'redriving queues the named ones in a run and leaves the others': {
    async check(subject) {
      await buried(subject);
      const { verbs, keys } = subject;
      const id = (await verbs.deadLetters(10)).letters[1]?.id ?? '';
      expect(await verbs.redrive([id])).toBe(1);
      expect(await subjects(subject)).toEqual([keys[2], keys[0]]);
      expect((await verbs.runs(10, undefined)).runs).toMatchObject([{ selector: `key=${keys[1]}` }]);
      expect(await verbs.redrive([id])).toBe(0);
    },
    lie: ({ verbs }) => ({ redrive: () => verbs.redrive([]) }),
  },

  'ids of no dead letter are passed over': {
    async check(subject) {
      await buried(subject);
      expect(await subject.verbs.redrive(['unknown', 'markets/unknown'])).toBe(0);
      expect(await subjects(subject)).toHaveLength(3);
      expect((await subject.verbs.runs(10, undefined)).runs).toEqual([]);
    },
    lie: () => ({ redrive: async (ids) => ids.length }),
  },

  'ids of a lane that there is not are not found, and nothing is queued': {
    async check(subject) {
      await buried(subject);
      const id = (await subject.verbs.deadLetters(10)).letters[1]?.id ?? '';
      for (const invented of ['invented/1', '../x', '/x', 'constructor/1'])
        await expectRejection(subject.verbs.redrive([id, invented]), 'E_NOT_FOUND');
      expect(await subjects(subject)).toHaveLength(3);
    },
    lie: () => ({ redrive: async () => 0 }),
  },

  'redriving without ids takes them all': {
    async check(subject) {
      await buried(subject);
      expect(await subject.verbs.redrive([])).toBe(3);
      expect(await subject.verbs.deadLetters(10)).toEqual({ letters: [], total: 0 });
      expect(await subject.verbs.redrive([])).toBe(0);
    },
    lie: () => ({ redrive: async () => 3 }),
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
};

export const healthClauses: VerbsClauses = {
  'the doctor gives a remedy for all that is not in order, and for nothing else': {
    async check({ verbs, fail }) {
      const examined = async () => (await verbs.doctor()).map((check) => doctorCheck.parse(check));
      const before = await examined();
      expect(before.length).toBeGreaterThan(0);
      fail();
      const after = await examined();
      expect(after.some(({ state }) => state === 'error')).toBe(true);
      for (const { name, state, remedy } of [...before, ...after])
        expect({ name, remedy: remedy === null }).toEqual({ name, remedy: state === 'ok' });
    },
    lie: ({ verbs }) => ({
      doctor: async () => (await verbs.doctor()).map((check) => ({ ...check, remedy: null })),
    }),
  },

  'a process is ready while it can do its work, and says why it is not': {
    async check({ verbs, fail }) {
      expect(await verbs.ready()).toEqual({ reasons: [], silent: [] });
      fail();
      expect((await verbs.ready()).reasons).toEqual([expect.stringMatching(/\w+/)]);
    },
    lie: () => ({ ready: async () => ({ reasons: [], silent: [] }) }),
  },
};
