import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { optionsFrom } from '../../bench/options.ts';

const run = promisify(execFile);
const BENCH = 'bench/warm.ts';
const figure = expect.any(Number);
const round = { keys: figure, ms: figure, cpuMs: figure, redisSeconds: figure };

function speed(latency: number, keys: number) {
  const contender = { keysPerSecond: figure, clientSeconds: figure, redisSeconds: figure, rounds: [round] };
  const names = ['bare', 'job-per-key', 'forewarm', 'forewarm-batch'];
  return { latency, keys, contenders: Object.fromEntries(names.map((name) => [name, contender])) };
}

/** JSON writes a figure that is no number as null. */
describe('bench/warm.ts', () => {
  it('measures everything unless told', () => {
    expect(optionsFrom(['node', BENCH]).only).toEqual(['0ms', '50ms', 'bytes', 'tick']);
  });

  // In two runs, of which each measures what the other leaves out: a run takes seconds.
  it('measures every contender and every tick, and gives a verdict on each aim', async () => {
    const args = [BENCH, '--short', '--json', '--only', '0ms', '50ms', 'tick'];
    const { stdout } = await run(process.execPath, args, { maxBuffer: 2 ** 24 });
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({
      machine: { cores: figure, node: expect.any(String), redis: expect.stringMatching(/^\d/) },
      speeds: [speed(0, 200), speed(50, 100)],
      ticks: { due: 200, ratio: figure, small: { keys: 400, ms: figure }, large: { keys: 4_000 } },
    });
    expect(report.bytes).toBeUndefined();
    expect(report.verdicts).toHaveLength(7);
    for (const verdict of report.verdicts) {
      expect(verdict).toEqual({
        what: expect.any(String),
        figure,
        target: figure,
        good: expect.stringMatching(/^at (least|most)$/),
        met: expect.any(Boolean),
      });
    }
  });

  it('prints a table of the parts that are asked for', async () => {
    const { stdout } = await run(process.execPath, [BENCH, '--short', '--only', 'bytes']);
    expect(stdout).toMatch(/all queued, one BullMQ job per key\D+\d/);
    expect(stdout).not.toContain('NaN');
    expect(stdout).toMatch(/Redis bytes per catalogued key beside its value.*at most 250.*(met|missed)/);
    expect(stdout).not.toContain('keys/s');
  });

  it('refuses a part that does not exist', async () => {
    await expect(run(process.execPath, [BENCH, '--only', 'everything'])).rejects.toThrow('50ms');
  });
});
