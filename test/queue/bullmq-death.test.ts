import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { startRedisServer } from '../support/redis-server.ts';
import { TEST_PATIENCE, within } from '../support/waiting.ts';
import { DONE, envelope, eventually, LANE, setup } from './setup.ts';

const CHILD = fileURLToPath(new URL('./worker-child.ts', import.meta.url));

interface Child {
  readonly process: ChildProcess;
  readonly lines: string[];
  said(line: RegExp, times?: number): Promise<void>;
}

function startChild(url: string, prefix: string, mode: 'hold' | 'ack-first'): Child {
  const child = spawn(process.execPath, [CHILD, url, prefix, mode], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.push(line));
  const said = async (line: RegExp, times = 1) => {
    await eventually(
      async () => lines.filter((one) => line.test(one)).length,
      (count) => count >= times,
    );
  };
  return { process: child, lines, said };
}

/** Kills a worker that has jobs in hand, lets another one empty the lane, and tells which jobs nobody did. */
async function lostByDeath(mode: 'hold' | 'ack-first'): Promise<{ lost: string[]; attempts: Set<number> }> {
  const { queue, prefix, consume } = setup({ lock: 800, stalledCheck: 200 });
  const ids = Array.from({ length: 12 }, (_, i) => `j${i}`);
  const child = startChild(inject('redisUrl'), prefix, mode);
  await child.said(/^ready/);
  await queue.add(ids.map((id) => envelope(id)));
  await child.said(/^started/, 4);
  child.process.kill('SIGKILL');
  await once(child.process, 'exit');
  const did = new Set<string>();
  const attempts = new Set<number>();
  await consume(async ({ id, attempt }) => {
    did.add(id);
    attempts.add(attempt);
    return DONE;
  }, 4);
  await eventually(
    () => queue.counts(LANE),
    ({ waiting, delayed, active }) => waiting + delayed + active === 0,
  );
  return { lost: ids.filter((id) => !did.has(id)), attempts };
}

describe('a worker that is killed', () => {
  it('loses no job, and costs none of them an attempt', async () => {
    expect(await lostByDeath('hold')).toEqual({ lost: [], attempts: new Set([1]) });
  });

  it('would lose jobs if they were acknowledged before they are done, and this test would see it', async () => {
    expect((await lostByDeath('ack-first')).lost.length).toBeGreaterThanOrEqual(4);
  });

  it('leaves jobs that are taken up again as often as workers die under them', async () => {
    const { queue, prefix, consume } = setup({ lock: 800, stalledCheck: 200 });
    await queue.add([envelope('a')]);
    for (let death = 0; death < 3; death += 1) {
      const child = startChild(inject('redisUrl'), prefix, 'hold');
      await child.said(/^started a/);
      child.process.kill('SIGKILL');
      await once(child.process, 'exit');
    }
    const done = Promise.withResolvers<number>();
    await consume(async ({ attempt }) => {
      done.resolve(attempt);
      return DONE;
    });
    expect(await within(TEST_PATIENCE, 'the job', done.promise)).toBe(1);
  });
});

describe('a worker process that stops', () => {
  it('exits by itself, also when its Redis is gone and it has jobs in hand', async () => {
    const server = await startRedisServer();
    try {
      const { queue, prefix } = setup({ url: server.url });
      const child = startChild(server.url, prefix, 'hold');
      await child.said(/^ready/);
      await queue.add([envelope('a'), envelope('b')]);
      await child.said(/^started/, 2);
      await server.kill();
      const exited = once(child.process, 'exit');
      child.process.stdin?.write('stop\n');
      expect(await within(TEST_PATIENCE, 'the exit', exited)).toEqual([0, null]);
      expect(child.lines.at(-1)).toBe('stopped');
    } finally {
      await server.remove();
    }
  });
});
