import { describe, expect, test } from 'vitest';
import { ForewarmError } from '../../src/core/errors.ts';
import type { RunReport } from '../../src/verbs/runs/run-report-shapes.ts';
import { Cli, eventsOf, FINAL, runDiffView, runView, scripted } from './harness.ts';

const CHANGED = runDiffView({
  newlyFailing: { count: 12, keys: [{ key: 'profile:5', reason: 'answered 404' }] },
  recovered: { count: 1, keys: [{ key: 'profile:1', reason: '' }] },
  coverage: [{ tier: 'redis', before: 1, after: 0.75 }],
  sources: [
    {
      ...{ source: 'profile', slower: true },
      ...{ before: { low: 10, likely: 20, high: 40 }, after: { low: 20, likely: 60, high: 90 } },
    },
  ],
  slowKeys: [{ key: 'profile:9', ms: 2_500 }],
});

const REPORT: RunReport = {
  ...{
    run: 'r2',
    plan: null,
    unplanned: null,
    held: null,
    sources: [],
    slow: [{ key: 'profile:9', ms: 2_500 }],
    last: 'r1',
    diff: CHANGED,
  },
  actual: { keys: 100, fetch: 90, calls: 45, failed: 3, bytes: 12_400, duration: 52_000 },
  compared: [
    { figure: 'calls', planned: { low: 40, likely: 42, high: 50 }, actual: 45, is: 'within' },
    {
      figure: 'duration',
      planned: { low: 20_000, likely: 40_000, high: 50_000 },
      actual: 52_000,
      is: 'more',
    },
  ],
};

function reported(report: Partial<RunReport> = {}): Cli {
  const cli = new Cli({ isTTY: true, columns: 80 });
  cli.script({ ...scripted(runView()), runReport: async () => ({ ...REPORT, ...report }) });
  return cli;
}

describe('how a run went', () => {
  test('is shown against its plan and the run before it, in 80 columns', async () => {
    const { code, out } = await reported().run('runs', 'show', 'r2');
    expect(code).toBe(0);
    expect(out).toMatch(/calls +42 \(40 to 50\) +45 +as planned/);
    expect(out).toMatch(/duration +40s \(20s to 50s\) +52s +.*more, by 30 %/);
    expect(out).toContain('slowest: profile:9 2.5s');
    expect(out).toContain('against run r1: 12 newly failing, 1 recovered');
    expect(out).toContain('profile:5: answered 404');
    expect(out).toContain('and 11 more');
    expect(out).toContain('redis: 75 % warm, 100 % before');
    expect(out).toContain('profile became slower: 60ms (20ms to 90ms), 20ms (10ms to 40ms)');
    expect(out).toContain('newly slow profile:9: 2.5s');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours
    const lines = out.replaceAll(/\u001b\[[0-9;]*m/g, '').split('\n');
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });

  test('has the calls where nobody planned it, and names a run that is too large to compare', async () => {
    const { out } = await reported({ compared: [], diff: null }).run('runs', 'show', 'r2');
    expect(out).toContain('45 calls, 3 failed, 12.4 KB from origins');
    expect(out).toContain('not compared with the run before it, r1: together they have too many keys');
    expect(out).toContain('forewarm runs diff r1');
  });

  test('is part of the end of a warm, and of its summary', async () => {
    const cli = reported();
    const { out } = await cli.run('warm', '--json');
    expect(eventsOf(out).at(-1)).toMatchObject({ event: 'summary', report: { run: 'r2', last: 'r1' } });
    expect((await cli.run('warm')).out).toContain('against run r1');
  });

  test('leaves a run shown of which nothing more is known, and says why', async () => {
    const cli = reported();
    cli.script({
      runReport: async () => Promise.reject(new ForewarmError('E_REDIS_UNAVAILABLE', 'it is away')),
    });
    const { code, out, err } = await cli.run('runs', 'show', 'r2');
    expect(code).toBe(0);
    expect(out).toContain('run r1');
    expect(err).toContain('how it went is not known: it is away');
  });
});

describe('forewarm runs diff', () => {
  test('names what is new, and exits with 3 where keys fail that did not', async () => {
    const cli = new Cli();
    cli.script({ diffRuns: async () => CHANGED });
    const { code, out } = await cli.run('runs', 'diff', 'r2');
    expect(code).toBe(3);
    expect(out).toContain('newly failing profile:5: answered 404');
    expect(out).toContain('recovered profile:1');
    cli.script({ diffRuns: async () => runDiffView() });
    const same = await cli.run('runs', 'diff', 'r2', 'r1');
    expect(same.code).toBe(0);
    expect(same.out).toContain('the same keys, and none newly failing');
  });

  test('says of each kind how many keys it does not name', async () => {
    const cli = new Cli();
    const some = (count: number) => ({ count, keys: [{ key: 'profile:1', reason: '' }] });
    const change = { newlyFailing: some(2), stillFailing: some(3), recovered: some(4), came: some(5) };
    cli.script({ diffRuns: async () => runDiffView({ ...change, left: some(1), moreSlow: 8 }) });
    const { out } = await cli.run('runs', 'diff', 'r2', '--samples', '1');
    expect([...out.matchAll(/and (\d+) more/g)].map(([, more]) => Number(more))).toEqual([1, 8, 2, 3, 4]);
  });

  test('hands on which run it is to be compared with, and how many keys are named', async () => {
    const cli = new Cli();
    const asked: unknown[] = [];
    cli.script({
      diffRuns: async (...given) => {
        asked.push(...given);
        return runDiffView();
      },
    });
    const { out } = await cli.run('runs', 'diff', 'r2', 'r0', '--samples', '3', '--json');
    expect(asked).toEqual(['r2', 'r0', 3]);
    expect(JSON.parse(out)).toMatchObject({ run: 'r2', came: { count: 0 } });
    expect((await new Cli().run('runs', 'diff', 'nothing')).code).toBe(4);
  });

  test('of a warm that was planned sets the plan beside it', async () => {
    const cli = new Cli({ isTTY: true, answer: 'y' });
    cli.verbs.expect(['profile:a', 'profile:b']);
    await cli.run('warm', '--plan', '--background', '--id', 'planned');
    expect(await cli.verbs.runReport('planned')).toMatchObject({ plan: { keys: 2, fetch: 2 } });
  });
});

const LISTED = { unlisted: 0, progress: FINAL };

describe('forewarm runs failures', () => {
  test('and diff say that a run which goes on or was stopped is not final, with the keys that are left, and exit with 5', async () => {
    const cli = new Cli();
    const running = { final: false, state: 'running', endedReason: null, pending: 7, cancelled: 0 } as const;
    const stopped = { ...running, state: 'ended', endedReason: 'stopped', pending: 0, cancelled: 4 } as const;
    const planning = { ...running, state: 'planning', pending: 0 } as const;
    for (const [progress, words] of [
      [running, 'not final: run r2 is running: 7 keys pending'],
      [stopped, 'not final: run r2 was stopped: 4 keys cancelled'],
      [planning, 'not final: run r2 is planning: its keys are not known yet'],
    ] as const) {
      cli.script({
        runFailures: async () => ({ run: 'r2', failures: [], total: 0, unlisted: 0, progress, cursor: null }),
        diffRuns: async () => runDiffView({ progress }),
      });
      for (const command of ['failures', 'diff'])
        expect(await cli.run('runs', command, 'r2')).toMatchObject({
          code: 5,
          out: expect.stringContaining(words),
        });
    }
    cli.script({ diffRuns: async () => runDiffView({ run: 'r3', to: 'r2', toProgress: stopped }) });
    expect(await cli.run('runs', 'diff', 'r3', 'r2')).toMatchObject({
      code: 5,
      out: expect.stringContaining('not final: run r2 was stopped'),
    });
  });

  test('lists keys in quarantine with the way out of it, and counts those that --missing left alone', async () => {
    const cli = new Cli();
    const aside = { key: 'profile:1', outcome: 'excluded', reason: 'in quarantine: no' } as const;
    cli.script({
      runFailures: async () => ({
        run: 'r2',
        failures: [aside],
        total: 1,
        ...LISTED,
        unlisted: 3,
        cursor: null,
      }),
    });
    const { code, out } = await cli.run('runs', 'failures', 'r2');
    expect(code).toBe(3);
    expect(out).toMatch(/profile:1 +excluded +in quarantine: no/);
    expect(out).toContain('3 keys left alone by --missing');
    expect(out).toContain('forewarm quarantine release profile:1');
  });

  test('lists the keys with their reasons, says how many more there are, and exits with 3', async () => {
    const cli = new Cli();
    const asked: unknown[] = [];
    cli.script({
      runFailures: async (...given) => {
        asked.push(...given);
        const failed = { key: 'profile:1', outcome: 'failed', reason: 'GET /1 answered 400' } as const;
        const refused = { key: 'profile:2', outcome: 'refused', reason: '' } as const;
        return { run: 'r2', failures: [failed, refused], total: 9, ...LISTED, cursor: '0.7' };
      },
    });
    const { code, out, err } = await cli.run('runs', 'failures', 'r2', '--limit', '2', '--cursor', '0.1');
    expect(asked).toEqual(['r2', 2, '0.1']);
    expect(code).toBe(3);
    expect(out).toMatch(/profile:1 +failed +GET \/1 answered 400/);
    expect(out).toMatch(/profile:2 +refused +not on record any more/);
    expect(out).toContain('2 of 9');
    expect(`${out}${err}`).toContain('runs failures r2 --limit 2 --cursor 0.7');
  });

  test('says so where there are none, and exits with 4 for a run that does not exist', async () => {
    const cli = new Cli();
    cli.script({ runFailures: async () => ({ run: 'r2', failures: [], total: 0, ...LISTED, cursor: null }) });
    expect(await cli.run('runs', 'failures', 'r2')).toMatchObject({
      code: 0,
      out: expect.stringContaining('no key of run r2'),
    });
    expect((await new Cli().run('runs', 'failures', 'nothing')).code).toBe(4);
  });
});
