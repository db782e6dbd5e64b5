import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ForewarmError } from '../../src/core/errors.ts';
import { exactly } from '../../src/policy/estimate.ts';
import type { PlanReport } from '../../src/verbs/plans/plan-shapes.ts';
import { Cli } from './harness.ts';

const HOUR = 3_600_000;

async function planOf(cli: Cli, change: Partial<PlanReport>): Promise<PlanReport> {
  return { ...(await cli.verbs.plan({})), ...change };
}

function stocked(options?: ConstructorParameters<typeof Cli>[0]): Cli {
  const cli = new Cli(options);
  cli.verbs.expect(['profile:a', 'profile:b']);
  return cli;
}

describe('forewarm plan', () => {
  test('says how many keys would be fetched, and what is not known', async () => {
    const cli = stocked();
    cli.stock(2);
    const { code, out } = await cli.run('plan', 'source=profile');
    expect(code).toBe(0);
    expect(out).toContain('4 keys source=profile');
    expect(out).toMatch(/to fetch +2 \(50 %\)/);
    expect(out).toMatch(/likely time +not known: no call was seen/);
    expect(out).toContain('forewarm warm source=profile');
    expect((await cli.run('runs')).code).toBe(4);
  });

  test('is one document with --json', async () => {
    const { out, code } = await stocked().run('plan', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ keys: { total: 2, fetch: 2 }, likely: null });
  });

  test('names the warm that was planned, with all that was said of it', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'forewarm-plan-'));
    onTestFinished(() => rm(dir, { recursive: true }));
    const file = join(dir, 'keys.txt');
    await writeFile(file, 'profile:a\nprofile:b\n');
    for (const given of [
      ['source=profile', '--limit', '1', '--missing'],
      ['source=profile', '--force'],
      ['--from', file],
      ['--source', 'profile', '--from', file, '--format', 'lines', '--limit', '1'],
    ]) {
      const { out, code } = await stocked({ columns: 500 }).run('plan', ...given);
      expect([given, code]).toEqual([given, 0]);
      expect(out).toContain(`forewarm warm ${given.join(' ')}  # do it`);
    }
    const cli = stocked();
    cli.stdin = Readable.from([Buffer.from('profile:a\n')]);
    const { out } = await cli.run('plan', '--from', '-');
    expect(out).toContain('to fetch');
    expect(out).not.toContain('do it');
  });

  test('exits by whether it ends in time, and says so', async () => {
    const cli = stocked();
    const paused = { kind: 'paused' as const, text: 'schedule nightly does not run: paused' };
    const alone = { kind: 'no-scheduler' as const, text: 'no scheduler runs now' };
    const cases: readonly (readonly [PlanReport['verdict'], number, string, Partial<PlanReport>?])[] = [
      ['fits', 0, 'it ends in time'],
      ['likely', 0, 'it ends in time if'],
      ['unlikely', 3, 'it does not end in time'],
      ['impossible', 3, 'the budget does not allow it', { shortest: 2 * HOUR }],
      ['impossible', 3, 'by what holds now, though the budget would allow it'],
      ['misses', 3, 'it does not end in time\nschedule nightly does not run: paused', { reasons: [paused] }],
      ['unknown', 3, 'is not known: nobody lives who would do it\nno sched', { reasons: [alone] }],
      ['unknown', 3, 'is not known'],
    ];
    for (const [verdict, code, words, change] of cases) {
      const at = cli.clock.now();
      const likely = { low: HOUR, likely: 2 * HOUR, high: 3 * HOUR };
      const report = await planOf(cli, { verdict, by: at + HOUR, likely, ...change });
      const told = new Cli();
      told.script({ plan: async () => report });
      const result = await told.run('plan', '--by', '1h');
      expect([verdict, result.code]).toEqual([verdict, code]);
      expect(result.out).toContain(words);
      expect(result.out).toMatch(/likely time +2h \(1h to 3h\)/);
    }
  });

  test('exits with 6 where something did not answer, and with 4 where nothing matches', async () => {
    const [tier] = (await stocked().verbs.plan({})).tiers;
    if (tier === undefined) throw new Error('no tier');
    const cases: readonly (readonly [change: Partial<PlanReport>, words: string])[] = [
      [{ unknown: ['what calls took: Redis is away'] }, 'not known: what calls took: Redis is away'],
      [{ unknown: ['what calls took: Redis is away'] }, 'not known: what calls took could not be read'],
      [
        { unread: [{ entities: 'markets', reason: 'no answer' }] },
        'entity set "markets" is left out: no answer',
      ],
      [{ tiers: [{ ...tier, error: 'it did not answer' }] }, `${tier.tier}: it did not answer`],
    ];
    for (const [change, words] of cases) {
      const cli = stocked();
      const report = await planOf(cli, { ...change, verdict: 'fits' });
      cli.script({ plan: async () => report });
      const { code, out } = await cli.run('plan');
      expect([words, code]).toEqual([words, 6]);
      expect(out).toContain(words);
    }
    expect((await new Cli().run('plan')).code).toBe(4);
  });

  test('fits into 80 columns', async () => {
    const cli = stocked({ isTTY: true, columns: 80 });
    const seen = {
      calls: 12_345,
      hours: 7,
      ms: { low: 12, likely: 40, high: 900 },
      keysPerCall: 49,
      bodyBytes: null,
    };
    const calls = { low: 20_000, likely: 20_140, high: 21_000 };
    const one = { total: 1_000_000, fetch: 1_000_000, alreadyWarm: 0, excluded: 0 };
    const likely = { low: 400_000, likely: 420_000, high: 3_600_000 };
    const report = await planOf(cli, {
      ...{ keys: one, likely, calls, bytes: calls, shortest: 400_000, shortestNow: 500_000, looked: 100_000 },
      sources: [{ source: 'company-profile-long', origin: 'markets', ...one, calls, bytes: calls, seen }],
      origins: [
        {
          ...{ origin: 'markets', calls, concurrency: 8, rate: '50/s, 100000/d', others: { hot: 1_200 } },
          present: {
            concurrency: 2,
            perSecond: 12.5,
            pausedUntil: null,
            reason: 'the origin said "slow down"',
          },
          windows: [{ window: '100000/d', calls: 100_000, used: 4_000, takes: calls }],
          ...{ shortest: 400_000, shortestNow: 500_000, likely, atMost: null },
        },
      ],
      rooms: [{ tier: 'redis', holds: 4e9, limit: 8e9, adds: calls, evicts: exactly(0) }],
      alongside: [
        { kind: 'schedule', name: 'hot', at: cli.clock.now(), times: 100, origins: ['markets'], calls: null },
      ],
    });
    cli.script({ plan: async () => report });
    const { out } = await cli.run('plan');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours
    const lines = out.replaceAll(/\u001b\[[0-9;]*m/g, '').split('\n');
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(out).toContain('estimated: 100,000 of them were looked up');
    expect(out).toContain('of 100000/d 4,000 of 100,000 are used');
    expect(out).toContain('only 12.5/s, 2 at a time now');
  });

  test('refuses a schedule beside a selector, and names one that does not exist', async () => {
    const cli = stocked();
    expect((await cli.run('plan', 'source=profile', '--schedule', 'nightly')).code).toBe(2);
    expect((await cli.run('plan', '--schedule', 'daily')).code).toBe(4);
    expect((await cli.run('plan', '--schedule', 'nightly')).out).toMatch(/begins +.*in /);
    expect((await cli.run('plan', '--by', 'soon')).err).toContain('"soon" is not a time');
  });

  test('leaves what an interrupt stopped', async () => {
    const cli = stocked();
    cli.script({
      plan: (_, watch) => {
        cli.signal();
        return Promise.reject(watch?.signal?.reason ?? new ForewarmError('E_INTERNAL', 'not aborted'));
      },
    });
    const { code, err } = await cli.run('plan');
    expect(code).toBe(5);
    expect(err).toContain('stopped: nothing was done');
  });
});

describe('forewarm warm --plan', () => {
  test('shows the plan, and begins nothing without a yes', async () => {
    const cli = stocked({ isTTY: true, answer: 'n' });
    const { code, out, err } = await cli.run('warm', '--plan');
    expect(code).toBe(5);
    expect(out).toContain('to fetch');
    expect(cli.questions).toEqual(['Warm 2 keys? [y/N] ']);
    expect(err).toContain('nothing was warmed');
    expect((await cli.verbs.runs(10, undefined)).runs).toEqual([]);
  });

  test('goes on after a yes, and with --yes without asking', async () => {
    for (const options of [{ isTTY: true, answer: 'y' }, {}] as const) {
      const cli = stocked(options);
      const asked = options.isTTY === true ? [] : ['--yes'];
      const { code, out } = await cli.run('warm', '--plan', '--background', ...asked);
      expect(code).toBe(0);
      expect(out).toContain('to fetch');
      expect((await cli.verbs.runs(10, undefined)).runs).toHaveLength(1);
    }
  });

  test('asks nobody where there is no terminal, and says what to do', async () => {
    const cli = stocked();
    const { code, err } = await cli.run('warm', '--plan');
    expect(code).toBe(2);
    expect(err).toContain('say --yes');
    for (const [options, ...given] of [
      [{ isTTY: true, takesAnswers: false }],
      [{ isTTY: true }, '--from', '-'],
    ] as const) {
      const piped = stocked({ ...options, answer: 'y' });
      piped.stdin = Readable.from([Buffer.from('profile:a\n')]);
      expect(await piped.run('warm', '--plan', '--background', ...given)).toMatchObject({ code: 2 });
      expect((await piped.verbs.runs(10, undefined)).runs).toEqual([]);
    }
    expect((await cli.verbs.runs(10, undefined)).runs).toEqual([]);
  });

  test('refuses --yes where nothing is asked', async () => {
    const cli = stocked();
    const { code, err } = await cli.run('warm', '--yes', '--background');
    expect(code).toBe(2);
    expect(err).toContain('--yes goes with --plan');
    expect((await cli.verbs.runs(10, undefined)).runs).toEqual([]);
  });
});
