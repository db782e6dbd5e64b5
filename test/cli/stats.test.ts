import { describe, expect, test } from 'vitest';
import { ForewarmError } from '../../src/core/errors.ts';
import { Histogram } from '../../src/core/metrics/histogram.ts';
import { NO_STATISTICS, type Statistics } from '../../src/core/metrics/statistics.ts';
import { statisticsViewOf } from '../../src/verbs/metrics-view.ts';
import type { StatsView } from '../../src/verbs/statistics-view.ts';
import { Cli, eventsOf } from './harness.ts';

function bucketsOf(...all: readonly number[]) {
  const histogram = new Histogram();
  for (const ms of all) histogram.record(ms);
  return [...histogram.buckets()];
}

const DONE: Statistics = {
  ...NO_STATISTICS,
  reads: [
    { tier: 'memory', source: 'quote', hits: 900, stale: 0, absent: 0, misses: 100, errors: 0 },
    { tier: 'redis', source: 'quote', hits: 90, stale: 5, absent: 0, misses: 3, errors: 2 },
    { tier: 'stack', source: 'quote', hits: 990, stale: 5, absent: 0, misses: 3, errors: 2 },
  ],
  calls: [
    { tier: 'memory', verb: 'get', calls: 1_000, failed: 0, keys: 1_000, buckets: bucketsOf(0.002) },
    { tier: 'redis', verb: 'get', calls: 100, failed: 2, keys: 100, buckets: bucketsOf(0.5, 0.5, 40) },
    { tier: 'redis', verb: 'put', calls: 1, failed: 1, keys: 1, buckets: [] },
  ],
  origins: [
    {
      ...{ origin: 'markets', source: 'quote', keys: 30, buckets: bucketsOf(120, 2_500) },
      ...{ ok: 2, retryable: 1, throttled: 0, permanent: 0 },
    },
  ],
  coded: [{ tier: 'redis', source: 'quote', plain: 4_000_000, stored: 1_000_000 }],
  evicted: [{ tier: 'disk', keys: 200, unread: 50 }],
  jobs: [
    { kind: 'refresh', ending: 'done', jobs: 1_200, buckets: bucketsOf(120) },
    { kind: 'gc', ending: 'retry', jobs: 1, buckets: [] },
  ],
  breakers: [
    { tier: 'redis', of: 'reads', open: 0 },
    { tier: 'redis', of: 'writes', open: 2 },
  ],
  problems: 3,
};

describe('forewarm stats', () => {
  const full = (at: number): StatsView => ({
    at,
    processes: [
      {
        id: 'p',
        roles: ['worker', 'api'],
        host: 'box',
        pid: 42,
        startedAt: at - 60_000,
        seenAt: at,
        memory: null,
        statistics: null,
      },
    ],
    statistics: statisticsViewOf(NO_STATISTICS),
    tiers: [{ tier: 'redis', entries: 3_000, bytes: 4_500_000, error: null }],
    sources: [
      {
        ...{ source: 'quote', temperature: 'hot', keys: 1_000, due: 12, failing: 1 },
        outcomes: { warmed: 1_000, unchanged: 7 },
      } as StatsView['sources'][number],
    ],
    origins: [
      {
        ...{ origin: 'markets', inFlight: 3, processes: 1, rate: '50/s', concurrency: 8 },
        ...{
          limits: { perSecond: 35, concurrency: 5 },
          used: [{ hour: at - 1_000, by: { live: 3, hot: 0, warm: 0, cold: 0, run: 40 } }],
        },
        lowered: { since: at - 60_000, cutAt: at - 5_000, reason: 'the origin said "slow down"' },
        quota: { left: 120, resetAt: at + 30_000 },
        ...{ pausedUntil: at + 2_000, pauseReason: '429', pausedBy: 'worker 7 on here' },
      },
    ],
    lanes: [
      { lane: 'markets', configured: true, waiting: 4, delayed: 0, active: 2, failed: 0 },
      { lane: 'old', configured: false, waiting: 0, delayed: 1, active: 0, failed: 2 },
    ],
  });

  test('shows everything in aligned tables', async () => {
    const cli = new Cli();
    cli.script({ stats: async () => full(cli.clock.now()) });
    expect((await cli.run('stats')).out).toBe(`  source  temperature   keys  due  failing  so far
  quote   hot          1,000   12        1  1,000 warmed, 7 unchanged

  tier   entries    bytes
  redis    3,000  4.50 MB

  origin   calls now  rate  paused
  markets     3 of 5  50/s  ends in 2.0s: 429 (by worker 7 on here)
  markets: lowered to 5 at a time and 35.0 calls a second since 1m ago: the origin said "slow down"
  markets: 120 calls left by its own word, more in 30s
  markets: calls of this hour: reads 3, runs 40

  lane     waiting  delayed  active  failed
  markets        4        0       2       0
  old            0        1       0       2
  lane old: its origin is not configured here; to do its jobs: forewarm drain --lane old

  process  roles       started  seen      memory
  box 42   worker api  1m ago   just now  -
`);
  });

  test('shows what processes have done, where they have done something', async () => {
    const cli = new Cli();
    cli.script({ stats: async () => ({ ...full(cli.clock.now()), statistics: statisticsViewOf(DONE) }) });
    const { out } = await cli.run('stats');
    expect(out).toContain(`  redis    3,000  4.50 MB

  reads of   keys   found  hits  stale  absent  misses  errors
  quote     1,000  99.5 %   990      5       0       3       2

  asked of   keys  found  hits  stale  absent  misses  errors
  memory    1,000   90 %   900      0       0     100       0
  redis       100   95 %    90      5       0       3       2

  calls to  for    calls   keys  failed     p50     p95     p99
  memory    get    1,000  1,000       0  1.98us  1.98us  1.98us
  redis     get      100    100       2   508us  40.5ms  40.5ms
  redis     put        1      1       1       -       -       -
  markets   quote      3     30       1   121ms   2.53s   2.53s

  coded for  source    plain   stored  ratio
  redis      quote   4.00 MB  1.00 MB   4.00

  evicted from  entries  never read
  disk              200        25 %

  jobs: kind  ending   jobs    p50    p95    p99
  refresh     done    1,200  121ms  121ms  121ms
  gc          retry       1      -      -      -

  breakers: tier  of      open
  redis           writes     2

  problems
         3

`);
  });

  /** Looks twice, and what was written in the end. */
  async function watched(cli: Cli, ...flags: readonly string[]) {
    const ended = cli.run('stats', '--watch', ...flags);
    await expect.poll(() => cli.clock.timers).toBe(1);
    await cli.clock.advance(10_000);
    await expect.poll(() => cli.clock.timers).toBe(1);
    cli.signal();
    return ended;
  }

  const grows = (cli: Cli) => {
    let looks = 0;
    cli.script({
      stats: async () => {
        looks += 1;
        const statistics = statisticsViewOf(looks === 1 ? NO_STATISTICS : DONE);
        return { ...full(cli.clock.now()), statistics };
      },
    });
  };

  test('with --watch gives NDJSON and a summary, until Ctrl-C', async () => {
    const { code, out } = await watched(new Cli(), '--every', '10s', '--json');
    expect(code).toBe(0);
    expect(eventsOf(out).map(({ event }) => event)).toEqual(['stats', 'stats', 'summary']);
  });

  test('with --watch redraws the screen on a terminal', async () => {
    const cli = new Cli({ isTTY: true });
    const { out } = await watched(cli, '--every', '10s');
    const [before, ...screens] = out.split('\u001b[2J\u001b[H');
    expect(before).toBe('');
    expect(screens).toHaveLength(2);
    for (const screen of screens) expect(screen).toContain('no process is running');
  });

  test('with --watch writes a line of what changed elsewhere', async () => {
    const cli = new Cli();
    grows(cli);
    const { out } = await watched(cli, '--every', '10s');
    expect(out.replace(/^[\d: -]+ \S+ {2}/, '')).toBe(
      'reads 100/s  found 99.5 %  stale 0.5 %  errors 2  keys ended 0/s  origin calls 0/s  due 12  waiting 4\n',
    );
  });

  test('with --watch outlasts an outage, but does not begin in one', async () => {
    const cli = new Cli();
    const read = cli.verbs.stats.bind(cli.verbs);
    const away = async () => {
      throw new ForewarmError('E_REDIS_UNAVAILABLE', 'the jobs Redis does not answer');
    };
    cli.script({ stats: away });
    expect((await cli.run('stats', '--watch')).code).toBe(6);
    let looks = 0;
    cli.script({
      stats: () => {
        looks += 1;
        return looks === 2 ? away() : read();
      },
    });
    const ended = cli.run('stats', '--watch', '--json');
    for (let look = 1; look < 3; look += 1) {
      await expect.poll(() => cli.clock.timers).toBe(1);
      await cli.clock.advance(2_000);
    }
    await expect.poll(() => looks).toBe(3);
    await expect.poll(() => cli.clock.timers).toBe(1);
    cli.signal();
    const { code, out, err } = await ended;
    expect(code).toBe(0);
    expect(eventsOf(out)).toMatchObject([
      { event: 'stats' },
      { event: 'stats' },
      { event: 'summary', samples: 2 },
    ]);
    expect(err).toContain('no statistics this time: the jobs Redis does not answer');
  });

  test.each(['50ms', 'often', '0s'])('refuses to look every %s', async (every) => {
    const { code, err } = await new Cli().run('stats', '--watch', '--every', every);
    expect(code).toBe(2);
    expect(err).toContain('--every');
  });
});
