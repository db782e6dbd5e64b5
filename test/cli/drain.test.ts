import { describe, expect, test } from 'vitest';
import type { Backlog, DrainEnd, DrainOptions } from '../../src/workers/drain.ts';
import { Cli, eventsOf } from './harness.ts';

const LEFT: Backlog = { waiting: 0, active: 0, soon: 0, later: 0, runs: 0, orphans: [] };

/** A command line whose worker drains like this. */
function draining(end: DrainEnd, left = LEFT, outcomes: Readonly<Record<string, number>> = { warmed: 3 }) {
  const cli = new Cli();
  const asked: DrainOptions[] = [];
  cli.drain = async (options, _signal, onLook) => {
    asked.push(options);
    onLook({ ...LEFT, waiting: 1, active: 2, runs: 1 });
    cli.events.emit('keys:ended', { source: 'profile', outcomes });
    return { end, left };
  };
  return { cli, asked };
}

const WAITS = { ...LEFT, later: 4, runs: 1 };

describe('forewarm drain', () => {
  test('is a worker until its queue is empty, says what is left meanwhile, and what it did', async () => {
    const { cli, asked } = draining('drained');
    const { code, out } = await cli.run('drain', '--json');
    expect(code).toBe(0);
    expect(cli.apps).toEqual([{ roles: ['worker'], state: 'stopped' }]);
    expect(asked).toEqual([{ wait: 60_000, maxTime: undefined }]);
    const events = eventsOf(out).filter(({ event }) => event !== 'keys.ended');
    expect(events.map(({ event }) => event)).toEqual([
      ...['started', 'backlog', 'drained', 'stopping', 'summary'],
    ]);
    expect(events[1]).toMatchObject({ waiting: 1, active: 2, runs: 1 });
    expect(events[2]).toMatchObject({ end: 'drained', ...LEFT });
    expect(events[4]).toMatchObject({ exitCode: 0, signal: null, outcomes: { warmed: 3 } });
  });

  test('shows people the same in words', async () => {
    const { cli } = draining('left', WAITS);
    const shown = new Cli({ isTTY: true });
    shown.drain = cli.drain;
    const { code, out } = await shown.run('drain', '--wait', '5m');
    expect(code).toBe(8);
    expect(out).toContain('1 job waits, 2 are in hand; 1 run has not ended\n');
    expect(out).toContain(
      'what is left cannot be done now; 0 jobs wait, 4 are due later; 1 run has not ended\n',
    );
    expect(out).toContain('what is left stays in the queue; go on with: forewarm drain\n');
  });

  test.each([
    ['drained', LEFT, { warmed: 1 }, 0],
    ['drained', LEFT, { warmed: 1, failed: 1 }, 3],
    ['drained', LEFT, { refused: 1 }, 3],
    ['left', WAITS, { failed: 1 }, 8],
    ['late', WAITS, { warmed: 1 }, 5],
  ] as const)('that ends as %s, with %j left and %j, exits with %i', async (end, left, outcomes, code) => {
    const { cli } = draining(end, { ...left }, outcomes);
    expect((await cli.run('drain', '--max-time', '30m', '--json')).code).toBe(code);
  });

  test('stops at a signal with 5, since something is left', async () => {
    const cli = new Cli();
    const ended = cli.run('drain', '--json');
    await expect.poll(() => cli.screen.out).toContain('started');
    cli.signal('SIGTERM');
    const { code, out } = await ended;
    expect(code).toBe(5);
    expect(eventsOf(out).at(-1)).toMatchObject({ exitCode: 5, signal: 'SIGTERM' });
    expect(eventsOf(out).at(-3)).toMatchObject({ event: 'drained', end: 'stopped', waiting: 1 });
  });

  test('names lanes whose origin is not configured, and says how to do their jobs', async () => {
    const orphans = [
      { lane: 'old', jobs: 1 },
      { lane: 'older', jobs: 1_200 },
    ];
    const { cli } = draining('left', { ...LEFT, orphans });
    const shown = new Cli({ isTTY: true });
    shown.drain = cli.drain;
    const { code, out } = await shown.run('drain', '--lane', 'oldest');
    expect(code).toBe(8);
    expect(shown.lanes).toEqual(['oldest']);
    expect(out.replaceAll(/\s+/g, ' ')).toContain(
      '1 job is in lane old, whose origin is not configured here; 1,200 jobs are in lane older, whose',
    );
    expect(out).toContain('go on with: forewarm drain --lane oldest --lane old --lane older\n');
    const lines = eventsOf((await cli.run('drain', '--json')).out);
    expect(lines.find(({ event }) => event === 'drained')).toMatchObject({ orphans });
  });

  test.each([
    ['--lane', '../x'],
    ['--wait', 'soon'],
    ['--max-time', '30'],
  ])('refuses %s %s', async (flag, text) => {
    expect((await new Cli().run('drain', flag, text)).code).toBe(2);
  });
});
