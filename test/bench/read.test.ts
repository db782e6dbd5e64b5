import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { MeasuredReads } from '../../bench/read/report.ts';
import type { Verdict } from '../../bench/report.ts';
import { childEnvironment } from '../support/child-environment.ts';

const run = promisify(execFile);

test('the benchmark of reads runs, and says of each aim whether it is met', async () => {
  const { stdout } = await run(process.execPath, ['bench/read.ts', '--short', '--json'], {
    env: childEnvironment(),
    maxBuffer: 1e7,
  });
  const { memory, redis, local, verdicts } = JSON.parse(stdout) as MeasuredReads & { verdicts: Verdict[] };
  const timed = [memory.hits, memory.hundreds, redis.alone, redis.together, redis.hundreds, local].flat();
  expect(timed.map(({ micros }) => micros > 0)).toEqual(timed.map(() => true));
  for (const peer of ['bentocache', 'cacheable', 'cache-manager', 'layered-loader']) {
    expect(timed.filter(({ name }) => name.startsWith(peer)).length, peer).toBe(5);
  }
  expect(verdicts).toHaveLength(9);
  expect(verdicts.map(({ figure }) => Number.isFinite(figure))).toEqual(verdicts.map(() => true));
});
