/** Tables at a terminal of 80 columns, with many keys and long names. */
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import type { LaneView, LiveProcess } from '../../src/verbs/process-shapes.ts';
import { Cli, runView } from './harness.ts';

const MINUTE = 60_000;

function narrow(): Cli {
  return new Cli({ isTTY: true, columns: 80 });
}

async function linesOf(cli: Cli, ...words: string[]): Promise<string[]> {
  const { out } = await cli.run(...words);
  const lines = stripVTControlCharacters(out)
    .trimEnd()
    .split('\n')
    .map((line) => line.trimEnd());
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
  return lines;
}

test('runs of fifty thousand keys fit beside their selector once they have ended', async () => {
  const cli = narrow();
  const createdAt = cli.clock.now() - 59 * MINUTE - 59_000;
  const run = { id: '20261128-193000-a1b2c3', selector: '', total: 50_000, createdAt };
  const ended = runView({ ...run, pending: 0, state: 'ended', endedReason: 'finished' });
  cli.script({ runs: async () => ({ runs: [ended], cursor: null, lookedBackTo: null }) });
  expect(await linesOf(cli, 'runs')).toEqual([
    '  run                     state     began       by     done  failed  selector',
    '  20261128-193000-a1b2c3  finished  59m59s ago  cli  50,000       0  everything',
  ]);
});

test('a selector that finds no room goes under its run', async () => {
  const cli = narrow();
  const createdAt = cli.clock.now() - 23 * 60 * MINUTE - 59 * MINUTE;
  const run = { id: '20261128-193000-a1b2c3', schedule: 'nightly-europe', total: 50_000, createdAt };
  const far = { pending: 37_655, state: 'running', endedReason: null, endedAt: null } as const;
  const goingOn = runView({ ...run, ...far, selector: 'source=quote temperature=hot' });
  cli.script({ runs: async () => ({ runs: [goingOn], cursor: null, lookedBackTo: null }) });
  expect((await linesOf(cli, 'runs')).slice(1)).toEqual([
    '  20261128-193000-a1b2c3  running  23h59m ago  12,345/50,000       0',
    '    by nightly-europe, selector source=quote temperature=hot',
  ]);
});

test('lanes with many jobs and processes with long names lose nothing', async () => {
  const cli = narrow();
  const at = cli.clock.now();
  const [lane] = (await cli.verbs.lanes()).lanes;
  const [process] = (await cli.verbs.processes()).processes;
  const waits = { jobs: 1, p50: 12, p95: 2_500, p99: 31_000 };
  const many = { waiting: 50_000, delayed: 1_200, active: 64, failed: 1_234, oldest: at - 3_599_000 };
  const busy = { ...(lane as LaneView), ...many, lane: 'inventory-and-prices', waited: waits };
  const long = { host: 'forewarm-worker-7d9f8b6c5d-x2k4q', roles: ['worker', 'scheduler', 'api'] };
  cli.script({
    lanes: async () => ({ at, lanes: [busy] }),
    processes: async () => ({ at, processes: [{ ...(process as LiveProcess), ...long, version: '1.0.0' }] }),
  });
  const lanes = await linesOf(cli, 'lanes');
  expect(lanes.slice(0, 3)).toEqual([
    expect.any(String),
    expect.stringContaining('50,000'),
    expect.any(String),
  ]);
  for (const told of ['inventory-and-prices', '1,200', '1,234', '59m59s ago', '12ms', 'p95 2.5s', 'p99 31s'])
    expect(lanes.join('\n')).toContain(told);
  const processes = (await linesOf(cli, 'processes')).join('\n');
  for (const told of [long.host, 'worker', 'scheduler', 'working', 'version 1.0.0', 'started just now'])
    expect(processes).toContain(told);
});
