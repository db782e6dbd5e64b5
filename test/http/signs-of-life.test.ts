/** What shows that a process lives: progress, and an event loop that keeps up. */
import { describe, expect, test } from 'vitest';
import type { Clock } from '../../src/core/clock.ts';
import { EventLoopWatch } from '../../src/http/event-loop.ts';
import { progressItems } from '../../src/http/progress.ts';
import { FakeClock } from '../support/fake-clock.ts';

describe('what works all the time', () => {
  /** Reasons after so many ms without a movement, when Redis can be reached since `since`. */
  async function reasons(ms: number, since: number | undefined): Promise<(string | null)[]> {
    const clock = new FakeClock();
    await clock.advance(ms);
    const movements = [
      { name: 'lane markets', at: 0 },
      { name: 'scheduler', at: ms },
    ];
    return progressItems({ clock, reachableSince: () => since }, movements).map(({ reason }) => reason);
  }

  test('is stuck when it did not move for three minutes, and is named', async () => {
    expect(await reasons(180_000, 0)).toEqual([null, null]);
    expect(await reasons(180_001, 0)).toEqual([
      expect.stringMatching(/^lane markets made no progress for 180 s/),
      null,
    ]);
  });

  test('is not stuck while Redis is away, nor for three minutes after it is back: a restart would not help', async () => {
    expect(await reasons(86_400_000, undefined)).toEqual([null, null]);
    expect(await reasons(86_400_000, 86_400_000 - 180_000)).toEqual([null, null]);
    expect(await reasons(86_400_000, 86_400_000 - 180_001)).toEqual([expect.stringMatching(/^lane/), null]);
  });
});

describe('the event loop', () => {
  /** A watch whose timers fire as late as the test says. */
  async function watch() {
    let now = 0;
    let fire = () => {};
    const clock: Clock = {
      ...{ now: () => now, elapsed: () => now },
      after: (_ms, then) => {
        fire = then;
        return { cancel: () => {} };
      },
    };
    const loop = new EventLoopWatch({ clock });
    await loop.start();
    const tick = (late: number) => {
      now += 1_000 + late;
      fire();
    };
    return { loop, tick };
  }

  test('is too slow when it is late by more than five seconds three times in a row', async () => {
    const { loop, tick } = await watch();
    tick(9_000);
    tick(9_000);
    expect(loop.item()).toEqual({ name: 'event-loop', reason: null });
    tick(6_000);
    expect(loop.item().reason).toMatch(/^the event loop is 6 s late, 3 times in a row/);
    tick(1_000);
    expect(loop.item().reason).toBeNull();
  });

  test('is not too slow for one long step, nor for many short ones', async () => {
    const { loop, tick } = await watch();
    for (let turn = 0; turn < 5; turn += 1) {
      tick(60_000);
      tick(0);
    }
    for (let turn = 0; turn < 5; turn += 1) tick(4_000);
    expect(loop.item().reason).toBeNull();
  });
});
