/** Schedules that were operated by hand, and what is said of them afterwards. */
import { expect, test } from 'vitest';
import { Calendars } from '../../src/schedules/calendars.ts';
import type { Schedule } from '../../src/schedules/fire.ts';
import { RedisTickStore } from '../../src/schedules/redis-tick-store.ts';
import { ruleText } from '../../src/schedules/rule.ts';
import type { TickStore } from '../../src/schedules/tick-store.ts';
import type { BackfillRequest } from '../../src/verbs/schedules/schedule-shapes.ts';
import { scheduleVerbs } from '../../src/verbs/schedules/schedules.ts';
import { liar } from '../contract/liar.ts';
import { buildJobs } from '../support/build-jobs.ts';
import { PLAIN_RULES } from '../support/schedules.ts';

const HOUR = 3_600_000;
const NIGHT = { cron: '0 2 * * *', timezone: 'UTC' };
const NOON = { cron: '0 12 * * *', timezone: 'UTC' };
const OPTIONS = { force: false, missing: false, limit: 0 };
const at = (day: number, hour: number) => Date.UTC(2020, 0, day, hour);

/** A schedule that fires at noon now. `went`: by which rules it went before, and from when on. */
async function nightly(went: readonly (readonly [rule: { cron: string }, since: number])[] = []) {
  const jobs = buildJobs();
  const ticks = new RedisTickStore({ ...jobs, holder: 'a', leaseMs: 1_000, kept: 99 });
  const action = { kind: 'run', selector: '', options: OPTIONS } as const;
  const schedules: Schedule[] = [{ name: 'nightly', rule: NOON, rules: PLAIN_RULES, action }];
  let id = 0;
  const newId = () => `id-${++id}`;
  const rules = async () => went.map(([rule, since]) => ({ rule: ruleText(rule), since }));
  const store = went.length === 0 ? ticks : liar<TickStore>(ticks, { rules });
  const calendars = new Calendars();
  const verbsOn = (on: TickStore) => scheduleVerbs({ ...jobs, schedules, ticks: on, calendars, newId });
  const read: string[] = [];
  const runs = liar(jobs.runs, {
    get(id) {
      read.push(id);
      return jobs.runs.get(id);
    },
  });
  const parts = { ...jobs, runs, schedules, ticks: store, calendars, newId };
  return { ticks, runs: jobs.runs, verbsOn, verbs: scheduleVerbs(parts), read };
}

const range = (from: number, to: number): BackfillRequest => {
  return { from, to, again: false, dryRun: false, why: 'lost' };
};
const hoursOf = ({ times }: { times: readonly { nominal: number }[] }) =>
  times.map(({ nominal }) => new Date(nominal).toISOString().slice(8, 13));

test('a back-fill names the times of each rule while that held, and says which', async () => {
  const { verbs } = await nightly([
    [NIGHT, at(10, 0)],
    [NOON, at(12, 18)],
    [NIGHT, at(14, 0)],
  ]);
  const made = await verbs.backfill('nightly', range(at(8, 0), at(15, 3)), 'ann');
  const nights = ['08T02', '09T02', '10T02', '11T02', '12T02'];
  expect(hoursOf(made)).toEqual([...nights, '13T12', '14T02', '15T02']);
  expect(made.rules).toEqual([
    { until: at(12, 18), times: NIGHT.cron, timezone: 'UTC' },
    { until: at(14, 0), times: NOON.cron, timezone: 'UTC' },
    { until: null, times: NIGHT.cron, timezone: 'UTC' },
  ]);
});

test('a back-fill within the time of one rule goes by that one alone', async () => {
  const went = [
    [NIGHT, at(10, 0)],
    [NOON, at(12, 2)],
  ] as const;
  const { verbs } = await nightly(went);
  const before = await verbs.backfill('nightly', range(at(11, 0), at(11, 23)), 'ann');
  expect(before).toMatchObject({ rules: [{ until: at(12, 2) }], times: [{ nominal: at(11, 2) }] });
  const after = await verbs.backfill('nightly', range(at(13, 0), at(13, 23)), 'ann');
  expect(after).toMatchObject({ rules: [{ until: null }], times: [{ nominal: at(13, 12) }] });
  // The time at which the new rule took the lead is still one of the old rule.
  const between = await verbs.backfill('nightly', range(at(12, 1), at(12, 13)), 'ann');
  expect(hoursOf(between)).toEqual(['12T02', '12T12']);
});

test('a rule that nobody can read any more names no time, and says so', async () => {
  const { verbs } = await nightly([[{ cron: 'often' }, 0]]);
  const made = await verbs.backfill('nightly', range(at(10, 0), at(12, 0)), 'ann');
  expect(made).toMatchObject({ times: [], rules: [{ times: 'no times' }] });
});

test('a schedule that no scheduler has seen yet is made up for by its configured rule', async () => {
  const { verbs } = await nightly();
  const made = await verbs.backfill('nightly', range(at(10, 0), at(11, 23)), 'ann');
  expect(made).toMatchObject({ rules: [{ until: null, times: NOON.cron }], times: [{ state: 'made' }, {}] });
});

test('a time that was skipped and back-filled since ran, and says why it had been skipped', async () => {
  const { ticks, verbs } = await nightly();
  const state = { cursor: at(1, 0), rule: 'r', waiting: undefined };
  await ticks.open('nightly', state);
  const skipped = [
    { nominal: at(3, 12), reason: 'paused', note: 'bob: freeze' },
    { nominal: at(4, 12), reason: 'missed', note: '' },
  ] as const;
  const skippedRanges = [
    { from: at(1, 12), to: at(2, 12), count: 2, reason: 'missed', note: 'long ago' },
  ] as const;
  const to = { ...state, cursor: at(4, 12) };
  await ticks.advance('nightly', { from: state, to, fire: [], skipped, skippedRanges });
  const made = await verbs.backfill('nightly', range(at(2, 0), at(3, 13)), 'ann');
  const runs = made.times.map(({ run }) => run);
  const backfill = { by: 'ann', why: 'lost' };
  expect(await verbs.ticks('nightly', 9)).toMatchObject([
    { nominal: at(4, 12), end: 'skipped', reason: 'missed', backfill: null, late: null },
    { nominal: at(3, 12), end: 'ran', reason: 'paused', note: 'bob: freeze', run: runs[1], backfill },
    { nominal: at(2, 12), end: 'skipped', from: at(1, 12), count: 2, reason: 'missed', note: 'long ago' },
    { nominal: at(2, 12), end: 'ran', reason: null, run: runs[0], backfill },
  ]);
  // What is older than the times that are asked for stays away.
  expect((await verbs.ticks('nightly', 1)).map(({ nominal }) => nominal)).toEqual([at(4, 12)]);
  const [, ran] = await verbs.ticks('nightly', 2);
  expect(ran?.late).toBeGreaterThan(HOUR);
});

test('a time that ran and was made again says when it ran, and the second run is noted', async () => {
  const { ticks, verbs } = await nightly();
  const state = { cursor: at(1, 0), rule: 'r', waiting: undefined };
  await ticks.open('nightly', state);
  const to = { ...state, cursor: at(1, 12) };
  await ticks.advance('nightly', {
    from: state,
    to,
    fire: [at(1, 12)],
    skipped: [],
    skippedRanges: [],
  });
  const begins = at(1, 12) + 300_000;
  await ticks.ran('nightly', at(1, 12), { run: 'nightly-1', begins });
  await verbs.backfill('nightly', { ...range(at(1, 0), at(1, 13)), again: true }, 'ann');
  const { ticks: shown, byHand } = await verbs.schedule('nightly', 9);
  expect(shown).toMatchObject([{ end: 'ran', run: 'nightly-1', backfill: null }]);
  // It was begun late by intention.
  expect(shown[0]?.late).toBe((shown[0]?.at ?? 0) - begins);
  expect(byHand).toMatchObject([
    { kind: 'back-filled', nominal: at(1, 12), run: expect.stringContaining('again') },
  ]);
});

test('a back-fill that dies between its run and the record of it leaves no run without one', async () => {
  const { ticks, runs, verbsOn, verbs } = await nightly();
  const day = range(at(1, 0), at(1, 23));
  const note = async () => {
    throw new Error('the process is killed');
  };
  await expect(verbsOn(liar<TickStore>(ticks, { note })).backfill('nightly', day, 'ann')).rejects.toThrow();
  expect((await runs.list(9, undefined)).runs).toEqual([]);
  const { times } = await verbs.backfill('nightly', day, 'bob');
  expect(times).toMatchObject([{ state: 'made' }]);
  expect(await verbs.ticks('nightly', 9)).toMatchObject([
    { nominal: at(1, 12), end: 'ran', run: times[0]?.run },
  ]);
});

test('a dry run of a back-fill notes nothing', async () => {
  const { verbs } = await nightly();
  await verbs.backfill('nightly', { ...range(at(1, 0), at(3, 0)), dryRun: true }, 'ann');
  expect(await verbs.schedule('nightly', 9)).toMatchObject({ ticks: [], byHand: [] });
});

test('who triggers is noted, with the run, whether the schedule is paused or not', async () => {
  const { verbs } = await nightly();
  const which = { names: ['nightly'], kinds: [], all: false };
  await verbs.pauseSchedules(which, { why: 'freeze', for: null, until: null }, 'ann');
  const { run } = await verbs.trigger('nightly', { why: 'needed' }, 'bob');
  const { byHand, paused } = await verbs.schedule('nightly', 9);
  expect(byHand.find(({ kind }) => kind === 'triggered')).toMatchObject({ by: 'bob', why: 'needed', run });
  expect(paused).toMatchObject({ by: 'ann' });
});

test('what came of a run that has ended is read once, and of one that goes on each time', async () => {
  const { verbs, runs, read } = await nightly();
  const { times } = await verbs.backfill('nightly', range(at(10, 0), at(11, 23)), 'ann');
  const [older = '', newer = ''] = times.map(({ run }) => run ?? '');
  await runs.stop(older, 'stopped', '', 5_000_000_000_000);
  const lookup = async () => {
    read.length = 0;
    const [found] = await verbs.scheduleResults(null, 20);
    return { read: [...read].toSorted(), found };
  };
  const first = await lookup();
  expect(first.found).toMatchObject({ running: newer, ticks: [{ run: newer }, { run: older }] });
  expect(new Set(first.read)).toEqual(new Set([older, newer]));
  const second = await lookup();
  expect(second.found).toEqual(first.found);
  expect(new Set(second.read)).toEqual(new Set([newer]));
});
