import { describe, expect, test } from 'vitest';
import { countsOf } from '../../src/core/outcome.ts';
import { Cli, eventsOf, NO_WORKER, runView, scripted } from './harness.ts';

describe('forewarm runs', () => {
  test('lists runs newest first and gives the command for the next page', async () => {
    const cli = new Cli();
    const now = cli.clock.now();
    const rows = [
      runView({ id: 'b', createdAt: now - 5_000, state: 'running', endedReason: null, pending: 25 }),
      runView({ id: 'a', createdAt: now - 65_000, schedule: 'nightly', counts: countsOf({ failed: 2 }) }),
    ];
    cli.script({ runs: async () => ({ runs: rows, cursor: 'c 1', lookedBackTo: now - 65_000 }) });
    const { code, out } = await cli.run('runs', '--limit', '2');
    expect(code).toBe(0);
    expect(out).toBe(`  run  state     began     by         done  failed  selector
  b    running   5.0s ago  cli      75/100       0  source=profile
  a    finished  1m5s ago  nightly     100       2  source=profile

What to try next
  forewarm runs list --limit 2 --cursor 'c 1'  # the next page
`);
  });

  test('says below them what they wait for, each reason once', async () => {
    const cli = new Cli();
    const until = cli.clock.now() + 60_000;
    const paused = { for: 'origin', origin: 'crm', until, reason: 'answered 429', by: null } as const;
    const runs = [
      runView({ id: 'a', state: 'running', endedReason: null, waits: [NO_WORKER, paused] }),
      runView({ id: 'b', state: 'running', endedReason: null, waits: [NO_WORKER] }),
      runView({ id: 'c' }),
    ];
    cli.script({ runs: async () => ({ runs, cursor: null, lookedBackTo: null }) });
    const { out } = await cli.run('runs');
    expect(out.split('\n').slice(4)).toEqual([
      '2 runs wait: no worker is running',
      'run a waits: origin crm is paused for 1m: answered 429',
      '',
    ]);
  });

  test('cuts the selector where the terminal ends', async () => {
    const cli = new Cli({ isTTY: true, columns: 70, env: { NO_COLOR: '1' } });
    cli.script({
      runs: async () => ({
        runs: [runView({ selector: `key=${'x'.repeat(200)}` })],
        cursor: null,
        lookedBackTo: null,
      }),
    });
    const { out } = await cli.run('runs');
    expect(out).toContain('…');
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(70);
  });

  test('hands filters on, and says how far it looked: no list is empty for having looked at few', async () => {
    const cli = new Cli();
    const asked: unknown[] = [];
    const lookedBackTo = cli.clock.now() - 3_600_000;
    cli.script({
      runs: async (...given) => {
        asked.push(given);
        return { runs: [], cursor: 'c', lookedBackTo };
      },
    });
    const { code, out } = await cli.run(
      'runs',
      '--schedule',
      'the night',
      '--failures',
      '--since',
      '2026-11-01',
    );
    expect(asked).toEqual([[20, undefined, { schedule: 'the night', failures: true, since: '2026-11-01' }]]);
    expect(code).toBe(4);
    expect(out).toBe(`no run fits of those that began in the last 1h; older ones were not looked at

What to try next
  forewarm runs list --failures --schedule 'the night' --since 2026-11-01 --limit 20 --cursor c  # look further back
`);
  });

  test('says what to do when there are none', async () => {
    const { code, out } = await new Cli().run('runs');
    expect(code).toBe(4);
    expect(out).toContain('there are no runs yet');
  });

  test('shows one run', async () => {
    const cli = new Cli();
    cli.script({ run: async () => runView({ endedReason: 'deadline', endedNote: '10 keys were left' }) });
    const { code, out } = await cli.run('runs', 'show', 'r1');
    expect(code).toBe(0);
    expect(out).toContain('run r1 reached its deadline after 2.0s: 10 keys were left');
    expect(out).toContain('forewarm warm source=profile --missing');
  });

  test.each([
    ['deadline', 5, 'reached its deadline'],
    ['stopped', 5, 'was stopped'],
    ['failed', 1, 'failed'],
  ] as const)(
    'does not call a run empty that ended before its keys were known: %s',
    async (endedReason, code, said) => {
      const cli = new Cli();
      const run = runView({ total: 0, endedReason, selector: '', coverage: {} });
      cli.script({ ...scripted(run), run: async () => run });
      const watched = await cli.run('runs', 'watch', 'r1');
      expect(watched.code).toBe(code);
      expect(watched.out).toContain(`run r1 ${said}`);
      expect(watched.out).toContain('which keys match was not known yet: everything');
      expect(watched.out).not.toContain('no key matches');
      expect(watched.out).toContain('forewarm config check');
      const empty = runView({ total: 0, selector: '', coverage: {} });
      cli.script({ run: async () => empty });
      expect((await cli.run('runs', 'show', 'r1')).out).toContain('no key matches: everything');
    },
  );

  test('says what a run waits for, shown and followed', async () => {
    const cli = new Cli();
    const by = 'worker 7 on here';
    const paused = {
      ...{ for: 'origin' as const, origin: 'markets', until: cli.clock.now() + 40_000 },
      ...{ reason: 'answered 503', by },
    };
    const waiting = runView({
      state: 'running',
      endedAt: null,
      endedReason: null,
      pending: 60,
      waits: [paused],
    });
    cli.script(scripted(waiting, runView()));
    const shown = await cli.run('runs', 'show', 'r1');
    expect(shown.out).toMatch(
      /waits for +origin markets is paused for 40s, by worker 7 on here: answered 503/,
    );
    const followed = await cli.run('runs', 'watch', 'r1');
    expect(followed.err).toContain('waiting: origin markets is paused for 40s, by worker 7 on here');
    expect(followed.out).not.toContain('waiting:');
  });

  test('says of an origin that nothing is left until when it is not called', async () => {
    const cli = new Cli();
    const until = cli.clock.now() + 3_600_000;
    const reason = 'it said that nothing is left of its quota';
    const wait = { for: 'quota' as const, origin: 'markets', until, reason, by: null };
    cli.script(
      scripted(
        runView({ state: 'running', endedAt: null, endedReason: null, pending: 60, waits: [wait] }),
        runView(),
      ),
    );
    const { out } = await cli.run('runs', 'show', 'r1');
    expect(out).toMatch(/waits for +origin markets is not called for 1h: it said that nothing is left/);
  });

  test('exits with 4 and points to the list when there is no such run', async () => {
    const { code, err } = await new Cli().run('runs', 'show', 'nope');
    expect(code).toBe(4);
    expect(err).toContain('E_NOT_FOUND: there is no run "nope"');
    expect(err).toContain('forewarm runs');
  });

  test("follows a run to its end and takes the run's exit code", async () => {
    const cli = new Cli();
    const failed = runView({ counts: countsOf({ warmed: 99, failed: 1 }) });
    cli.script(scripted(runView({ state: 'running', pending: 50 }), failed));
    const { code, out } = await cli.run('runs', 'watch', 'r1', '--json');
    expect(code).toBe(3);
    expect(eventsOf(out).at(-1)).toMatchObject({ event: 'summary', run: { counts: { failed: 1 } } });
  });

  test('stops a run and reports how many keys were cancelled', async () => {
    const cli = new Cli();
    cli.stock(10);
    await cli.run('warm', '--background', '--id', 'mine');
    cli.verbs.work('mine', 4);
    const { code, out } = await cli.run('runs', 'stop', 'mine');
    expect(code).toBe(0);
    expect(out).toContain('run mine was stopped');
    expect(out).toContain('6 keys cancelled; what was warmed stays warm');
  });

  test('lists dead letters with their reasons and redrives them', async () => {
    const cli = new Cli();
    const dead = await cli.run('runs', 'dead');
    expect(dead.code).toBe(0);
    expect(dead.out).toMatch(/letter-1 {2}profile:lost .*the origin answered 500/);
    expect((await cli.run('runs', 'redrive', '--dry-run')).out).toBe('1 dead letter would be queued again\n');
    expect((await cli.run('runs', 'redrive')).out).toMatch(
      /^1 dead letter queued again\n {2}their keys are warmed by run (\S+)\n[\s\S]*runs watch \1/,
    );
    expect((await cli.run('runs', 'redrive')).code).toBe(4);
    expect((await cli.run('runs', 'dead')).out).toBe('there are no dead letters\n');
  });

  test('lists and redrives the dead letters of one run', async () => {
    const cli = new Cli();
    cli.verbs.bury('profile:2', 'r1');
    const { out } = await cli.run('runs', 'dead', '--run', 'r1');
    expect(out).toMatch(/profile:2 .*\n\n1 of 1\n/);
    expect(out).not.toContain('profile:lost');
    expect((await cli.run('runs', 'dead', '--run', 'r2')).out).toBe('no dead letter matches --run r2\n');
    expect((await cli.run('runs', 'redrive', 'letter-1', '--run', 'r1')).code).toBe(2);
    const { out: next } = await cli.run('runs', 'dead', '--limit', '1');
    expect(next).toMatch(/runs dead --limit 1 --cursor \S+/);
    expect((await cli.run('runs', 'redrive', '--run', 'r1')).out).toContain('1 dead letter queued again\n');
    expect((await cli.run('runs', 'dead')).out).toContain('profile:lost');
  });
});
