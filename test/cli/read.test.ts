import { describe, expect, test } from 'vitest';
import { printable } from '../../src/cli/terminal/paint.ts';
import type { DoctorFinding, DoctorReport } from '../../src/verbs/health/doctor-shapes.ts';
import { Cli } from './harness.ts';

describe('forewarm get', () => {
  test('writes the body byte for byte', async () => {
    const cli = new Cli();
    cli.verbs.put('profile:1', '{"market": 1}');
    expect(await cli.run('get', 'profile:1')).toEqual({ code: 0, out: '{"market": 1}', err: '' });
  });

  test('exits with 4 and an empty stdout when nothing servable is stored', async () => {
    const { code, out, err } = await new Cli().run('get', 'profile:1', '--offline');
    expect({ code, out }).toEqual({ code: 4, out: '' });
    expect(err).toContain('nothing servable is stored under "profile:1"');
  });

  test('distinguishes a remembered absence from a miss', async () => {
    const cli = new Cli();
    cli.verbs.put('profile:1', '', { kind: 'absent' });
    const { code, err } = await cli.run('get', 'profile:1');
    expect(code).toBe(4);
    expect(err).toBe('the origin says that there is no such value: "profile:1"\n');
  });

  test.each([
    ['json', '{"a":1}', { a: 1 }],
    ['text', 'a,b\n1,2', 'a,b\n1,2'],
    ['base64', Buffer.from([0xff, 0x00]), '/wA='],
  ])('with --json gives head and body, the body as %s', async (encoding, body, expected) => {
    const cli = new Cli();
    cli.verbs.put('profile:1', body);
    const document = JSON.parse((await cli.run('get', 'profile:1', '--json')).out);
    expect(document).toMatchObject({ tier: 'memory', head: { key: 'profile:1' }, encoding, body: expected });
  });

  test('with --head shows ages in words in place of the body', async () => {
    const cli = new Cli();
    cli.verbs.put('profile:1', '{}', { etag: '"v1"', tags: ['market:1'] });
    await cli.clock.advance(50_000);
    const { out } = await cli.run('get', 'profile:1', '--head');
    expect(out).toContain('  fetched       50s ago\n');
    expect(out).toContain('  due           2.0s ago\n');
    expect(out).toContain('  stale         in 10s\n');
    expect(out).toContain('  etag          "v1"\n');
    expect(out).not.toContain('last modified');
  });
});

describe('forewarm list', () => {
  test('lists keys with freshness and size and gives the command for the next page', async () => {
    const cli = new Cli();
    cli.stock(3);
    const { code, out } = await cli.run('list', 'source=profile', '--limit', '2');
    expect(code).toBe(0);
    expect(out).toBe(`  key        freshness  due     bytes  last failure
  profile:1  fresh      in 48s   12 B
  profile:2  fresh      in 48s   12 B

What to try next
  forewarm list source=profile --limit 2 --cursor after:2  # the next page
`);
  });

  test('exits with 4 when nothing is catalogued', async () => {
    const { code, out } = await new Cli().run('list');
    expect(code).toBe(4);
    expect(out).toContain('warm something first');
  });
});

test('forewarm inspect shows a key tier by tier', async () => {
  const cli = new Cli();
  cli.stock(1);
  const whole = await cli.verbs.inspect('profile:1');
  const failed = { outcome: 'failed', reason: 'status 500', at: cli.clock.now() - 9_000 } as const;
  const failure = { ...failed, count: 30, quarantined: true };
  const down = { tier: 'redis', head: null, error: 'timeout' };
  const unusable = 'its ETag has a character that cannot be sent back, U+000A';
  const known = whole.tiers.map((one) => ({ ...one, head: one.head && { ...one.head, unusable } }));
  const tiers = [...known, down, { tier: 'disk', head: null, error: null }];
  cli.script({ inspect: async () => ({ ...whole, failure, tiers, params: { market: '1' } }) });
  const { code, out } = await cli.run('inspect', 'profile:1');
  expect(code).toBe(0);
  expect(out).toBe(`  key           profile:1
  answer        value: there is one
  source        profile (warm)
  params        market=1
  catalog       kept warm, due in 48s
  left out      its ETag has a character that cannot be sent back, U+000A
  last failure  failed 9.0s ago, 30 times in a row, and is in quarantine: status 500

  tier    state      checked   due     stale  gone    bytes  version
  memory  fresh      just now  in 48s  in 1m  in 11m   12 B
  redis   no answer
  disk    missing
  redis: timeout

What to try next
  forewarm get profile:1  # the value
`);
});

test('forewarm gc tells what it gave back, and what it could not do', async () => {
  const cli = new Cli();
  const report = { removed: 1_200, bytes: 3_400_000, recoded: 40, orphans: 2, runs: 7, doubts: [] };
  cli.script({ gc: async () => ({ ...report, failures: [] }) });
  const { code, out, err } = await cli.run('gc');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  cli.script({ gc: async () => ({ ...report, failures: ['tier redis: OOM'] }) });
  expect(await cli.run('gc')).toEqual({ code: 3, out, err: 'not done: tier redis: OOM\n' });
  expect(out).toBe(`  entries removed    1,200
  space given back   3.40 MB
  entries rewritten  40
  orphaned keys      2
  old runs           7
`);
});

describe('forewarm doctor', () => {
  const fine: DoctorFinding = {
    ...{ check: 'redis', level: 'ok', where: 'redis.jobs', finding: 'version 7.0.15' },
    ...{ remedy: null, docs: 'docs/doctor.md#redis' },
  };
  const bad: DoctorFinding = {
    ...{ check: 'redis-eviction', level: 'problem', where: 'redis.jobs', finding: 'it is allkeys-lru' },
    ...{ remedy: 'set noeviction', docs: 'docs/doctor.md#redis-eviction' },
  };
  const report = (level: DoctorReport['level'], ...findings: DoctorFinding[]): DoctorReport => ({
    ...{ level, findings, unexamined: [] },
  });

  test('exits with 3 when something must be mended, and says how', async () => {
    const cli = new Cli();
    cli.script({ doctor: async () => report('problem', bad, fine) });
    const { code, out } = await cli.run('doctor');
    expect(code).toBe(3);
    expect(out).toBe(`  problem  redis-eviction  redis.jobs: it is allkeys-lru
                           -> set noeviction

1 problem, 0 warnings, 0 notes, 1 ok; --all shows what is well
`);
  });

  test('shows what is well with --all, and hands on which checks are wanted', async () => {
    const cli = new Cli();
    const asked: unknown[] = [];
    cli.script({
      async doctor(checks) {
        asked.push(checks);
        return report('ok', fine);
      },
    });
    expect(await cli.run('doctor', 'redis', '--all')).toEqual({
      code: 0,
      err: '',
      out: `  ok       redis  redis.jobs: version 7.0.15

0 problems, 0 warnings, 0 notes, 1 ok
`,
    });
    expect(asked).toEqual([['redis']]);
  });

  test('exits with 0 on warnings alone, and with 3 where --strict is asked for', async () => {
    const cli = new Cli();
    cli.script({ doctor: async () => report('warning', { ...bad, level: 'warning' }, fine) });
    expect((await cli.run('doctor')).code).toBe(0);
    expect((await cli.run('doctor', '--strict')).code).toBe(3);
  });

  test('names what it could not examine, and does not take it for well', async () => {
    const cli = new Cli();
    const unexamined = ['redis-role', 'redis-data'].map((check) => ({ check, reason: 'Redis is away' }));
    cli.script({ doctor: async () => ({ ...report('ok', fine), unexamined }) });
    const { code, out } = await cli.run('doctor');
    expect([code, out]).toEqual([
      3,
      expect.stringContaining('not examined: redis-role, redis-data (Redis is away)'),
    ]);
  });
});

describe('forewarm schedules', () => {
  test('lists schedules with their next times', async () => {
    const { code, out } = await new Cli().run('schedules');
    expect(code).toBe(0);
    expect(out).toMatch(/^ {2}schedule {2}times +next \(\S+\) +last {2}does\n/);
    expect(out).toMatch(/\n {2}nightly {3}0 2 \* \* \* \(UTC\) +\S+, in 2h +- +warms everything\n/);
  });

  test('previews one from its configuration alone, as a list with --json', async () => {
    const cli = new Cli();
    const command = ['schedules', 'preview', 'nightly', '--from', '2027-03-13T12:00:00Z', '--count', '2'];
    const { code, out } = await cli.run(...command, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual([
      {
        at: '2027-03-14T09:00:00.000Z',
        local: '2027-03-14T03:00:00-06:00',
        notes: [
          { kind: 'moved', text: '02:00:00 does not exist on this day, since clocks go forward by 60 min' },
        ],
        note: 'moved: 02:00:00 does not exist on this day, since clocks go forward by 60 min',
      },
      { at: '2027-03-15T08:00:00.000Z', local: '2027-03-15T02:00:00-06:00', notes: [], note: null },
    ]);
    expect(cli.apps).toEqual([]);
    const text = (await cli.run(...command)).out;
    expect(text).toContain('moved: 02:00:00 does not exist');
    expect(text).toContain('pauses are shown by forewarm schedules show nightly');
    expect((await cli.run('schedules', 'preview', 'unknown')).code).toBe(4);
    for (const wrong of ['tomorrow', '2027-02-30', '2027-03-13T12:00 (noon)', '2027-03'])
      expect((await cli.run('schedules', 'preview', 'nightly', '--from', wrong)).code).toBe(2);
  });

  test('says what the next clock change does to one of them, to all, and to as many times as are asked for', async () => {
    const changed = async (...rest: string[]) => {
      const from = ['--changes', '--from', '2027-01-01T00:00Z'];
      return new Cli().run('schedules', 'preview', ...rest, ...from);
    };
    for (const which of [[], ['nightly'], ['nightly', '--count', '1']]) {
      const { code, out } = await changed(...which);
      expect([code, out]).toEqual([0, expect.stringMatching(/America\/Denver[\s\S]*nightly.*moved: 02:00/)]);
    }
    expect((await changed('unknown')).code).toBe(4);
    for (const count of ['0', '1001']) expect((await changed('--count', count)).code).toBe(2);
    expect((await new Cli().run('schedules', 'preview')).code).toBe(2);
  });

  test('take a time that names no time zone for one of the schedule, and one that a preview printed', async () => {
    const previewed = async (from: string) =>
      (await new Cli().run('schedules', 'preview', 'nightly', '--from', from, '--json')).out;
    const expected = await previewed('2027-03-13T07:00Z');
    for (const same of [
      '2027-03-13',
      '2027-03-13T00:00',
      '2027-03-13T07:00:00.000Z',
      '2027-03-13T08:00+01:00',
      '2027-03-13T00:00:00-07:00',
    ])
      expect(await previewed(same)).toBe(expected);
  });

  test('shows how the times of one ended, and the next ones', async () => {
    const cli = new Cli();
    const nominal = cli.clock.now() - 60_000;
    const ran = {
      nominal,
      from: nominal,
      count: 1,
      end: 'ran',
      reason: null,
      note: '',
      at: nominal + 2_000,
      late: 2_000,
      run: 'nightly-1',
      backfill: null,
    } as const;
    const skipped = {
      ...ran,
      nominal: nominal - 60_000,
      from: nominal - 3_060_000,
      count: 51,
      note: 'of more than 50',
      end: 'skipped',
      reason: 'missed',
      late: null,
      run: null,
    } as const;
    const filled = {
      ...{ ...ran, nominal: nominal - 120_000, from: nominal - 120_000, run: 'nightly-0' },
      ...{ note: 'as it were', backfill: { by: 'bob', why: 'lost' } },
      reason: 'missed',
    } as const;
    const report = await cli.verbs.schedule('nightly', 9);
    cli.script({ schedule: async () => ({ ...report, ticks: [ran, skipped, filled] }) });
    const { code, out } = await cli.run('schedules', 'show', 'nightly');
    expect(code).toBe(0);
    expect(out).toMatch(/ran +2.0s +nightly-1/);
    expect(out).toMatch(/skipped: missed .* 51 times: of more than 50/);
    expect(out).toContain('back-filled');
    expect(out).toContain('nightly-0, by bob: lost; had been skipped: missed (as it were)');
    expect(out.match(/^next /gm)).toHaveLength(3);
  });

  test('pauses schedules for a reason, and resumes them', async () => {
    const cli = new Cli({ env: { USER: 'ann' } });
    const paused = await cli.run('schedules', 'pause', 'nightly', 'warm', '--for', '2h', '--why', 'moving');
    expect(paused.code).toBe(0);
    expect(paused.out).toMatch(/schedule nightly is paused until \S+( \S+)?, by ann: moving\n/);
    expect((await cli.run('schedules')).out).toMatch(/nightly .* paused until \S+/);
    const shown = await cli.run('schedules', 'show', 'nightly');
    expect(shown.out).toMatch(/^schedule nightly is paused until \S+( \S+)?, by ann: moving\n/);
    const document = JSON.parse((await cli.run('schedules', 'show', 'nightly', '--json')).out);
    expect(document.paused).toMatchObject({ by: 'ann', why: 'moving' });
    expect((await cli.run('schedules', 'resume', 'nightly')).out).toMatch(/schedule nightly fires next at /);
    expect((await cli.run('schedules', 'pause', 'unknown')).code).toBe(4);
    expect((await cli.run('schedules', 'pause', 'nightly', '--for', 'long')).code).toBe(2);
  });

  test('prints what people wrote about a pause without control characters', async () => {
    const cli = new Cli({ env: { USER: 'ann\u001b[1m' } });
    const why = 'one\u001b[2Jtwo\nschedule warm fires next at 06:00';
    const refused = await cli.run('schedules', 'pause', 'nightly', '--why', why);
    expect([refused.code, refused.out]).toEqual([2, '']);
    expect(refused.err).toContain('It must be one line, without control characters.');
    expect(refused.err).not.toContain('\u001b');
    const paused = await cli.run('schedules', 'pause', 'nightly', '--why', 'one two');
    const text = 'is paused until it is resumed, by ann [1m: one two\n';
    expect(paused.out).toBe(`schedule nightly ${text}`);
    const shown = await cli.run('schedules', 'show', 'nightly');
    expect(shown.out.replaceAll('\n', '')).toBe(printable(shown.out.replaceAll('\n', '')));
    expect(shown.out).not.toMatch(/^schedule warm/m);
    expect(shown.out).toContain('\nnext  never, as things stand\n');
  });

  test('leaves out one time, and makes up for those that passed', async () => {
    const cli = new Cli({ env: { USER: 'ann' } });
    const skipped = await cli.run('schedules', 'skip', 'nightly', '--why', 'moving');
    expect(skipped.out).toMatch(/schedule nightly leaves out \S+ UTC; it fires next at .* UTC\n/);
    expect((await cli.run('schedules', 'skip', 'nightly', '--at', '2020-01-01T02:00Z')).code).toBe(2);
    const range = ['--from', '2020-01-01T00:00Z', '--to', '2020-01-03T00:00Z'];
    const dry = await cli.run('schedules', 'backfill', 'nightly', ...range, '--dry-run');
    expect(dry.out).toContain('2 runs would be made');
    const made = await cli.run('schedules', 'backfill', 'nightly', ...range);
    expect(made.out).toMatch(/made now +run-1\n/);
    const again = await cli.run('schedules', 'backfill', 'nightly', ...range);
    expect(again.out).toMatch(/has run already +run-1\n/);
    expect(again.out).toContain('0 runs are made');
  });

  test('pauses those of a kind, or all, and none unless it is told which', async () => {
    const cli = new Cli();
    const refreshes = await cli.run(
      'schedules',
      'pause',
      '--kind',
      'refresh',
      '--until',
      '2026-01-03T00:00Z',
    );
    expect(refreshes.code).toBe(0);
    expect(refreshes.out).toMatch(/^schedule warm is paused until /);
    expect((await cli.run('schedules', 'resume', '--all')).out.match(/fires next/g)).toHaveLength(2);
    expect((await cli.run('schedules', 'pause')).code).toBe(2);
    expect((await cli.run('schedules', 'pause', 'warm', '--for', '800d')).code).toBe(2);
    const never = await cli.run('schedules', 'pause', 'warm', '--for', '0');
    expect(never).toMatchObject({ code: 2, err: expect.stringContaining('--for 0 is no pause') });
    for (const some of [['--kind', 'run'], ['nightly']]) {
      const unclear = await cli.run('schedules', 'pause', '--all', ...some);
      expect(unclear).toMatchObject({ code: 2, err: expect.stringContaining('--all is every schedule') });
    }
    const both = await cli.run('schedules', 'pause', 'warm', '--for', '2h', '--until', '2100-01-01T00:00Z');
    expect(both).toMatchObject({
      code: 2,
      err: expect.stringContaining('--until and --for contradict each other'),
    });
    expect((await cli.run('schedules', 'pause', '--kind', 'nothing')).code).toBe(2);
  });

  test('triggers one and names the run that it made', async () => {
    const { code, out } = await new Cli().run('schedules', 'trigger', 'nightly');
    expect(code).toBe(0);
    expect(out).toContain('schedule nightly fired: run run-1');
    expect(out).toContain('forewarm runs watch run-1');
  });
});
