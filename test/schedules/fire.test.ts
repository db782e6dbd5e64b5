import { describe, expect, test } from 'vitest';
import { Calendars } from '../../src/schedules/calendars.ts';
import { fire, type Schedule, type ScheduleAction } from '../../src/schedules/fire.ts';
import { RedisTickStore } from '../../src/schedules/redis-tick-store.ts';
import { scheduleView } from '../../src/verbs/schedules/schedule-shapes.ts';
import { scheduleVerbs } from '../../src/verbs/schedules/schedules.ts';
import { current } from '../jobs/run.steps.ts';
import { buildJobs } from '../support/build-jobs.ts';
import { PLAIN_RULES } from '../support/schedules.ts';
import { NEVER } from '../warming/warm.steps.ts';

const NOMINAL = Date.UTC(2100, 0, 1, 2, 0, 0);
const RULES = { ...PLAIN_RULES, deadline: { after: 60_000 } };
const RUN_ACTION: ScheduleAction = {
  kind: 'run',
  selector: 'source=profile',
  options: { force: true, missing: false, limit: 3 },
};

function schedule(name: string, action: ScheduleAction): Schedule {
  return { name, rule: { cron: '0 2 * * *', timezone: 'America/Denver' }, rules: RULES, action };
}

const SCHEDULES = [
  schedule('warm', { kind: 'refresh', temperature: 'warm' }),
  schedule('nightly', RUN_ACTION),
  schedule('gc', { kind: 'gc' }),
  schedule('profile.version', { kind: 'probe', source: 'profile', origin: 'markets' }),
];

function create() {
  const jobs = buildJobs();
  const parts = { ...jobs, schedules: SCHEDULES };
  const at = (name: string, nominal = NOMINAL) => fire(parts, { schedule: name, nominal });
  return { jobs, parts, at };
}

describe('a schedule that fires', () => {
  test.each([
    ['warm', { kind: 'refresh', payload: { step: 'tick', temperature: 'warm' } }],
    ['gc', { kind: 'gc', payload: {} }],
  ] as const)('%s queues its job, named by its nominal time, and makes no run', async (name, job) => {
    const { jobs, at } = create();
    expect(await at(name)).toBeUndefined();
    const id = `${name}-21000101T020000000Z`;
    expect(jobs.added).toMatchObject([{ id, lane: 'control', delayMs: 0, ...job }]);
    expect(await jobs.registry.ticks()).toEqual([{ schedule: name, nominal: NOMINAL, run: undefined }]);
  });

  test('asks for a version in the lane of the origin', async () => {
    const { jobs, at } = create();
    expect(await at('profile.version')).toBeUndefined();
    const payload = { step: 'ask', source: 'profile' };
    const id = 'profile.version-21000101T020000000Z';
    expect(jobs.added).toMatchObject([{ id, lane: 'markets', kind: 'probe', payload }]);
  });

  test('makes a run of what it was told, whose deadline counts from the nominal time', async () => {
    const { jobs, at } = create();
    await jobs.clock.advance(NOMINAL - jobs.clock.now() + 5_000);
    const id = await at('nightly');
    expect(id).toBe('nightly-21000101T020000000Z');
    expect(await current(jobs, id)).toMatchObject({
      ...{ state: 'planning', cause: 'schedule', schedule: 'nightly', nominal: NOMINAL },
      ...{ selector: 'source=profile', createdAt: NOMINAL + 5_000 },
      options: { force: true, missing: false, limit: 3, deadlineAt: NOMINAL + 60_000 },
    });
    expect(jobs.added.map((job) => job.id)).toEqual([`plan-${id}`]);
    expect(await jobs.registry.ticks()).toEqual([{ schedule: 'nightly', nominal: NOMINAL, run: id }]);
  });

  test.each(['warm', 'nightly', 'gc'])(
    '%s for the same time in many processes does its work once',
    async (name) => {
      const { jobs, at } = create();
      await Promise.all(Array.from({ length: 5 }, () => at(name)));
      expect((await jobs.queue.counts('control')).waiting).toBe(1);
      expect(await jobs.runs.active()).toHaveLength(name === 'nightly' ? 1 : 0);
      const created = jobs.log.seen.filter((event) => event.name === 'run:created');
      expect(created).toHaveLength(name === 'nightly' ? 1 : 0);
    },
  );

  test('for the time of a run that is planned already queues nothing again', async () => {
    const { jobs, at } = create();
    const id = (await at('nightly')) ?? '';
    await jobs.planner.plan(id, NEVER);
    const { length } = jobs.added;
    await at('nightly');
    expect(jobs.added).toHaveLength(length);
  });

  test('for another time does it again', async () => {
    const { jobs, at } = create();
    await at('nightly');
    await at('nightly', NOMINAL + 86_400_000);
    expect(await jobs.runs.active()).toHaveLength(2);
  });

  test('that does not exist is refused, with those that do', async () => {
    const { at } = create();
    await expect(at('nightyl')).rejects.toMatchObject({
      code: 'E_NOT_FOUND',
      message: 'schedule "nightyl" does not exist; there is warm, nightly, gc, profile.version',
    });
  });
});

test('schedules are shown with what they do, and their last and next tick', async () => {
  const { parts, at } = create();
  const run = await at('nightly');
  const ticks = new RedisTickStore({ ...parts, holder: 'a', leaseMs: 1_000, kept: 9 });
  const shown = (
    await scheduleVerbs({ ...parts, ticks, calendars: new Calendars(), newId: () => 'a' }).schedules()
  ).map((view) => scheduleView.parse(view));
  expect(shown).toMatchObject([
    { name: 'warm', kind: 'refresh', selector: 'temperature=warm', lastAt: null, lastRun: null },
    { name: 'nightly', kind: 'run', selector: 'source=profile', lastAt: NOMINAL, lastRun: run },
    { name: 'gc', kind: 'gc', selector: '', timezone: 'America/Denver', cron: '0 2 * * *' },
    { name: 'profile.version', kind: 'probe', selector: 'source=profile' },
  ]);
  for (const { nextAt } of shown) {
    const hour = new Intl.DateTimeFormat('en', { hour: 'numeric', timeZone: 'America/Denver' });
    expect(hour.format(nextAt ?? 0)).toBe('2 AM');
  }
});
