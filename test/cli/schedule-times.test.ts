/** Times in the options of `forewarm schedules`: the verbs get them as they were written. */
import { expect, test } from 'vitest';
import { Cli } from './harness.ts';

/** A command line, and what the verbs were asked for. */
async function asking() {
  const cli = new Cli({ env: { USER: 'ann' } });
  const views = await cli.verbs.schedules();
  const asked: unknown[] = [];
  cli.script({
    async skipTick(_, request) {
      asked.push(request);
      return views[0] as NonNullable<(typeof views)[0]>;
    },
    async pauseSchedules(_, request) {
      asked.push(request);
      return views;
    },
    async backfill(schedule, request) {
      asked.push(request);
      return { schedule, dryRun: false, rules: [], times: [] };
    },
  });
  return { cli, asked };
}

test('times are handed on as they were written, and what is not given is null', async () => {
  const { cli, asked } = await asking();
  await cli.run('schedules', 'skip', 'nightly', '--at', ' 2027-01-04T02:00');
  await cli.run('schedules', 'skip', 'nightly', '--undo');
  await cli.run('schedules', 'pause', 'nightly', '--until', '2027-01-04');
  await cli.run('schedules', 'pause', 'nightly', '--for', '2h');
  await cli.run('schedules', 'pause', 'nightly', '--why', 'freeze');
  await cli.run('schedules', 'backfill', 'nightly', '--from', '2025-01-04', '--to', '2025-01-05T01:00Z');
  await cli.run('schedules', 'backfill', 'nightly', '--from', '2025-01-04', '--dry-run', '--again');
  const plain = { again: false, dryRun: false };
  expect(asked).toEqual([
    { at: '2027-01-04T02:00', undo: false },
    { at: null, undo: true },
    { for: null, until: '2027-01-04' },
    { for: 7_200_000, until: null },
    { why: 'freeze', for: null, until: null },
    { ...plain, from: '2025-01-04', to: '2025-01-05T01:00Z' },
    { ...plain, from: '2025-01-04', to: null, again: true, dryRun: true },
  ]);
});

test('what is no time is refused before anything is asked', async () => {
  const { cli, asked } = await asking();
  for (const words of [
    ['skip', 'nightly', '--at', 'soon'],
    ['pause', 'nightly', '--until', '2027-02-30'],
    ['backfill', 'nightly', '--from', '1796000000000'],
  ]) {
    expect(await cli.run('schedules', ...words)).toMatchObject({
      code: 2,
      err: expect.stringContaining('ISO 8601'),
    });
  }
  expect(asked).toEqual([]);
});

test('schedules say that no scheduler runs, where none was heard of for a while', async () => {
  const cli = new Cli();
  expect((await cli.run('schedules')).out).not.toContain('no scheduler runs');
  const views = await cli.verbs.schedules();
  const heardAt = cli.clock.now() - 60_000;
  cli.script({ schedules: async () => views.map((view) => ({ ...view, heardAt })) });
  expect((await cli.run('schedules')).out).toMatch(
    /no scheduler runs, so nothing fires .* heard of at [-\d]+ \S+ UTC\n/,
  );
  const report = await cli.verbs.schedule('nightly', 1);
  cli.script({ schedule: async () => ({ ...report, heardAt: null }) });
  expect((await cli.run('schedules', 'show', 'nightly')).out).toMatch(
    /^no scheduler runs, so nothing fires until one starts\n/,
  );
});
