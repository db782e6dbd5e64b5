import { describe, expect, test } from 'vitest';
import { Interrupts } from '../../src/cli/terminal/interrupts.ts';
import { launcherWatch, type Processes } from '../../src/cli/terminal/launcher.ts';
import { ForewarmError } from '../../src/core/errors.ts';
import { FakeClock } from '../support/fake-clock.ts';

function setup(as?: 'command' | 'role') {
  const clock = new FakeClock();
  const forced: string[] = [];
  let hear = (_: NodeJS.Signals) => {};
  const onSignal = (listener: typeof hear) => {
    hear = listener;
    return () => {};
  };
  const told: string[] = [];
  const interrupts = new Interrupts(
    { clock, onSignal },
    (signal) => forced.push(signal),
    ({ message }) => told.push(message),
  );
  const asked = as === undefined ? undefined : interrupts.claim(as);
  return { clock, forced, told, interrupts, asked, send: (signal: NodeJS.Signals) => hear(signal) };
}

describe('signals', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGPIPE'] as const)(
    '%s ends what claimed none at once',
    (signal) => {
      const { send, forced } = setup();
      send(signal);
      expect(forced).toEqual([signal]);
    },
  );

  test.each([
    ['command', 'SIGINT', 2_000],
    ['command', 'SIGTERM', 2_000],
    ['command', 'SIGHUP', 2_000],
    ['role', 'SIGINT', 2_000],
    ['role', 'SIGTERM', 6_000],
    ['role', 'SIGHUP', 6_000],
    ['role', 'SIGPIPE', 6_000],
  ] as const)('a %s is asked to stop by %s, and ended within %i ms', async (as, signal, bound) => {
    const { clock, send, forced, asked, interrupts } = setup(as);
    send(signal);
    expect([asked?.reason, forced]).toEqual([signal, []]);
    expect(interrupts.stopMs).toBeLessThan(bound);
    expect(interrupts.stopMs).toBeGreaterThan(bound / 2);
    await clock.advance(bound);
    expect(forced).toEqual([signal]);
  });

  test.each([
    ['SIGTERM', 60_000, 60_500],
    ['SIGTERM', 100, 4_500],
    ['SIGINT', 60_000, 1_200],
    ['failure', 60_000, 4_500],
  ] as const)(
    'after %s a role whose work may go on for %i ms has %i ms to stop, and no more',
    async (how, grace, stop) => {
      const { clock, send, forced, interrupts } = setup('role');
      interrupts.giveGrace(grace);
      if (how === 'failure') interrupts.fail(new ForewarmError('E_UNCAUGHT', 'boom'));
      else send(how);
      expect(interrupts.stopMs).toBe(stop);
      await clock.advance(stop);
      expect(forced).toEqual([]);
      await clock.advance(1_000);
      expect(forced).toEqual([how]);
    },
  );

  test('what has to be done at the end is done before it is ended at once', () => {
    const { interrupts, forced, send } = setup('role');
    const done: (string | undefined)[] = [];
    interrupts.lastly(() => done.push(forced[0]));
    send('SIGTERM');
    expect(done).toEqual([]);
    send('SIGINT');
    expect([done, forced]).toEqual([[undefined], ['SIGINT']]);
  });

  test('a failure that no call waits for ends what claimed no signal at once', () => {
    const { interrupts, forced, told } = setup();
    interrupts.fail(new ForewarmError('E_UNCAUGHT', 'boom'));
    expect({ forced, told, failed: interrupts.hasFailed }).toEqual({
      ...{ forced: ['failure'], told: ['boom'], failed: true },
    });
  });

  test.each([
    ['command', 2_000],
    ['role', 6_000],
  ] as const)('a %s is asked to stop by a failure, told once, and ended within %i ms', async (as, bound) => {
    const { clock, interrupts, forced, asked, told } = setup(as);
    for (const message of ['first', 'second']) interrupts.fail(new ForewarmError('E_UNCAUGHT', message));
    expect([asked?.reason, forced, told]).toEqual(['failure', [], ['first']]);
    await clock.advance(bound);
    expect(forced).toEqual(['failure']);
  });

  test('a failure while it stops is told, and changes nothing else', () => {
    const { interrupts, send, forced, asked, told } = setup('role');
    send('SIGTERM');
    interrupts.fail(new ForewarmError('E_UNCAUGHT', 'boom'));
    expect([asked?.reason, forced, told]).toEqual(['SIGTERM', [], ['boom']]);
  });

  test('a command that nobody reads ends at once', () => {
    const { send, forced } = setup('command');
    send('SIGPIPE');
    expect(forced).toEqual(['SIGPIPE']);
  });

  test('the same signal by two ways is one; later it insists', async () => {
    const { clock, send, forced } = setup('role');
    send('SIGINT');
    send('SIGINT');
    expect(forced).toEqual([]);
    await clock.advance(300);
    send('SIGINT');
    expect(forced).toEqual(['SIGINT']);
  });

  test('another signal insists at once, but for a launcher and a reader that are gone by then', () => {
    const { send, forced } = setup('role');
    for (const signal of ['SIGTERM', 'SIGHUP', 'SIGPIPE'] as const) send(signal);
    expect(forced).toEqual([]);
    send('SIGINT');
    expect(forced).toEqual(['SIGINT']);
  });
});

describe('the watch over npm', () => {
  type Family = Record<number, { parent: number | undefined; words: readonly string[] }>;
  const watch = (family: Family) => {
    const processes: Processes = {
      parentOf: (pid) => family[pid]?.parent,
      wordsOf: (pid) => family[pid]?.words ?? [],
    };
    return launcherWatch(9, processes);
  };
  const shell = ['sh', '-c', 'forewarm up'];

  test.each([
    [
      'npm and a shell',
      {
        9: { parent: 8, words: [] },
        8: { parent: 7, words: shell },
        7: { parent: 1, words: ['npm exec forewarm'] },
      },
      8,
    ],
    [
      'npm alone',
      { 9: { parent: 7, words: [] }, 7: { parent: 1, words: ['node', '/usr/bin/npm', 'start'] } },
      7,
    ],
    [
      'an old Node that handed over',
      {
        9: { parent: 8, words: [] },
        8: { parent: 6, words: ['node', '/x/.bin/forewarm', 'up'] },
        6: { parent: 7, words: shell },
        7: { parent: 1, words: ['npm run x'] },
      },
      6,
    ],
  ] satisfies [string, Family, number][])('sees each of %s end', (_, family: Family, middle) => {
    for (const ended of [7, middle]) {
      const now: Family = structuredClone(family);
      const isThere = watch(now);
      expect(isThere?.()).toBe(true);
      for (const one of Object.values(now)) if (one.parent === ended) one.parent = 1;
      expect(isThere?.()).toBe(false);
    }
  });

  test.each([
    [
      'a shell of a person',
      { 9: { parent: 8, words: [] }, 8: { parent: 1, words: ['-bash'] }, 1: { parent: 0, words: ['init'] } },
    ],
    [
      'a program that npm started',
      {
        9: { parent: 8, words: [] },
        8: { parent: 7, words: ['node', 'server.js'] },
        7: { parent: 1, words: ['npm start'] },
      },
    ],
    ['a container', { 9: { parent: 0, words: [] } }],
    ['a system that tells nothing', {}],
  ] satisfies [string, Family][])('does not watch over %s', (_, family) => {
    expect(watch(family)).toBeUndefined();
  });
});
