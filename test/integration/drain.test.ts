/** `forewarm drain` as a process: it does what is queued, also what was left by a process that was killed, and ends. */
import { describe, expect, test } from 'vitest';
import { NEVER } from '../../src/core/never.ts';
import { warmRequest } from '../../src/verbs/runs/warm-request.ts';
import { configOf, type Installation, install, start, writeConfig } from '../support/build-installation.ts';
import { runForewarm, startForewarm } from '../support/forewarm-process.ts';
import { json, status } from '../support/scripted-server.ts';

/** Locks that run out soon, so that what a killed process had in hand is soon taken up. */
const WORKERS = { workers: { lock: '1s', stalledCheck: '200ms' } };

function configure(installation: Installation): Promise<string> {
  return writeConfig(installation, { ...configOf(installation, '60s'), ...WORKERS });
}

function drainedIn(stdout: Buffer) {
  const lines = stdout.toString().trim().split('\n');
  return lines.map((line) => JSON.parse(line)).find(({ event }) => event === 'drained');
}

describe('forewarm drain', () => {
  test('takes up what a process had in hand that was killed, and does not end before', async () => {
    const installation = await install({ aof: true });
    const held = Promise.withResolvers<void>();
    installation.origin.answer((response, asked) => {
      void held.promise.then(() => json({ name: 'One' })(response, asked));
    });
    const config = await configure(installation);
    const app = await start(installation);
    const { run } = await app.verbs.warm(warmRequest.parse({}), 'cli');
    const called = installation.origin.arrival();
    const doomed = startForewarm(config, ['drain']);
    await called;
    await doomed.end('SIGKILL');
    held.resolve();
    const { code, stdout } = await runForewarm(config, ['--json', 'drain']);
    expect([code, drainedIn(stdout)]).toMatchObject([0, { end: 'drained', active: 0, runs: 0 }]);
    expect(await app.verbs.run(run.id)).toMatchObject({ state: 'ended', counts: { warmed: 2 } });
    const isDoomed = ({ pid }: { pid: number }) => pid === doomed.pid;
    const { processes } = await app.verbs.stats();
    expect(processes.filter((each) => each.roles.includes('worker') && !isDoomed(each))).toEqual([]);
  });

  test('leaves the jobs of a paused origin to the next, and says how many they are', async () => {
    const installation = await install({ aof: true });
    installation.origin.answer(status(429, { 'retry-after': '3600' }));
    const app = await start(installation, ['worker']);
    const { run } = await app.verbs.warm(warmRequest.parse({}), 'cli');
    const { end, left } = await app.drain({ wait: 5_000, maxTime: undefined }, NEVER, () => {});
    expect([end, left]).toMatchObject(['left', { waiting: 0, active: 0, soon: 0, runs: 1 }]);
    expect(left.later).toBeGreaterThan(0);
    expect((await app.verbs.run(run.id)).state).toBe('running');
  });
});
