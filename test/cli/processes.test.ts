import { describe, expect, test } from 'vitest';
import type { LaneView, LiveProcess } from '../../src/verbs/process-shapes.ts';
import { Cli } from './harness.ts';

async function one<T>(all: Promise<{ readonly [name: string]: unknown }>, name: string): Promise<T> {
  return ((await all)[name] as readonly T[])[0] as T;
}

describe('forewarm processes', () => {
  test('shows what each has under way, and counts the lanes that are idle', async () => {
    const cli = new Cli();
    const { code, out } = await cli.run('processes');
    expect(code).toBe(0);
    expect(out).toBe(`  process  roles   version  started   seen      health   under way               memory
  test 1   worker  1.0.0    just now  just now  working  markets 1, 1 lane idle  -
`);
  });

  test('says why one is stuck', async () => {
    const cli = new Cli();
    const known = await one<LiveProcess>(cli.verbs.processes(), 'processes');
    const processes = [{ ...known, health: 'stuck' as const, reasons: ['lane markets made no progress'] }];
    cli.script({ processes: async () => ({ at: cli.clock.now(), processes }) });
    expect((await cli.run('processes')).out).toContain('  test 1: lane markets made no progress\n');
    expect(JSON.parse((await cli.run('processes', '--json')).out)).toMatchObject({ processes });
  });

  test('says that none is running', async () => {
    const cli = new Cli();
    cli.script({ processes: async () => ({ at: 0, processes: [] }) });
    expect(await cli.run('processes')).toMatchObject({
      ...{ code: 4, out: 'no process is running: start one with forewarm up\n' },
    });
  });
});

describe('forewarm lanes', () => {
  test('shows what waits, for how long, and what holds it up', async () => {
    const cli = new Cli();
    const at = cli.clock.now();
    const lane = await one<LaneView>(cli.verbs.lanes(), 'lanes');
    const paused = { for: 'origin' as const, origin: 'markets', until: at + 5_000, reason: '429', by: null };
    const lanes: LaneView[] = [
      {
        ...{
          ...lane,
          lane: 'markets',
          waiting: 1_200,
          delayed: 3,
          active: 2,
          failed: 0,
          oldest: at - 90_000,
        },
        waited: { jobs: 9, p50: 12, p95: 2_500, p99: null },
        waitsFor: [paused],
      },
      { ...lane, lane: 'gone', configured: false, workers: [] },
    ];
    cli.script({ lanes: async () => ({ at, lanes }) });
    expect((await cli.run('lanes')).out).toBe(
      `  lane     waiting  delayed  active  failed     oldest  wait p50   p95  p99  workers
  markets    1,200        3       2       0  1m30s ago      12ms  2.5s    -        1
  gone           0        0       0       0          -         -     -    -        0
  markets: paused, ends in 5.0s: 429
  gone: its origin is not configured here
`,
    );
  });
});
