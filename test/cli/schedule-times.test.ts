/** Times without a zone in the options of `forewarm schedules`: they are of the schedule's own zone, seven hours behind UTC here. */
import { expect, test } from 'vitest';
import { Cli } from './harness.ts';

/** A command line whose `nightly` is of Denver, and what the verbs were asked for. */
async function inDenver() {
  const cli = new Cli({ env: { USER: 'ann' } });
  const views = await cli.verbs.schedules();
  const asked: unknown[] = [];
  cli.script({
    schedules: async () =>
      views.map((view) => (view.name === 'nightly' ? { ...view, timezone: 'America/Denver' } : view)),
    async skipTick(_, { at }) {
      asked.push(at === null ? null : new Date(at).toISOString());
      return views[0] as NonNullable<(typeof views)[0]>;
    },
    async pauseSchedules(_, { for: ms }) {
      asked.push(new Date(cli.clock.now() + ms).toISOString());
      return views;
    },
    async backfill(schedule, { from, to }) {
      asked.push([from, to].map((time) => new Date(time).toISOString()));
      return { schedule, dryRun: false, rules: [], times: [] };
    },
  });
  return { cli, asked };
}

test('skip --at and pause --until take a time without a zone for one of the schedule', async () => {
  const { cli, asked } = await inDenver();
  await cli.run('schedules', 'skip', 'nightly', '--at', '2027-01-04T02:00');
  await cli.run('schedules', 'skip', 'nightly', '--at', '2027-01-04T02:00Z');
  await cli.run('schedules', 'skip', 'nightly');
  const next = new Date(cli.clock.now() + 86_400_000).toISOString().slice(0, 10);
  await cli.run('schedules', 'pause', 'nightly', '--until', `${next}T06:00`);
  await cli.run('schedules', 'pause', 'warm', '--until', `${next}T06:00`);
  expect(asked).toEqual([
    '2027-01-04T09:00:00.000Z',
    '2027-01-04T02:00:00.000Z',
    null,
    expect.stringMatching(`^${next}T1[23]:00:00`),
    `${next}T06:00:00.000Z`,
  ]);
});

test('pause --until without a zone is refused for schedules of several, and pauses none', async () => {
  const { cli, asked } = await inDenver();
  const { code, err } = await cli.run('schedules', 'pause', '--all', '--until', '2099-01-04T06:00');
  expect({ code, asked }).toEqual({ code: 2, asked: [] });
  expect(err.replaceAll(/\s+/g, ' ')).toContain(
    'names no time zone, and these schedules have several: America/Denver, UTC',
  );
});

test('backfill takes days of the schedule: from their beginning, to their end or as much as has passed', async () => {
  const { cli, asked } = await inDenver();
  await cli.run('schedules', 'backfill', 'nightly', '--from', '2025-01-04', '--to', '2025-01-05');
  const now = new Date(cli.clock.now()).toISOString();
  const today = new Date(cli.clock.now() - 7 * 3_600_000).toISOString().slice(0, 10);
  await cli.run('schedules', 'backfill', 'nightly', '--from', '2025-01-04T06:00', '--to', today);
  await cli.run('schedules', 'backfill', 'nightly', '--from', '2025-01-04', '--to', '2099-01-01');
  expect(asked).toEqual([
    ['2025-01-04T07:00:00.000Z', '2025-01-06T06:59:59.999Z'],
    ['2025-01-04T13:00:00.000Z', now],
    // The verb refuses what is in the future.
    ['2025-01-04T07:00:00.000Z', '2099-01-01T07:00:00.000Z'],
  ]);
});

test('schedules say that no scheduler runs, where none was heard of for a while', async () => {
  const cli = new Cli();
  expect((await cli.run('schedules')).out).not.toContain('no scheduler runs');
  const views = await cli.verbs.schedules();
  const heardAt = cli.clock.now() - 60_000;
  cli.script({ schedules: async () => views.map((view) => ({ ...view, heardAt })) });
  expect((await cli.run('schedules')).out).toMatch(
    /no scheduler runs, so nothing fires .* heard of at [-\d]+ \S+\n/,
  );
  const report = await cli.verbs.schedule('nightly', 1);
  cli.script({ schedule: async () => ({ ...report, heardAt: null }) });
  expect((await cli.run('schedules', 'show', 'nightly')).out).toMatch(
    /^no scheduler runs, so nothing fires until one starts\n/,
  );
});
