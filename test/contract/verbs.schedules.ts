/** Clauses about schedules. */
import { expect } from 'vitest';
import { localText } from '../../src/policy/local-time.ts';
import { scheduleResults } from '../../src/verbs/schedules/schedule-result-shapes.ts';
import {
  type PauseRequest,
  type ScheduleFilter,
  scheduleReport,
  scheduleView,
  tickView,
  timePreview,
} from '../../src/verbs/schedules/schedule-shapes.ts';
import { LATEST_MS } from '../../src/verbs/shapes.ts';
import { expectRejection, type VerbsClauses } from './verbs.steps.ts';

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
        note: expect.stringMatching(/\w: moving$/),
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
      await verbs.pauseSchedules(NIGHTLY, { why: 'freeze', for: 3 * 86_400_000, until: null }, 'ann');
      expect(await notes(4)).toEqual([
        ...Array(3).fill(expect.stringMatching(/^skipped: paused until 2\S+Z, by ann: freeze$/)),
        null,
      ]);
      await verbs.pauseSchedules(NIGHTLY, { why: '', for: null, until: null }, 'ann');
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

  'the next change of the clocks names each schedule of its zone, and is refused for what is no time': {
    async check({ verbs }) {
      for (const change of await verbs.clockChanges(Date.UTC(2027, 0, 1))) {
        expect(Date.parse(change.at)).toBeGreaterThan(Date.UTC(2027, 0, 1));
        expect(change.schedules.length).toBeGreaterThan(0);
      }
      const [only, ...more] = await verbs.clockChanges(Date.UTC(2027, 0, 1), 'nightly', 1);
      expect([only?.schedules.map(({ schedule }) => schedule) ?? ['nightly'], more]).toEqual([
        ['nightly'],
        [],
      ]);
      await expectRejection(verbs.clockChanges('soon'), 'E_REQUEST_INVALID');
      await expectRejection(verbs.clockChanges(null, 'nothing'), 'E_NOT_FOUND');
    },
    lie: ({ verbs }) => ({ clockChanges: () => verbs.clockChanges() }),
  },

  'a schedule is paused by somebody, for a reason and a time, until it is resumed': {
    async check({ verbs }) {
      const pausedOf = async () => (await verbs.schedules())[0]?.paused;
      const request = { why: 'the origin moves', for: 3_600_000, until: null };
      const [{ paused } = {}] = await verbs.pauseSchedules(NIGHTLY, request, 'ann');
      expect(paused).toMatchObject({ by: 'ann', why: 'the origin moves' });
      expect((paused?.until ?? 0) - (paused?.since ?? 0)).toBe(3_600_000);
      expect(await pausedOf()).toEqual(paused);
      expect(await verbs.pauseSchedules(NIGHTLY, { why: '', for: null, until: null }, 'bob')).toMatchObject([
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

  'a pause until a time ends at that very time, and one until a time that has passed is none': {
    async check({ verbs }) {
      const { nextAt } = (await verbs.schedules())[0] ?? {};
      const until = nextAt ?? 0;
      for (const end of [until, new Date(until).toISOString(), localText(until, 0).slice(0, -1)]) {
        const [view] = await verbs.pauseSchedules(NIGHTLY, { why: '', for: null, until: end }, 'ann');
        // It fires at the end of the pause.
        expect(view).toMatchObject({ nextAt: until, paused: { until } });
      }
      const refused: Partial<PauseRequest>[] = [
        ...[{ until: 0 }, { until: '2020-01-01' }, { until: 'soon' }, { until: LATEST_MS }],
        { until, for: 60_000 },
      ];
      await verbs.resumeSchedules(NIGHTLY, ASKED, 'bob');
      for (const request of refused) {
        const pause = verbs.pauseSchedules(NIGHTLY, { why: '', for: null, until: null, ...request }, 'ann');
        await expectRejection(pause, 'E_REQUEST_INVALID');
      }
      expect((await verbs.schedules())[0]?.paused).toBeNull();
    },
    lie: ({ verbs }) => ({
      async pauseSchedules(filter, request, by) {
        const [view] = await verbs.schedules();
        const late = request?.until == null ? null : (view?.nextAt ?? 0) + 1;
        return verbs.pauseSchedules(filter, { ...request, until: late }, by);
      },
    }),
  },

  'times are given in ms, or as text, which is of the time zone of the schedule': {
    async check({ verbs }) {
      const shown = await Promise.all(
        [Date.UTC(2027, 0, 10), '2027-01-10', '2027-01-10T00:00', '2027-01-10T01:00+01:00'].map((from) =>
          verbs.previewSchedule('warm', from, 2),
        ),
      );
      expect(new Set(shown.map((times) => JSON.stringify(times))).size).toBe(1);
      await expectRejection(verbs.previewSchedule('warm', 'soon', 1), 'E_REQUEST_INVALID');
      const dry = { again: false, dryRun: true, why: '' };
      // A day is there until it is over.
      const days = await verbs.backfill('nightly', { ...dry, from: '2020-01-01', to: '2020-01-02' }, 'ann');
      expect(days).toEqual(await verbs.backfill('nightly', { ...dry, ...RANGE }, 'ann'));
      const nextAt = (await verbs.schedules())[0]?.nextAt ?? 0;
      const at = localText(nextAt, 0).slice(0, -1);
      const { asked } = await verbs.skipTick('nightly', { at, why: '', undo: false }, 'ann');
      expect(asked).toMatchObject([{ nominal: nextAt }]);
    },
    lie: ({ verbs }) => ({
      previewSchedule: (name, from, count) =>
        verbs.previewSchedule(name, typeof from === 'number' ? from : Date.parse(from) + 86_400_000, count),
    }),
  },

  'a back-fill reaches until now unless it is told, and no further': {
    async check({ verbs }) {
      const nextAt = (await verbs.schedules())[0]?.nextAt ?? 0;
      const today = new Date(nextAt - 86_400_000).toISOString().slice(0, 10);
      const request = { from: nextAt - 3 * 86_400_000, again: false, dryRun: true, why: '' };
      const nominals = async (to: string | null) =>
        (await verbs.backfill('nightly', { ...request, to }, 'ann')).times.map(({ nominal }) => nominal);
      const passed = [3, 2, 1].map((days) => nextAt - days * 86_400_000);
      expect(await nominals(null)).toEqual(passed);
      expect(await nominals(today)).toEqual(passed);
      await expectRejection(nominals('2099-01-01'), 'E_REQUEST_INVALID');
    },
    lie: ({ verbs }) => ({
      backfill: (name, request, by) => verbs.backfill(name, { ...request, to: request.to ?? RANGE.to }, by),
    }),
  },

  'schedules are paused and resumed together, by a part of their name, by kind, or all': {
    async check({ verbs }) {
      const request = { why: '', for: null, until: null };
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
      const request = { ...RANGE, again: false, dryRun: true, ...ASKED };
      const dry = await verbs.backfill('nightly', request, 'ann');
      expect(dry.times.map(({ state }) => state)).toEqual(['would-make', 'would-make']);
      expect((await verbs.runs(10, undefined)).runs).toEqual([]);
      const { times } = await verbs.backfill('nightly', { ...request, dryRun: false }, 'ann');
      expect(times.map(({ state }) => state)).toEqual(['made', 'made']);
      const { runs } = await verbs.runs(10, undefined);
      for (const { note } of runs) expect(note).toMatch(/\w: moving$/);
      expect(runs.map(({ id }) => id).toSorted()).toEqual(times.map(({ run }) => run ?? '').toSorted());
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

  'results say how the last times ended, what came of their runs, and which run goes on': {
    async check({ verbs, work }) {
      const request = { ...RANGE, again: false, dryRun: false, why: 'moved' };
      const { times } = await verbs.backfill('nightly', request, 'ann');
      const [older, newer] = times.map(({ run }) => run ?? '');
      await work(older ?? '');
      await verbs.stopRun(newer ?? '');
      const read = async () =>
        (await verbs.scheduleResults(null, 20)).map((each) => scheduleResults.parse(each));
      const ended = { state: 'ended', failed: 0, took: expect.any(Number) };
      const ticks = [
        { run: newer, result: { ...ended, endedReason: 'stopped' } },
        { run: older, result: { ...ended, endedReason: 'finished' } },
      ];
      const warm = { name: 'warm', running: null, ticks: [] };
      expect(await read()).toMatchObject([{ name: 'nightly', running: null, ticks }, warm]);
      const { run } = await verbs.trigger('nightly', ASKED, 'ann');
      expect(await read()).toMatchObject([{ running: run, ticks }, warm]);
      await verbs.stopRun(run ?? '');
      expect(await read()).toMatchObject([{ running: null, ticks }, warm]);
      expect(await verbs.scheduleResults('nightly', 1)).toMatchObject([{ ticks: [{ run: newer }] }]);
      await expectRejection(verbs.scheduleResults('unknown', 1), 'E_NOT_FOUND');
      await expectRejection(verbs.scheduleResults(null, 51), 'E_REQUEST_INVALID');
    },
    lie: ({ verbs }) => ({
      async scheduleResults(name, limit) {
        const found = await verbs.scheduleResults(name, limit);
        return found.map((each) => ({ ...each, running: null }));
      },
    }),
  },

  'the report of a schedule has what people did to it, with who and why, the newest first': {
    async check({ verbs, pass }) {
      const done: (() => Promise<unknown>)[] = [
        () => verbs.trigger('nightly', { why: 'now' }, 'ann'),
        () => verbs.pauseSchedules(NIGHTLY, { why: 'freeze', for: 60_000, until: null }, 'ann'),
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
